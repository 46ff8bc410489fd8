import { describe, expect, it } from 'vitest'
import { bearer, createWorld, verdict } from '../support.js'
import type { World } from '../support.js'

async function send(world: World, options: Parameters<World['issuer']['accessToken']>[0] = {}): Promise<string> {
  return verdict(await world.server.authenticate(bearer(await world.issuer.accessToken(options))))
}

async function warm(): Promise<World> {
  const world = await createWorld()
  await world.server.preload()
  world.issuer.resetCounts()
  return world
}

describe('a new key', () => {
  it('is seen at the next request', async () => {
    const world = await warm()
    await world.issuer.rotateKey()
    expect(await send(world)).toBe('accepted')
    expect([world.issuer.count('metadata'), world.issuer.count('keys')]).toEqual([0, 1])
  })

  it('is seen by all requests that come while it is fetched', async () => {
    const world = await warm()
    await world.issuer.rotateKey()
    world.issuer.fail('keys', { delay: 20 })
    const token = await world.issuer.accessToken()
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => world.server.authenticate(bearer(token))))
    expect(outcomes.map(verdict)).toEqual(Array<string>(20).fill('accepted'))
    expect(world.issuer.count('keys')).toBe(1)
  })

  it('that is published while an older answer is on its way is seen', async () => {
    const world = await createWorld()
    let release = (): void => undefined
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    let hold = false
    const server = world.serve({
      fetch: async (input, init) => {
        const response = await world.issuer.fetch(input, init)
        if (hold) await held
        return response
      },
    })
    await server.preload()
    world.clock.advance(3400)
    hold = true
    // Ahead of time and in the background, with the keys as they are now.
    expect(verdict(await server.authenticate(bearer(await world.issuer.accessToken())))).toBe('accepted')
    await new Promise((resolve) => setImmediate(resolve))
    await world.issuer.rotateKey()
    const outcome = server.authenticate(bearer(await world.issuer.accessToken()))
    hold = false
    release()
    expect(verdict(await outcome)).toBe('accepted')
    expect(world.issuer.count('keys')).toBe(3)
  })

  it('of another algorithm too', async () => {
    const world = await warm()
    await world.issuer.rotateKey({ algorithm: 'EdDSA' })
    expect(await send(world)).toBe('accepted')
  })

  it('leaves tokens of the previous key good while that is published', async () => {
    const world = await warm()
    const old = await world.issuer.accessToken()
    await world.issuer.rotateKey()
    expect(await send(world)).toBe('accepted')
    expect(verdict(await world.server.authenticate(bearer(old)))).toBe('accepted')
  })

  it('ends tokens of the previous key when that is withdrawn', async () => {
    const world = await warm()
    const old = await world.issuer.accessToken()
    expect(verdict(await world.server.authenticate(bearer(old)))).toBe('accepted')
    await world.issuer.rotateKey({ keepPrevious: false })
    expect(await send(world)).toBe('accepted')
    expect(verdict(await world.server.authenticate(bearer(old)))).toBe('401 token_invalid')
  })

  it('without a kid is seen too', async () => {
    const world = await warm()
    await world.issuer.rotateKey({ keepPrevious: false, algorithm: 'EdDSA' })
    expect(await send(world, { header: { kid: undefined } })).toBe('accepted')
  })
})

describe('an unknown kid', () => {
  it('makes one refetch per cooldown', async () => {
    const world = await warm()
    const fetches: number[] = []
    for (const pause of [0, 1, 28, 0.9, 0.2, 29, 1]) {
      world.clock.advance(pause)
      expect(await send(world, { header: { kid: `forged-${pause}` } })).toBe('401 token_invalid')
      fetches.push(world.issuer.count('keys'))
    }
    expect(fetches).toEqual([1, 1, 1, 1, 2, 2, 3])
    expect(world.issuer.count('metadata')).toBe(0)
  })

  it('makes one refetch, of a thousand at once', async () => {
    const world = await warm()
    const token = await world.issuer.accessToken({ header: { kid: 'forged' } })
    const outcomes = await Promise.all(
      Array.from({ length: 1000 }, async () => verdict(await world.server.authenticate(bearer(token)))),
    )
    expect(new Set(outcomes)).toEqual(new Set(['401 token_invalid']))
    expect(world.issuer.count('keys')).toBe(1)
  })

  it('makes none where keys have just been fetched for it', async () => {
    const world = await createWorld()
    expect(await send(world, { header: { kid: 'forged' } })).toBe('401 token_invalid')
    expect(world.issuer.count('keys')).toBe(1)
  })

  it('does not disturb good tokens', async () => {
    const world = await warm()
    for (let i = 0; i < 10; i++) {
      expect(await send(world, { header: { kid: `forged-${i}` } })).toBe('401 token_invalid')
      expect(await send(world)).toBe('accepted')
    }
    expect(world.issuer.count('keys')).toBe(1)
  })

  it.each([0, 5])('with cooldown %d', async (cooldown) => {
    const world = await createWorld({ keys: { cooldown } })
    await world.server.preload()
    for (let i = 0; i < 5; i++) {
      await send(world, { header: { kid: 'forged' } })
      world.clock.advance(1)
    }
    expect(world.issuer.count('keys')).toBe(cooldown === 0 ? 6 : 2)
  })

  it.each([undefined, 'x'])('of static keys (%s) fetches nothing', async (kid) => {
    const world = await createWorld()
    const { issuer } = world
    const jwks = { keys: [issuer.signingKey.publicJwk, { ...issuer.signingKey.publicJwk, kid: 'other' }] }
    const server = world.serve({ issuers: [{ issuer: issuer.issuer, jwks }] })
    expect(verdict(await server.authenticate(bearer(await issuer.accessToken({ header: { kid } }))))).toBe(
      '401 token_invalid',
    )
    expect(verdict(await server.authenticate(bearer(await issuer.accessToken())))).toBe('accepted')
    expect(issuer.count('all')).toBe(0)
  })

  it('without a kid is refused where two keys would do', async () => {
    const world = await createWorld()
    expect(await send(world, { header: { kid: undefined } })).toBe('accepted')
    await world.issuer.rotateKey()
    world.clock.advance(4000)
    expect(await send(world, { header: { kid: undefined } })).toBe('401 token_invalid')
    expect(await send(world)).toBe('accepted')
  })
})
