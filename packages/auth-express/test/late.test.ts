import type { RequestHandler } from 'express'
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest'

import { createAuth } from '../src/index.js'
import type { DecisionEvent } from '@acme/auth-core'
import { createApp, serve } from './serve.js'
import { createWorld, send } from '@acme/tests-adapters'
import type { Header, World } from '@acme/tests-adapters'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.issuer.close())

// As a middleware for timeouts does, when an issuer takes its time.
const late: RequestHandler = (_request, response, next) => {
  response.status(503).end('too late')
  next()
}

/** Sends a request and waits for the decision on it, which comes after the answer. */
async function decide(headers: (of: World) => Promise<readonly Header[]>): Promise<DecisionEvent> {
  return new Promise((resolve, reject) => {
    const auth = createAuth({
      ...world.options,
      onEvent: (event) => void (event.type === 'decision' && resolve(event)),
    })
    const app = createApp().use(late, auth.requireAuth(), (_request, response) => response.end())
    serve(app)
      .then(async (port) => send(port, '/', await headers(world)))
      .then((answer) => expect(answer).toMatchObject({ status: 503, body: 'too late' }))
      .catch(reject)
  })
}

it.each([
  ['refused', async () => []],
  ['refused', (of: World) => of.bearer({ expiresIn: -60 })],
  ['accepted', (of: World) => of.bearer()],
])('a request that was answered before it is %s does not end the process', async (outcome, headers) => {
  const unhandled = vi.fn<(reason: unknown) => void>()
  process.on('unhandledRejection', unhandled)
  onTestFinished(() => void process.off('unhandledRejection', unhandled))
  expect((await decide(headers)).outcome).toBe(outcome)
  await new Promise((resolve) => setImmediate(resolve)) // rejections are reported before
  expect(unhandled.mock.calls.map(([reason]) => reason)).toEqual([])
})
