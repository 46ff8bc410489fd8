import { describe, expect, it, vi } from 'vitest'
import type { IssuerStatus } from '../../src/issuer/key-set-types.js'
import { NOW, bearer, createWorld, verdict } from '../support.js'
import type { World } from '../support.js'

const KEYS = { maxAge: 100, refreshAhead: 0, staleIfError: 50 }
const ISSUER = 'https://issuer.test/'

async function send(world: World): Promise<string> {
  const outcome = verdict(
    await world.server.authenticate(bearer(await world.issuer.accessToken({ expiresIn: 90_000 }))),
  )
  // What goes on in the background ends.
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve))
  return outcome
}

function status(world: World): IssuerStatus {
  const [only, ...others] = world.server.issuerStatus()
  if (only === undefined || others.length > 0) throw new Error('not one issuer')
  return only
}

function transitions(world: World): string[] {
  return world.keysEvents.map(({ transition, keys }) => `${transition} ${keys}`)
}

describe('issuerStatus', () => {
  it('is empty at first, and fetches nothing', async () => {
    const world = await createWorld({ keys: KEYS })
    expect(status(world)).toEqual({
      issuer: ISSUER,
      state: 'empty',
      keys: 0,
      fetchedAt: undefined,
      freshUntil: undefined,
      failures: 0,
      retryAt: undefined,
      problem: undefined,
    })
    expect([world.issuer.count('all'), world.keysEvents]).toEqual([0, []])
  })

  it('is fresh after a fetch', async () => {
    const world = await createWorld({ keys: KEYS })
    await world.server.preload()
    expect(status(world)).toEqual({
      issuer: ISSUER,
      state: 'fresh',
      keys: 1,
      fetchedAt: NOW,
      freshUntil: NOW + 100,
      failures: 0,
      retryAt: undefined,
      problem: undefined,
    })
  })

  it('counts unusable entries too, and not what is no object', async () => {
    const world = await createWorld({ keys: KEYS })
    for (const entry of [{}, { kty: 'oct' }, null, 'key']) world.issuer.publish(entry)
    await world.server.preload()
    expect(status(world).keys).toBe(3)
  })

  it('goes by the clock: fresh, stale, and then nothing to serve', async () => {
    const world = await createWorld({ keys: KEYS })
    await world.server.preload()
    const states: string[] = []
    for (const pause of [0, 99, 1, 49, 1, 1000]) {
      world.clock.advance(pause)
      states.push(status(world).state)
    }
    expect(states).toEqual(['fresh', 'fresh', 'stale', 'stale', 'empty', 'empty'])
    expect(world.issuer.count('keys')).toBe(1)
  })

  it('says what failed, how often, and when it is tried again', async () => {
    const random = vi.spyOn(Math, 'random').mockReturnValue(0)
    try {
      const world = await createWorld({ keys: KEYS })
      world.issuer.fail('metadata', { status: 500 })
      await send(world)
      const problem = `${ISSUER}.well-known/openid-configuration: status 500`
      const failed = { state: 'unavailable', keys: 0, fetchedAt: undefined, freshUntil: undefined, problem }
      expect(status(world)).toEqual({ issuer: ISSUER, ...failed, failures: 1, retryAt: NOW + 0.5 })
      world.clock.advance(0.4)
      await send(world)
      expect(status(world).failures).toBe(1)
      world.clock.advance(0.1)
      await send(world)
      expect(status(world)).toMatchObject({ ...failed, failures: 2, retryAt: NOW + 0.5 + 1 })
      world.issuer.fail('all', undefined)
      world.clock.advance(1)
      expect(await send(world)).toBe('accepted')
      expect(status(world)).toMatchObject({ state: 'fresh', failures: 0, retryAt: undefined, problem: undefined })
    } finally {
      random.mockRestore()
    }
  })

  it('has each listed issuer', async () => {
    const world = await createWorld()
    const { publicJwk } = world.issuer.signingKey
    const issuers = [ISSUER, { issuer: 'https://static.test/', jwks: { keys: [publicJwk] } }]
    const server = world.serve({ issuers })
    expect(server.issuerStatus().map(({ issuer, state, keys }) => [issuer, state, keys])).toEqual([
      [ISSUER, 'empty', 0],
      ['https://static.test/', 'fresh', 1],
    ])
  })

  it('has those that were looked up, and not those that are unknown', async () => {
    const world = await createWorld()
    const server = world.serve({ issuers: (issuer) => (issuer === ISSUER ? { issuer } : undefined) })
    expect(server.issuerStatus()).toEqual([])
    await server.authenticate(bearer(await world.issuer.accessToken({ claims: { iss: 'https://evil.test/' } })))
    expect(server.issuerStatus()).toEqual([])
    await server.authenticate(bearer(await world.issuer.accessToken()))
    expect(server.issuerStatus().map(({ issuer, state }) => [issuer, state])).toEqual([[ISSUER, 'fresh']])
  })
})

