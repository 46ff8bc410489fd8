import { describe, expect, it } from 'vitest'
import { bearer, createWorld, verdict } from '../support.js'
import type { World } from '../support.js'

async function send(world: World, token: string): Promise<string> {
  return verdict(await world.server.authenticate(bearer(token)))
}

/** A world whose server remembers two tokens of the first key. */
async function warm(options: Parameters<typeof createWorld>[0] = {}): Promise<{ world: World; a: string; b: string }> {
  const world = await createWorld(options)
  const [a, b] = [
    await world.issuer.accessToken({ expiresIn: 90_000 }),
    await world.issuer.accessToken({ expiresIn: 90_000 }),
  ]
  // A token is remembered when it comes for the second time.
  for (let time = 0; time < 2; time++)
    expect([await send(world, a), await send(world, b)]).toEqual(['accepted', 'accepted'])
  return { world, a, b }
}

describe('a key that leaves the key set', () => {
  it('takes its tokens along, once the key set is fetched again', async () => {
    const { world, a, b } = await warm()
    await world.issuer.rotateKey({ keepPrevious: false })
    expect([await send(world, a), await send(world, b)]).toEqual(['accepted', 'accepted'])
    world.clock.advance(3600)
    expect([await send(world, a), await send(world, b), await send(world, a)]).toEqual(
      Array<string>(3).fill('401 token_invalid'),
    )
  })

  it('takes them along at once after invalidate()', async () => {
    const { world, a, b } = await warm()
    await world.issuer.rotateKey({ keepPrevious: false })
    world.server.invalidate()
    expect([await send(world, a), await send(world, b)]).toEqual(Array<string>(2).fill('401 token_invalid'))
  })

  it('takes them along when a new kid has the key set fetched', async () => {
    const { world, a, b } = await warm()
    await world.issuer.rotateKey({ keepPrevious: false })
    expect(await send(world, await world.issuer.accessToken())).toBe('accepted')
    expect([await send(world, a), await send(world, b)]).toEqual(Array<string>(2).fill('401 token_invalid'))
  })

  it('takes them along even if another key has its kid', async () => {
    const { world, a, b } = await warm()
    const { kid } = world.issuer.signingKey
    const next = await world.issuer.rotateKey({ keepPrevious: false })
    world.issuer.removeKey(next.kid)
    world.issuer.publish({ ...next.publicJwk, kid })
    world.server.invalidate()
    expect([await send(world, a), await send(world, b)]).toEqual(Array<string>(2).fill('401 token_invalid'))
    expect(await send(world, await world.issuer.accessToken({ header: { kid } }))).toBe('accepted')
  })

  it.each([
    ['its alg changes', { alg: 'ES384' }],
    ['its use changes', { use: 'enc' }],
    ['its operations change', { key_ops: ['sign'] }],
    ['its kid changes', { kid: 'another' }],
    ['it becomes private', { d: 'AAAA' }],
    ['it changes', { y: 'A'.repeat(43) }],
  ])('%s: the same', async (_, change) => {
    const { world, a, b } = await warm()
    const { kid, publicJwk } = world.issuer.signingKey
    await world.issuer.rotateKey()
    world.issuer.removeKey(kid)
    world.issuer.publish({ ...publicJwk, ...change })
    world.server.invalidate()
    expect([await send(world, a), await send(world, b)]).toEqual(Array<string>(2).fill('401 token_invalid'))
  })

  it('comes back: its tokens are verified anew', async () => {
    const { world, a } = await warm()
    const { kid, publicJwk } = world.issuer.signingKey
    const first = await world.server.verifyAccessToken(a)
    await world.issuer.rotateKey()
    world.issuer.removeKey(kid)
    world.server.invalidate()
    expect(await send(world, a)).toBe('401 token_invalid')
    world.issuer.publish(publicJwk)
    world.server.invalidate()
    expect(await send(world, a)).toBe('accepted')
    expect(await world.server.verifyAccessToken(a)).not.toBe(first)
  })
})

