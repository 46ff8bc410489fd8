import { createWorld, send } from '@acme/tests-adapters'
import type { World } from '@acme/tests-adapters'
import fastify from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { auth0Plugin } from '../src/index.js'
import { serve } from './serve.js'

// What the contract does not have: the router's own bound of parameters.

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.issuer.close())

describe('the longest correlation id', () => {
  it.each([
    ['is found where the router takes it', { routerOptions: { maxParamLength: 128 } }, 200],
    ['is refused by the router otherwise', {}, 414],
  ])('%s', async (_, options, status) => {
    const id = 'x'.repeat(128)
    const app = fastify({ ...options, genReqId: () => id })
    await app.register(auth0Plugin, { ...world.options, traces: true })
    app.get('/', { onRequest: app.requireAuth() }, () => 'done')
    app.get('/internal/traces/:id', { onRequest: app.requireAuth('read:traces') }, app.traceRoute())
    const port = await serve(app)
    await send(port, '/')
    const answer = await send(port, `/internal/traces/${id}`, await world.bearer({ scope: 'read:traces' }))
    expect(answer.status).toBe(status)
  })
})
