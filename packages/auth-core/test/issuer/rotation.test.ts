import { createTestKey } from '@acme/auth-testing'
import type { TestKey } from '@acme/auth-testing'
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

  it.each([
    ['that is published while an older answer is on its way is seen', 'after', 0, 3],
    ['is seen so after others were looked for in vain, too', 'after', 1, 4],
    ['that an answer on its way has is waited for', 'before', 0, 2],
  ])('%s', async (_, published, strangers, fetches) => {
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
    for (let stranger = 0; stranger < strangers; stranger++) {
      const forged = await world.issuer.accessToken({ header: { kid: 'forged' } })
      expect(verdict(await server.authenticate(bearer(forged)))).toBe('401 token_invalid')
    }
    world.clock.advance(3400)
    const known = await world.issuer.accessToken()
    if (published === 'before') await world.issuer.rotateKey()
    hold = true
    // Ahead of time and in the background, with the keys as they are now.
    expect(verdict(await server.authenticate(bearer(known)))).toBe('accepted')
    await new Promise((resolve) => setImmediate(resolve))
    if (published === 'after') await world.issuer.rotateKey()
    const outcome = server.authenticate(bearer(await world.issuer.accessToken()))
    hold = false
    release()
    expect(verdict(await outcome)).toBe('accepted')
    expect(world.issuer.count('keys')).toBe(fetches)
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
  it('makes three refetches, and then one per cooldown', async () => {
    const world = await warm()
    const fetches: number[] = []
    for (const pause of [0, 1, 28, 0.9, 0.2, 29, 1]) {
      world.clock.advance(pause)
      expect(await send(world, { header: { kid: `forged-${pause}` } })).toBe('401 token_invalid')
      fetches.push(world.issuer.count('keys'))
    }
    expect(fetches).toEqual([1, 2, 3, 3, 4, 4, 5])
    // The keys may be somewhere else by now.
    expect(world.issuer.count('metadata')).toBe(5)
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
    expect(world.issuer.count('keys')).toBe(3)
  })

  it.each([0, 5])('with cooldown %d', async (cooldown) => {
    const world = await createWorld({ keys: { cooldown } })
    await world.server.preload()
    for (let i = 0; i < 5; i++) {
      await send(world, { header: { kid: 'forged' } })
      world.clock.advance(1)
    }
    expect(world.issuer.count('keys')).toBe(cooldown === 0 ? 6 : 4)
  })

  it.each([
    [undefined, 'accepted'],
    ['x', '401 token_invalid'],
  ])('of static keys (%s) fetches nothing', async (kid, expected) => {
    const world = await createWorld()
    const { issuer } = world
    const { publicJwk } = await createTestKey('ES256')
    const jwks = { keys: [publicJwk, issuer.signingKey.publicJwk] }
    const server = world.serve({ issuers: [{ issuer: issuer.issuer, jwks }] })
    expect(verdict(await server.authenticate(bearer(await issuer.accessToken({ header: { kid } }))))).toBe(expected)
    const forged = await issuer.accessToken({ header: { kid }, signature: 'flipped' })
    expect(verdict(await server.authenticate(bearer(forged)))).toBe('401 token_invalid')
    expect(verdict(await server.authenticate(bearer(await issuer.accessToken())))).toBe('accepted')
    expect(issuer.count('all')).toBe(0)
  })

  it('is refused as long as its issuer was just asked, and 503 when it could not be', async () => {
    const world = await warm()
    for (let i = 0; i < 4; i++) expect(await send(world, { header: { kid: `forged-${i}` } })).toBe('401 token_invalid')
    await world.issuer.rotateKey()
    expect(await send(world)).toBe('401 token_invalid')
    world.issuer.fail('all', { status: 500 })
    world.clock.advance(30)
    expect(await send(world)).toBe('503 issuer_unavailable')
    expect(await send(world)).toBe('503 issuer_unavailable')
    world.issuer.fail('all', undefined)
    world.clock.advance(2)
    expect(await send(world)).toBe('accepted')
  })

  it.each([1, 2])('made up %d times does not hold a rotation off', async (times) => {
    const world = await warm()
    for (let i = 0; i < times; i++) await send(world, { header: { kid: `forged-${i}` } })
    await world.issuer.rotateKey()
    expect(await send(world)).toBe('accepted')
  })

  it('does not wait longer for a clock that was set back', async () => {
    const world = await warm()
    for (let i = 0; i < 4; i++) await send(world, { header: { kid: `forged-${i}` } })
    await world.issuer.rotateKey()
    world.clock.advance(-86_400)
    world.issuer.resetCounts()
    await send(world, { header: { kid: 'forged' } })
    world.clock.advance(30)
    expect(await send(world)).toBe('accepted')
  })
})

