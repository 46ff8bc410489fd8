import { Hono } from 'hono'
import type { Handler } from 'hono'
import { cors } from 'hono/cors'
import { stream } from 'hono/streaming'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { createAuth } from '../src/index.js'
import type { HonoAuthOptions } from '../src/index.js'
import { serve } from './serve.js'
import { createWorld, NONCE_SECRET, send } from '@acme/tests-adapters'
import type { Answer, World } from '@acme/tests-adapters'

let world: World
let options: HonoAuthOptions
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

describe('a fresh nonce comes with the answer', () => {
  it.each<[string, Handler]>([
    ['json', (c) => c.json({})],
    ['body', (c) => c.body('done')],
    ['a Response of its own', () => new Response('done', { headers: { 'x-own': '1' } })],
    ['a Response whose headers cannot be changed', () => Response.redirect('https://api.test/')],
    ['a fetched Response', async () => fetch('data:text/plain,done')],
    ['a stream', (c) => stream(c, async (out) => void (await out.write('done')))],
    ['not found', (c) => c.notFound()],
    [
      'an error',
      () => {
        throw new Error('broken')
      },
    ],
  ])('%s', async (_name, handler) => {
    const app = new Hono().get('/', createAuth(options).requireAuth(), handler)
    app.onError((_error, c) => c.text('broken', 500))
    const answer = await answerOf(await serve(app))
    expect(named(answer, 'dpop-nonce', 'cache-control')).toEqual(['cache-control: no-store', NONCE])
  })

  it('once, where there are several guards', async () => {
    const { requireAuth, optionalAuth } = createAuth(options)
    const app = new Hono().use(requireAuth()).use(optionalAuth())
    app.get('/', requireAuth(), () => new Response('done'))
    expect(named(await answerOf(await serve(app)), 'dpop-nonce')).toEqual([NONCE])
  })

  it('and none with a Bearer token', async () => {
    const app = new Hono().get('/', createAuth(options).requireAuth(), (c) => c.text('done'))
    const answer = await send(await serve(app), '/', await world.bearer())
    expect([answer.status, named(answer, 'dpop-nonce', 'cache-control')]).toEqual([200, []])
  })

  it.each<[string, Handler]>([
    ['c.header', (c) => c.body('done', 200, { 'cache-control': 'private' })],
    ['a Response of its own', () => new Response('done', { headers: { 'cache-control': 'private' } })],
  ])('what a handler says of caching stands: %s', async (_name, handler) => {
    const app = new Hono().get('/', createAuth(options).requireAuth(), handler)
    const answer = await answerOf(await serve(app))
    expect(named(answer, 'dpop-nonce', 'cache-control')).toEqual(['cache-control: private', NONCE])
  })

  it('a switch of protocols goes on as it is', async () => {
    // Such as Deno.upgradeWebSocket() makes: Node's Response cannot have this status.
    const upgrade = Object.defineProperty(new Response(null), 'status', { value: 101 })
    const app = new Hono().get('/', createAuth(options).requireAuth(), () => upgrade)
    const nonce = await world.ageingNonce()
    const headers = (await world.dpop('http://localhost/', { nonce })).map(([name, value]): [string, string] => [
      name,
      value,
    ])
    expect(await app.request('/', { headers })).toBe(upgrade)
  })
})

describe('behind the cors middleware', () => {
  const exposing = cors({ origin: 'https://app.test', exposeHeaders: ['WWW-Authenticate', 'DPoP-Nonce'] })

  it.each([
    ['a challenge', 401, 'forged'],
    ['a success', 200, undefined],
  ])('a browser can read the nonce of %s', async (_name, status, nonce) => {
    const app = new Hono().use(exposing).get('/', createAuth(options).requireAuth(), () => new Response('done'))
    const answer = await answerOf(await serve(app), nonce)
    expect(answer.status).toBe(status)
    expect(named(answer, 'access-control-allow-origin', 'access-control-expose-headers', 'dpop-nonce')).toEqual([
      'access-control-allow-origin: https://app.test',
      'access-control-expose-headers: WWW-Authenticate,DPoP-Nonce',
      NONCE,
    ])
  })
})
