import { afterAll, beforeAll, expect, it } from 'vitest'

import { forAnotherUrl, createWorld, send } from '@acme/tests-adapters'
import type { Header, World } from '@acme/tests-adapters'
import { createApp, serve } from './serve.js'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.issuer.close())

const PUBLIC: readonly Header[] = [
  ['X-Forwarded-Proto', 'https'],
  ['X-Forwarded-Host', 'api.example.com'],
]

async function answerTo(trustProxy: unknown): Promise<unknown> {
  const app = await createApp(world.options, { trustProxy: trustProxy as () => boolean }) // of JavaScript, anything
  // In a scope of its own, which is another object than the instance with the options.
  await app.register(async (scope) => {
    scope.get('/', { onRequest: scope.requireAuth() }, (request) => request.auth?.subject)
  })
  return send(await serve(app), '/', [...PUBLIC, ...(await world.dpop('https://api.example.com/'))])
}

it.each([
  ['an async function', async () => false],
  ['an async function of true', async () => true],
  ['a function that answers 1', () => 1],
])('%s trusts nobody', async (_, trustProxy) => {
  expect(await answerTo(trustProxy)).toEqual(forAnotherUrl)
})

it('a function that answers true does', async () => {
  const asked: unknown[] = []
  const trusts = (...judged: unknown[]): boolean => asked.push(judged) > 0
  expect(await answerTo(trusts)).toMatchObject({ status: 200, body: 'user-1' })
  expect(asked).toContainEqual(['127.0.0.1', 0])
})