describe('a signature that does not match', () => {
  it('is told of with the number of keys that were tried', async () => {
    const world = await createWorld()
    const key = await createTestKey('ES256', { kid: world.issuer.signingKey.kid })
    expect(await send(world, { key })).toBe('401 token_invalid')
    expect(world.events.at(-1)?.detail).toBe("signature does not match the issuer's key")
    world.issuer.publish({ ...(await createTestKey('ES256')).publicJwk, kid: key.kid })
    expect(await send(world, { key })).toBe('401 token_invalid')
    expect(world.events.at(-1)?.detail).toBe('signature does not match any of 2 keys')
  })
})

describe('a token without a kid', () => {
  it('is verified with the few keys that fit', async () => {
    const world = await createWorld()
    const first = world.issuer.signingKey
    for (let keys = 1; keys < 4; keys++) await world.issuer.rotateKey()
    for (const key of [first, world.issuer.signingKey]) {
      expect(await send(world, { key, header: { kid: undefined } })).toBe('accepted')
    }
    const stranger = await createTestKey('ES256')
    expect(await send(world, { key: stranger, header: { kid: undefined } })).toBe('401 token_invalid')
    expect(world.events.at(-1)?.detail).toBe('signature does not match any of 4 keys')
  })

  it('is refused, and told why, where more fit', async () => {
    const world = await createWorld()
    for (let keys = 1; keys < 5; keys++) await world.issuer.rotateKey()
    expect(await send(world, { header: { kid: undefined } })).toBe('401 token_invalid')
    expect(world.events.at(-1)?.detail).toBe('kid is missing: 5 ES256 keys fit, at most 4 are tried')
    expect(await send(world)).toBe('accepted')
  })

  it('of a new key has the keys fetched', async () => {
    const world = await warm()
    await world.issuer.rotateKey({ keepPrevious: false })
    expect(await send(world, { header: { kid: undefined } })).toBe('accepted')
    expect(world.issuer.count('keys')).toBe(1)
  })
})

describe('a key that is replaced under its own kid', () => {
  async function replaced(): Promise<World> {
    const world = await warm()
    const { kid } = world.issuer.signingKey
    const next = await world.issuer.rotateKey({ keepPrevious: false })
    world.issuer.removeKey(next.kid)
    world.issuer.publish({ ...next.publicJwk, kid })
    return Object.assign(world, { kid })
  }

  async function sendBy(world: World): Promise<string> {
    const { kid } = world as World & { readonly kid: string } // see above
    return send(world, { header: { kid } })
  }

  it('is seen at the next request', async () => {
    const world = await replaced()
    expect(await sendBy(world)).toBe('accepted')
    expect([world.issuer.count('metadata'), world.issuer.count('keys')]).toEqual([0, 1])
  })

  it('is fetched as often as an unknown kid, and no more', async () => {
    const world = await warm()
    for (let i = 0; i < 10; i++) expect(await send(world, { signature: 'flipped' })).toBe('401 token_invalid')
    for (let i = 0; i < 10; i++) expect(await send(world, { header: { kid: `x${i}` } })).toBe('401 token_invalid')
    expect(world.issuer.count('keys')).toBe(3)
  })

  it('takes the tokens of the old one along', async () => {
    const world = await warm()
    const old = await world.issuer.accessToken()
    expect(verdict(await world.server.authenticate(bearer(old)))).toBe('accepted')
    const { kid } = world.issuer.signingKey
    const next = await world.issuer.rotateKey({ keepPrevious: false })
    world.issuer.removeKey(next.kid)
    world.issuer.publish({ ...next.publicJwk, kid })
    expect(await send(world, { header: { kid } })).toBe('accepted')
    expect(verdict(await world.server.authenticate(bearer(old)))).toBe('401 token_invalid')
  })

  it('is not waited for while the issuer is down: what does not match is refused', async () => {
    const world = await warm()
    world.issuer.fail('all', { status: 500 })
    for (let i = 0; i < 10; i++) expect(await send(world, { signature: 'flipped' })).toBe('401 token_invalid')
    expect(world.issuer.count('keys')).toBe(1)
    expect(await send(world)).toBe('accepted')
    // Nor is it tried again for its sake, when that may be.
    world.clock.advance(61)
    world.issuer.resetCounts()
    expect(await send(world, { signature: 'flipped' })).toBe('401 token_invalid')
    expect(world.issuer.count('all')).toBe(0)
  })

  it('is not asked for where the keys were just fetched for the token', async () => {
    const world = await createWorld()
    expect(await send(world, { signature: 'flipped' })).toBe('401 token_invalid')
    expect(world.issuer.count('keys')).toBe(1)
  })
})

