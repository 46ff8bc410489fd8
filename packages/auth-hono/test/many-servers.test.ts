import { Hono } from 'hono'
import type { MiddlewareHandler } from 'hono'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'

import { createAuth } from '../src/index.js'
import { createWorld } from '@acme/tests-adapters'
import type { World } from '@acme/tests-adapters'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.issuer.close())

it('createAuth in a middleware, for each request, is warned of once', async () => {
  const emitWarning = vi.spyOn(process, 'emitWarning').mockReturnValue()
  const guard = (): MiddlewareHandler => createAuth(world.options).requireAuth()
  const app = new Hono().use((c, next) => guard()(c, next)).get('/', (c) => c.text('done'))
  for (let count = 0; count < 200; count++) expect((await app.request('/')).status).toBe(401)
  expect(emitWarning).not.toHaveBeenCalled()
  for (let count = 0; count < 100; count++) await app.request('/')
  const warning = { type: 'AuthWarning', code: 'many_resource_servers' }
  expect(emitWarning.mock.calls).toEqual([
    [expect.stringMatching(/createAuth takes a function of the context$/), warning],
  ])
})