describe('a key that stays', () => {
  it('stays the same object through a refresh, with what was verified by it', async () => {
    const { world, a, b } = await warm()
    const second = await world.server.verifyAccessToken(b)
    world.clock.advance(3600)
    expect(await send(world, a)).toBe('accepted')
    expect(world.issuer.count('keys')).toBe(2)
    expect(await world.server.verifyAccessToken(b)).toBe(second)
  })

  it('does so beside new keys, and in another order', async () => {
    const { world, a, b } = await warm()
    const second = await world.server.verifyAccessToken(b)
    const { publicJwk, kid } = world.issuer.signingKey
    await world.issuer.rotateKey()
    world.issuer.removeKey(kid)
    world.issuer.publish(publicJwk)
    world.server.invalidate()
    expect(await send(world, a)).toBe('accepted')
    expect(await world.server.verifyAccessToken(b)).toBe(second)
  })

  it('does so whatever else its entry says', async () => {
    const { world, a, b } = await warm()
    const second = await world.server.verifyAccessToken(b)
    const { publicJwk, kid } = world.issuer.signingKey
    world.issuer.removeKey(kid)
    world.issuer.publish({ ...publicJwk, x5t: 'AAAA' })
    world.server.invalidate()
    expect(await send(world, a)).toBe('accepted')
    expect(await world.server.verifyAccessToken(b)).toBe(second)
  })
})

describe('a token without a kid', () => {
  it('is remembered while its key is one of the few that are tried', async () => {
    const world = await createWorld()
    const token = await world.issuer.accessToken({ header: { kid: undefined }, expiresIn: 90_000 })
    await world.server.verifyAccessToken(token)
    const first = await world.server.verifyAccessToken(token)
    expect(await world.server.verifyAccessToken(token)).toBe(first)
    for (let keys = 2; keys <= 4; keys++) {
      await world.issuer.rotateKey()
      world.server.invalidate()
      const again = await world.server.verifyAccessToken(token)
      expect(await world.server.verifyAccessToken(token)).toBe(again)
    }
    // What verifying again would refuse must not be accepted from memory.
    await world.issuer.rotateKey()
    world.server.invalidate()
    expect([await send(world, token), await send(world, token)]).toEqual(Array<string>(2).fill('401 token_invalid'))
  })
})

describe('an issuer that cannot be reached', () => {
  it('takes what is remembered along with its keys', async () => {
    const { world, a } = await warm({ keys: { maxAge: 100, refreshAhead: 0, staleIfError: 50 } })
    world.issuer.fail('all', 'reset')
    const outcomes: string[] = []
    for (const pause of [99, 1, 49, 1, 1000]) {
      world.clock.advance(pause)
      outcomes.push(await send(world, a))
    }
    expect(outcomes).toEqual([...Array<string>(3).fill('accepted'), ...Array<string>(2).fill('503 issuer_unavailable')])
  })

  it('with staleIfError 0 takes it along at once', async () => {
    const { world, a } = await warm({ keys: { maxAge: 100, refreshAhead: 0, staleIfError: 0 } })
    world.issuer.fail('all', 'reset')
    world.clock.advance(100)
    expect(await send(world, a)).toBe('503 issuer_unavailable')
  })
})

describe('static keys', () => {
  it('remember tokens too, whatever the issuer does, and only of their own keys', async () => {
    const world = await createWorld()
    const { issuer, signingKey } = { issuer: world.issuer, signingKey: world.issuer.signingKey }
    const server = world.serve({ issuers: [{ issuer: issuer.issuer, jwks: { keys: [signingKey.publicJwk] } }] })
    const token = await issuer.accessToken()
    await server.verifyAccessToken(token)
    const first = await server.verifyAccessToken(token)
    server.invalidate()
    await issuer.rotateKey({ keepPrevious: false })
    expect(await server.verifyAccessToken(token)).toBe(first)
    expect(verdict(await server.authenticate(bearer(await issuer.accessToken())))).toBe('401 token_invalid')
    expect(issuer.count('all')).toBe(0)
  })
})
