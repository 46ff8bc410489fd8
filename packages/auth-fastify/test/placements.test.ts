import { createWorld, expired, lacksScope, noCredentialsFor, send } from '@acme/tests-adapters'
import type { World } from '@acme/tests-adapters'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { placements, serveFault } from './fault-server.js'
import type { Placement } from './fault-server.js'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.issuer.close())

describe.each(Object.entries(placements))('in %s', (_name, place: Placement) => {
  it('a refusal is the answer, and nothing goes on behind the guard', async () => {
    const handler = vi.fn<() => string>(() => 'passed')
    const server = {
      options: world.options,
      wanted: ['read'],
      trustProxy: () => false,
      replace: () => undefined,
      handler,
    }
    const port = await serveFault(place, server)
    expect(await send(port, '/')).toEqual(noCredentialsFor('read'))
    expect(await send(port, '/', await world.bearer({ expiresIn: -60 }))).toEqual(expired)
    expect(await send(port, '/', await world.bearer())).toEqual(lacksScope('read'))
    // What would run behind it would run after the answer.
    await new Promise((resolve) => setImmediate(resolve))
    expect(handler).not.toHaveBeenCalled()
    const passed = await send(port, '/', await world.bearer({ scope: 'read' }))
    expect(passed).toMatchObject({ status: 200, body: 'passed' })
    expect(handler).toHaveBeenCalledTimes(1)
  })
})
