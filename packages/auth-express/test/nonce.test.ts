import { Readable } from 'node:stream'

import cors from 'cors'
import type { ErrorRequestHandler, RequestHandler } from 'express'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'

import { createAuth } from '../src/index.js'
import type { AuthOptions } from '../src/index.js'
import { createApp, serve } from './serve.js'
import { createWorld, NONCE_SECRET, send } from '@acme/tests-adapters'
import type { Answer, World } from '@acme/tests-adapters'

let world: World
let options: AuthOptions
beforeAll(async () => {
  world = await createWorld()
  options = { ...world.options, dpop: { nonce: { secret: NONCE_SECRET } } }
})
afterAll(() => world.issuer.close())

const NONCE = expect.stringMatching(/^dpop-nonce: [\x21\x23-\x5B\x5D-\x7E]+$/)

/** The answer to a request whose nonce is ageing. */
async function answerOf(port: number, nonce?: string): Promise<Answer> {
  const proof = { nonce: nonce ?? (await world.ageingNonce()) }
  return send(port, '/', [...(await world.dpop(`http://127.0.0.1:${port}/`, proof)), ['Origin', 'https://app.test']])
}

function named(answer: Answer, ...names: readonly string[]): string[] {
  return answer.headers.filter((header) => names.includes(header.slice(0, header.indexOf(':'))))
}

const broken: RequestHandler = () => {
  throw new Error('broken')
}
const answerError: ErrorRequestHandler = (_error, _request, response, _next) => void response.status(500).end()

describe('a fresh nonce comes with the answer', () => {
  it.each<[string, RequestHandler]>([
    ['json', (_request, response) => void response.json({})],
    ['send', (_request, response) => void response.send('done')],
    ['end', (_request, response) => void response.end('done')],
    ['writeHead', (_request, response) => void response.writeHead(201, { 'x-own': '1' }).end('done')],
    ['redirect', (_request, response) => response.redirect('/elsewhere')],
    ['a stream', (_request, response) => void Readable.from(['do', 'ne']).pipe(response)],
    ['an error', broken],
  ])('%s', async (_name, handler) => {
    const app = createApp().get('/', createAuth(options).requireAuth(), handler).use(answerError)
    const answer = await answerOf(await serve(app))
    expect(named(answer, 'dpop-nonce', 'cache-control')).toEqual(['cache-control: no-store', NONCE])
  })

  it('once, where there are several guards', async () => {
    const { requireAuth, optionalAuth } = createAuth(options)
    const app = createApp().use(requireAuth(), optionalAuth(), requireAuth(), (_request, response) => response.end())
    expect(named(await answerOf(await serve(app)), 'dpop-nonce')).toEqual([NONCE])
  })

  it('and none with a Bearer token', async () => {
    const app = createApp().use(createAuth(options).requireAuth(), (_request, response) => response.end())
    const answer = await send(await serve(app), '/', await world.bearer())
    expect([answer.status, named(answer, 'dpop-nonce', 'cache-control')]).toEqual([200, []])
  })

  it('what a handler says of caching stands', async () => {
    const app = createApp().use(createAuth(options).requireAuth(), (_request, response) =>
      response.set('Cache-Control', 'private').end(),
    )
    const answer = await answerOf(await serve(app))
    expect(named(answer, 'dpop-nonce', 'cache-control')).toEqual(['cache-control: private', NONCE])
  })
})

it('a request that was answered before the decision does not end the process', async () => {
  const unhandled = vi.fn<(reason: unknown) => void>()
  process.on('unhandledRejection', unhandled)
  onTestFinished(() => void process.off('unhandledRejection', unhandled))
  const handled = new Promise((resolve) => {
    const late: RequestHandler = (_request, response, next) => {
      response.status(503).end('too late')
      next()
    }
    const app = createApp().use(late, createAuth(options).requireAuth(), resolve)
    void serve(app).then(answerOf)
  })
  await handled
  await new Promise((resolve) => setImmediate(resolve)) // rejections are reported before
  expect(unhandled).not.toHaveBeenCalled()
})

describe('behind the cors middleware', () => {
  const exposed = 'access-control-expose-headers: WWW-Authenticate,DPoP-Nonce'
  const exposing = cors({ origin: 'https://app.test', exposedHeaders: ['WWW-Authenticate', 'DPoP-Nonce'] })

  it.each([
    ['a challenge', 401, 'forged'],
    ['a success', 200, undefined],
  ])('a browser can read the nonce of %s', async (_name, status, nonce) => {
    const app = createApp().use(exposing, createAuth(options).requireAuth(), (_request, response) => response.end())
    const answer = await answerOf(await serve(app), nonce)
    expect(answer.status).toBe(status)
    expect(named(answer, 'access-control-allow-origin', 'access-control-expose-headers', 'dpop-nonce')).toEqual([
      'access-control-allow-origin: https://app.test',
      exposed,
      NONCE,
    ])
  })
})
