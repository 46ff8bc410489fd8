import { afterAll, beforeAll, expect, it } from 'vitest'
import type { FastifyInstance } from 'fastify'

import { createWorld } from '@acme/tests-adapters'
import type { Header, World } from '@acme/tests-adapters'
import { createApp } from './serve.js'

let world: World
let app: FastifyInstance
beforeAll(async () => {
  world = await createWorld()
  app = await createApp(world.options)
  app.get('/', { onRequest: app.requireAuth() }, (request) => request.auth?.subject)
})
afterAll(async () => {
  await app.close()
  await world.issuer.close()
})

/** The status, and the code or the body. */
async function injected(headers: readonly Header[]): Promise<string> {
  const list: Record<string, string | string[]> = { host: 'api.example.com' }
  for (const [name, value] of headers) {
    const before = list[name]
    list[name] = before === undefined ? value : [before, value].flat()
  }
  // Types of `inject` know of one value for each name; it takes lists all the same.
  const { statusCode, body } = await app.inject({ url: '/', headers: list as Record<string, string> })
  return `${statusCode} ${/"code":"(\w+)"/.exec(body)?.[1] ?? body}`
}

it('an injected request is judged as one that came', async () => {
  expect(await injected([])).toBe('401 AUTH_1003')
  const bearer = await world.bearer()
  expect(await injected(bearer)).toBe('200 user-1')
  expect(await injected([...bearer, ...bearer])).toBe('400 VAL_2002')
  const dpop = await world.dpop('http://api.example.com/')
  expect(await injected(dpop)).toBe('200 user-1')
  expect(await injected(dpop)).toBe('400 DPOP_6012')
  const [token, proof] = await world.dpop('http://api.example.com/')
  if (token === undefined || proof === undefined) throw new Error('no headers')
  expect(await injected([token, proof, proof])).toMatch(/^400 DPOP_/)
})
