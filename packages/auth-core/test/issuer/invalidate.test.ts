import { describe, expect, it } from 'vitest'

import { bearer, createWorld, verdict } from '../support.js'
import type { World } from '../support.js'

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

describe('with drop', () => {
  it('ends all tokens at once, though the issuer cannot be reached', async () => {
    const world = await createWorld()
    const token = await world.issuer.accessToken({ expiresIn: 90_000 })
    // Remembered, too.
    for (let time = 0; time < 3; time++) expect(await send(world, token)).toBe('accepted')
    world.issuer.fail('all', 'reset')
    expect(world.server.invalidate('https://issuer.test/', { drop: true })).toBe(true)
    expect(world.server.issuerStatus()).toMatchObject([{ state: 'empty', keys: 0, fetchedAt: undefined }])
    expect(world.keysEvents.at(-1)).toMatchObject({ transition: 'invalidated', keys: 0 })
    expect(await send(world, token)).toBe('503 issuer_unavailable')
    world.issuer.fail('all', undefined)
    await world.issuer.rotateKey({ keepPrevious: false })
    world.clock.advance(2)
    expect(await send(world, token)).toBe('401 token_invalid')
    expect(await send(world, await world.issuer.accessToken())).toBe('accepted')
  })

  it('without it the keys serve on', async () => {
    const world = await createWorld()
    const token = await world.issuer.accessToken({ expiresIn: 90_000 })
    expect(await send(world, token)).toBe('accepted')
    world.issuer.fail('all', 'reset')
    for (const options of [undefined, {}, { drop: false }]) {
      world.server.invalidate(undefined, options)
      expect(await send(world, token)).toBe('accepted')
    }
  })

  it('keeps none for a request that waits for a fetch that fails', async () => {
    const world = await createWorld()
    let fail = (): void => undefined
    let held: Promise<never> | undefined
    const server = world.serve({
      keys: { maxAge: 100, refreshAhead: 0 },
      fetch: (input, init) => held ?? world.issuer.fetch(input, init),
    })
    const token = await world.issuer.accessToken({ expiresIn: 90_000 })
    expect(verdict(await server.authenticate(bearer(token)))).toBe('accepted')
    held = new Promise((_, reject) => {
      fail = () => reject(new TypeError('fetch failed'))
    })
    world.clock.advance(101)
    const decision = server.authenticate(bearer(token))
    await settled()
    server.invalidate(undefined, { drop: true })
    fail()
    expect(verdict(await decision)).toBe('503 issuer_unavailable')
  })

  it.each<readonly [unknown, unknown, string]>([
    [{ drop: true }, undefined, 'issuer: got {"drop":true}'],
    [null, undefined, 'issuer: got null'],
    [undefined, null, 'options: got null'],
    [undefined, { drop: undefined }, 'drop: got undefined'],
    [undefined, { drop: 'true' }, 'drop: got "true"'],
    [undefined, { dorp: true }, 'options: unknown option "dorp"'],
  ])('of %j and %j is a mistake that is told', async (issuer, options, message) => {
    const { server } = await createWorld()
    const invalidate = (): boolean => server.invalidate(issuer as string, options as { drop: boolean })
    expect(invalidate).toThrow(TypeError)
    expect(invalidate).toThrow(message)
  })

  it('tells whether there is such an issuer', async () => {
    const { server } = await createWorld()
    expect([server.invalidate('https://issuer.test'), server.invalidate('https://issuer.test/')]).toEqual([false, true])
  })
})

async function send(world: World, token: string): Promise<string> {
  return verdict(await world.server.authenticate(bearer(token)))
}