describe('a key set that moves', () => {
  /** The issuer, which names another place for its keys than the one that is known; both answer. */
  async function moved(): Promise<{ world: World; old: TestKey; places: string[] }> {
    const world = await createWorld()
    const places: string[] = []
    const elsewhere = 'https://issuer.test/.well-known/oauth-authorization-server'
    const fetch: typeof globalThis.fetch = async (input, init) => {
      const url = input instanceof Request ? input.url : input.toString()
      places.push(new URL(url).pathname)
      return world.issuer.fetch(input, init)
    }
    const server = world.serve({ fetch })
    await server.preload()
    places.length = 0
    const old = world.issuer.signingKey
    const next = await world.issuer.rotateKey({ keepPrevious: false })
    world.issuer.fail('/.well-known/jwks.json', { body: JSON.stringify({ keys: [old.publicJwk] }) })
    world.issuer.fail('/.well-known/oauth-authorization-server', { body: JSON.stringify({ keys: [next.publicJwk] }) })
    const metadata = { issuer: world.issuer.issuer, jwks_uri: elsewhere }
    world.issuer.fail('/.well-known/openid-configuration', { body: JSON.stringify(metadata) })
    return { world: { ...world, issuer: world.issuer, server }, old, places }
  }

  const KEYS = '/.well-known/jwks.json'
  const METADATA = '/.well-known/openid-configuration'
  const MOVED = '/.well-known/oauth-authorization-server'

  it('is found when a kid stays unknown', async () => {
    const { world, places } = await moved()
    expect(await send(world)).toBe('accepted')
    expect(places).toEqual([KEYS, METADATA, MOVED])
    expect(await send(world)).toBe('accepted')
    expect(places).toHaveLength(3)
  })

  it('is found when the keys are too old', async () => {
    const { world, places } = await moved()
    world.clock.advance(3601)
    expect(await send(world)).toBe('accepted')
    expect(places).toEqual([METADATA, MOVED])
  })

  it('is found after invalidate()', async () => {
    const { world, places } = await moved()
    world.server.invalidate()
    expect(await send(world)).toBe('accepted')
    expect(places).toEqual([METADATA, MOVED])
  })

  it('is found though requests never let the keys become too old', async () => {
    const { world, old, places } = await moved()
    for (let i = 0; i < 40; i++) {
      world.clock.advance(200)
      if (!places.includes(MOVED)) expect(await send(world, { key: old })).toBe('accepted')
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
      if (places.includes(MOVED)) break
    }
    expect(places).toContain(MOVED)
  })
})

describe('a rotation after signatures that do not match', () => {
  // Anybody can make them up, with the `kid` of a key that there is: they must not use up what new keys need.
  it('is seen at once, however many there were', async () => {
    const { server, issuer } = await createWorld()
    expect(verdict(await server.authenticate(bearer(await issuer.accessToken())))).toBe('accepted')
    const forged = await issuer.accessToken({ signature: 'flipped' })
    for (let time = 0; time < 20; time++) {
      expect(verdict(await server.authenticate(bearer(forged)))).toBe('401 token_invalid')
    }
    expect(issuer.count('keys')).toBe(2)
    for (let rotation = 0; rotation < 2; rotation++) {
      await issuer.rotateKey()
      expect(verdict(await server.authenticate(bearer(await issuer.accessToken())))).toBe('accepted')
    }
  })
})
