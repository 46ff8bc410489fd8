import { afterAll, beforeAll, expect, it } from 'vitest'

import fastify from 'fastify'
import type { AuthEvent } from '../src/index.js'
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

it('as an option of the plugin is refused, and names the one of Fastify', async () => {
  const options = { ...world.options, trustProxy: 1 }
  await expect(createApp(options)).rejects.toThrow(
    "trustProxy: unknown option, want the framework's own setting: fastify({ trustProxy: ... })",
  )
})

async function warningsOf(trustProxy: unknown): Promise<readonly string[]> {
  const warnings: string[] = []
  const onEvent = (event: AuthEvent): void => {
    if (event.type === 'warning') warnings.push(event.code)
  }
  const app = await createApp({ ...world.options, onEvent }, { trustProxy: trustProxy as boolean }) // of JavaScript, a number
  await app.close()
  return warnings
}

it('a number of hops that Fastify ignores is warned of', async () => {
  // Older ones count it.
  const app = fastify({ trustProxy: 1 as unknown as boolean }) // their types have no number
  app.get('/', (request) => request.ips?.length)
  const { body } = await app.inject({ url: '/', headers: { 'x-forwarded-for': '192.0.2.7' } })
  expect(await warningsOf(1)).toEqual(body === '1' ? ['trusted_hops_ignored'] : [])
})

it.each([true, false, 0, 'loopback'])('%j is not', async (trustProxy) => {
  expect(await warningsOf(trustProxy)).toEqual([])
})
