import { Readable } from 'node:stream'

import cors from '@fastify/cors'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

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

type Handler = (request: FastifyRequest, reply: FastifyReply) => unknown

describe('a fresh nonce comes with the answer', () => {
  it.each<[string, Handler]>([
    ['an object', () => ({})],
    ['send', (_request, reply) => reply.send('done')],
    ['redirect', (_request, reply) => reply.redirect('/elsewhere')],
    ['a stream', (_request, reply) => reply.send(Readable.from(['do', 'ne']))],
    ['a Response', () => new Response('done')],
    ['not found', (_request, reply) => reply.callNotFound()],
    [
      'an error',
      () => {
        throw new Error('broken')
      },
    ],
  ])('%s', async (_name, handler) => {
    const app = await createApp(options)
    app.get('/', { onRequest: app.requireAuth() }, handler)
    const answer = await answerOf(await serve(app))
    expect(named(answer, 'dpop-nonce', 'cache-control')).toEqual(['cache-control: no-store', NONCE])
  })

  it('once, where there are several guards', async () => {
    const app = await createApp(options)
    app.addHook('onRequest', app.requireAuth())
    app.get('/', { preHandler: [app.optionalAuth(), app.requireAuth()] }, () => 'done')
    expect(named(await answerOf(await serve(app)), 'dpop-nonce')).toEqual([NONCE])
  })

  it('and none with a Bearer token', async () => {
    const app = await createApp(options)
    app.get('/', { onRequest: app.requireAuth() }, () => 'done')
    const answer = await send(await serve(app), '/', await world.bearer())
    expect([answer.status, named(answer, 'dpop-nonce', 'cache-control')]).toEqual([200, []])
  })

  it('what a handler says of caching stands', async () => {
    const app = await createApp(options)
    app.get('/', { onRequest: app.requireAuth() }, (_request, reply) => reply.header('Cache-Control', 'private').send())
    const answer = await answerOf(await serve(app))
    expect(named(answer, 'dpop-nonce', 'cache-control')).toEqual(['cache-control: private', NONCE])
  })
})

describe('behind @fastify/cors', () => {
  it.each([
    ['a challenge', 401, 'forged'],
    ['a success', 200, undefined],
  ])('a browser can read the nonce of %s', async (_name, status, nonce) => {
    const app = await createApp(options)
    await app.register(cors, { origin: 'https://app.test', exposedHeaders: ['WWW-Authenticate', 'DPoP-Nonce'] })
    app.get('/', { onRequest: app.requireAuth() }, () => 'done')
    const answer = await answerOf(await serve(app), nonce)
    expect(answer.status).toBe(status)
    expect(named(answer, 'access-control-allow-origin', 'access-control-expose-headers', 'dpop-nonce')).toEqual([
      'access-control-allow-origin: https://app.test',
      'access-control-expose-headers: WWW-Authenticate, DPoP-Nonce',
      NONCE,
    ])
  })
})