describe('events of keys', () => {
  it('fetched', async () => {
    const world = await createWorld({ keys: KEYS })
    await send(world)
    expect(world.keysEvents).toEqual([
      {
        type: 'keys',
        issuer: ISSUER,
        transition: 'fetched',
        keys: 1,
        duration: expect.any(Number),
        detail: undefined,
        retryAfter: undefined,
      },
    ])
  })

  it('unavailable, with the reason and the pause', async () => {
    const world = await createWorld({ keys: KEYS })
    world.issuer.fail('keys', 'reset')
    await send(world)
    const detail = 'https://issuer.test/.well-known/jwks.json: fetch failed: read ECONNRESET'
    const [event] = world.keysEvents
    expect(world.keysEvents).toEqual([
      {
        type: 'keys',
        issuer: ISSUER,
        transition: 'unavailable',
        keys: 0,
        duration: expect.any(Number),
        detail,
        retryAfter: expect.any(Number),
      },
    ])
    expect(event?.retryAfter).toBeGreaterThanOrEqual(0.5)
    expect(event?.retryAfter).toBeLessThanOrEqual(1)
  })

  it('failed, stale, unavailable and fetched again, in the course of an outage', async () => {
    const world = await createWorld({ keys: { ...KEYS, refreshAhead: 20 } })
    const outcomes = [await send(world)]
    world.issuer.fail('all', { status: 502 })
    for (const pause of [85, 16, 40, 61]) {
      world.clock.advance(pause)
      outcomes.push(await send(world))
    }
    world.issuer.fail('all', undefined)
    world.clock.advance(61)
    outcomes.push(await send(world))
    expect(outcomes).toEqual([...Array<string>(4).fill('accepted'), '503 issuer_unavailable', 'accepted'])
    expect(transitions(world)).toEqual(['fetched 1', 'failed 1', 'stale 1', 'stale 1', 'unavailable 1', 'fetched 1'])
  })

  it('one for each fetch, not for each request', async () => {
    const world = await createWorld({ keys: KEYS })
    world.issuer.fail('all', 'reset')
    const token = await world.issuer.accessToken()
    await Promise.all(Array.from({ length: 20 }, () => world.server.authenticate(bearer(token))))
    for (let i = 0; i < 5; i++) await send(world)
    expect(transitions(world)).toEqual(['unavailable 0'])
  })

  it('none for static keys', async () => {
    const world = await createWorld()
    const { publicJwk } = world.issuer.signingKey
    const server = world.serve({ issuers: [{ issuer: ISSUER, jwks: { keys: [publicJwk] } }] })
    await server.authenticate(bearer(await world.issuer.accessToken()))
    server.invalidate()
    expect(world.keysEvents).toEqual([])
  })

  it('a hook that throws does not fail the fetch', async () => {
    const world = await createWorld()
    const server = world.serve({
      onEvent: () => {
        throw new Error('hook')
      },
    })
    expect(verdict(await server.authenticate(bearer(await world.issuer.accessToken())))).toBe('accepted')
  })
})

describe('invalidate', () => {
  it('has the next request fetch the keys, once', async () => {
    const world = await createWorld({ keys: KEYS })
    await send(world)
    world.server.invalidate()
    expect([status(world).state, world.issuer.count('keys')]).toEqual(['stale', 1])
    for (let i = 0; i < 3; i++) expect(await send(world)).toBe('accepted')
    expect([status(world).state, world.issuer.count('keys')]).toEqual(['fresh', 2])
    expect(world.keysEvents.map(({ transition }) => transition)).toEqual(['fetched', 'invalidated', 'fetched'])
  })

  it('of keys that were never fetched changes nothing', async () => {
    const world = await createWorld({ keys: KEYS })
    world.server.invalidate()
    expect([status(world).state, await send(world), world.issuer.count('keys')]).toEqual(['empty', 'accepted', 1])
  })

  it.each([
    [ISSUER, 2],
    [undefined, 2],
    ['https://issuer.test', 1],
    ['https://other.test/', 1],
    ['', 1],
  ])('%o is meant or not', async (name, fetches) => {
    const world = await createWorld({ keys: KEYS })
    await send(world)
    world.server.invalidate(name)
    expect([await send(world), world.issuer.count('keys')]).toEqual(['accepted', fetches])
  })

  it('keeps the keys as stale ones while the issuer cannot be reached, and no longer', async () => {
    const world = await createWorld({ keys: KEYS })
    await send(world)
    world.issuer.fail('all', 'reset')
    world.server.invalidate()
    const outcomes: string[] = []
    for (const pause of [0, 49, 1]) {
      world.clock.advance(pause)
      outcomes.push(await send(world))
    }
    expect(outcomes).toEqual(['accepted', 'accepted', '503 issuer_unavailable'])
  })

  it('with staleIfError 0 keeps nothing', async () => {
    const world = await createWorld({ keys: { ...KEYS, staleIfError: 0 } })
    await send(world)
    world.issuer.fail('all', 'reset')
    world.server.invalidate()
    expect(await send(world)).toBe('503 issuer_unavailable')
  })

  it('twice does not make the keys any younger', async () => {
    const world = await createWorld({ keys: KEYS })
    await send(world)
    world.issuer.fail('all', 'reset')
    world.server.invalidate()
    world.clock.advance(49)
    world.server.invalidate()
    world.clock.advance(1)
    expect(await send(world)).toBe('503 issuer_unavailable')
  })

  it('ends the pause after a failure', async () => {
    const world = await createWorld({ keys: KEYS })
    world.issuer.fail('all', 'reset')
    expect(await send(world)).toBe('503 issuer_unavailable')
    world.issuer.fail('all', undefined)
    expect(await send(world)).toBe('503 issuer_unavailable')
    world.server.invalidate()
    expect(await send(world)).toBe('accepted')
  })
})
