import { expect, it } from 'vitest'

import { bearer, createWorld, verdict } from '../support.js'

it('is not outlived by keys that serve while the issuer is down', async () => {
  const world = await createWorld()
  const server = world.serve({ keys: { maxAge: 100, refreshAhead: 30 } })
  const token = await world.issuer.accessToken()
  expect(verdict(await server.authenticate(bearer(token)))).toBe('accepted')
  world.clock.advance(80)
  world.issuer.fail('all', { status: 500 })
  expect(verdict(await server.authenticate(bearer(token)))).toBe('accepted')
  await settled()
  world.issuer.fail('all', undefined)
  await world.issuer.rotateKey({ keepPrevious: false })
  server.invalidate()
  expect(verdict(await server.authenticate(bearer(token)))).toBe('401 token_invalid')
})

it('is not outlived by a fetch that was on its way', async () => {
  const world = await createWorld()
  let hold: Promise<void> | undefined
  // The answer is from before: it was given, and takes its time to arrive.
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const response = await world.issuer.fetch(input, init)
    await hold
    return response
  }
  const server = world.serve({ fetch, keys: { maxAge: 100, refreshAhead: 30 } })
  const token = await world.issuer.accessToken()
  expect(verdict(await server.authenticate(bearer(token)))).toBe('accepted')
  world.clock.advance(80)
  let release = (): void => undefined
  hold = new Promise((resolve) => {
    release = resolve
  })
  expect(verdict(await server.authenticate(bearer(token)))).toBe('accepted') // starts a refresh in the background
  await settled()
  await world.issuer.rotateKey({ keepPrevious: false })
  server.invalidate()
  const decision = server.authenticate(bearer(token))
  release()
  expect(verdict(await decision)).toBe('401 token_invalid')
  expect(verdict(await server.authenticate(bearer(token)))).toBe('401 token_invalid')
})

it('reports how many keys are held', async () => {
  const world = await createWorld()
  await world.server.preload()
  world.keysEvents.length = 0
  world.server.invalidate()
  expect(world.keysEvents).toMatchObject([{ transition: 'invalidated', keys: 1 }])
})

/** Lets what goes on in the background come to its end. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
}
