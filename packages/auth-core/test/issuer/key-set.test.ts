import { createTestKey } from '@acme/auth-testing'
import { describe, expect, it, vi } from 'vitest'
import { bearer, createWorld, verdict } from '../support.js'
import type { World } from '../support.js'

async function send(world: World, options: Parameters<World['issuer']['accessToken']>[0] = {}): Promise<string> {
  return verdict(await world.server.authenticate(bearer(await world.issuer.accessToken(options))))
}

/** Concurrently, to the tick: the token is there before the first request is. */
async function sendAtOnce(world: World, requests: number): Promise<string[]> {
  const token = await world.issuer.accessToken()
  const outcomes = Array.from({ length: requests }, () => world.server.authenticate(bearer(token)))
  return (await Promise.all(outcomes)).map(verdict)
}

function counts({ issuer }: World): [number, number] {
  return [issuer.count('metadata'), issuer.count('keys')]
}

/** Lets background work that needs no timer finish. */
async function settled(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve))
}

describe('fetching', () => {
  it('fifty concurrent cold requests make one discovery and one fetch of keys', async () => {
    const world = await createWorld()
    const outcomes = await sendAtOnce(world, 50)
    expect(outcomes).toEqual(Array<string>(50).fill('accepted'))
    expect(counts(world)).toEqual([1, 1])
  })

  it('happens once for as long as keys are fresh', async () => {
    const world = await createWorld()
    for (let i = 0; i < 20; i++) {
      expect(await send(world)).toBe('accepted')
      world.clock.advance(150)
    }
    expect(counts(world)).toEqual([1, 1])
  })

  it('happens again when they are no longer fresh', async () => {
    const world = await createWorld({ keys: { maxAge: 100, refreshAhead: 0 } })
    await send(world)
    world.clock.advance(99)
    await send(world)
    expect(counts(world)).toEqual([1, 1])
    world.clock.advance(1)
    expect(await send(world)).toBe('accepted')
    // The metadata too: the issuer may have moved its keys.
    expect(counts(world)).toEqual([2, 2])
  })

  it('starts nothing at creation, and preload does it all', async () => {
    const world = await createWorld()
    expect(counts(world)).toEqual([0, 0])
    await world.server.preload()
    await world.server.preload()
    expect(counts(world)).toEqual([1, 1])
    expect(await send(world)).toBe('accepted')
    expect(counts(world)).toEqual([1, 1])
  })

  it('sets no timer that outlives it', async () => {
    const world = await createWorld()
    const token = await world.issuer.accessToken()
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] })
    try {
      await world.server.authenticate(bearer(token))
      expect(vi.getTimerCount()).toBe(0)
    } finally {
      vi.useRealTimers()
    }
  })
})

describe('Cache-Control of the issuer', () => {
  it.each([
    'max-age=0',
    'max-age=15',
    'public, max-age=15, stale-while-revalidate=15, stale-if-error=86400',
    'no-store',
    'no-cache',
  ])('%s does not make each request a fetch', async (cacheControl) => {
    const world = await createWorld({}, { cacheControl })
    for (let i = 0; i < 20; i++) {
      expect(await send(world)).toBe('accepted')
      await settled()
      world.clock.advance(1)
    }
    expect(world.issuer.count('keys')).toBeLessThanOrEqual(2)
  })

  it('shortens maxAge and never lengthens it', async () => {
    const short = await createWorld({ keys: { refreshAhead: 0 } }, { cacheControl: 'max-age=120' })
    const long = await createWorld({ keys: { refreshAhead: 0, maxAge: 100 } }, { cacheControl: 'max-age=86400' })
    for (const world of [short, long]) {
      await send(world)
      world.clock.advance(121)
      await send(world)
      expect(world.issuer.count('keys')).toBe(2)
    }
  })
})

describe('refresh ahead', () => {
  it('happens once, in the background, while requests go on', async () => {
    const world = await createWorld()
    await send(world)
    world.clock.advance(3600 - 300)
    world.issuer.fail('keys', { delay: 30 })
    const outcomes = await sendAtOnce(world, 10)
    expect(outcomes).toEqual(Array<string>(10).fill('accepted'))
    await vi.waitFor(
      () => expect(world.keysEvents.filter(({ transition }) => transition === 'fetched')).toHaveLength(2),
      20_000,
    )
    expect(counts(world)).toEqual([1, 2])
    world.clock.advance(3600 - 301)
    expect(await send(world)).toBe('accepted')
    await settled()
    expect(counts(world)).toEqual([1, 2])
  })

  it('of more than maxAge does not make each request a fetch', async () => {
    const world = await createWorld({ keys: { maxAge: 60 } })
    for (let i = 0; i < 20; i++) {
      await send(world)
      await settled()
      world.clock.advance(1)
    }
    expect(world.issuer.count('keys')).toBeLessThanOrEqual(2)
  })

  it('that fails does no harm and is not tried at each request', async () => {
    const world = await createWorld()
    await send(world)
    world.clock.advance(3400)
    world.issuer.fail('all', { status: 500 })
    world.issuer.resetCounts()
    for (let i = 0; i < 20; i++) {
      expect(await send(world)).toBe('accepted')
      await settled()
    }
    expect(world.issuer.count('all')).toBeLessThanOrEqual(2)
  })
})

describe('stale keys', () => {
  it('serve until staleIfError is over, and then it is 503', async () => {
    const world = await createWorld({ keys: { maxAge: 100, refreshAhead: 10, staleIfError: 1000 } })
    await send(world)
    world.issuer.fail('all', 'reset')
    const outcomes: string[] = []
    for (const pause of [99, 1, 500, 499, 0.9, 0.1, 1]) {
      world.clock.advance(pause)
      outcomes.push(await send(world))
      await settled()
    }
    expect(outcomes).toEqual([...Array<string>(5).fill('accepted'), ...Array<string>(2).fill('503 issuer_unavailable')])
    world.issuer.fail('all', undefined)
    world.clock.advance(61)
    expect(await send(world)).toBe('accepted')
  })

  it('serve not at all with staleIfError 0', async () => {
    const world = await createWorld({ keys: { maxAge: 100, refreshAhead: 0, staleIfError: 0 } })
    await send(world)
    world.issuer.fail('all', 'reset')
    world.clock.advance(100)
    expect(await send(world)).toBe('503 issuer_unavailable')
  })

  it('answer an unknown kid with 503 during the outage: it may be a new key', async () => {
    const world = await createWorld({ keys: { maxAge: 100, refreshAhead: 0 } })
    await send(world)
    world.clock.advance(101)
    world.issuer.fail('all', 'reset')
    expect(await send(world, { header: { kid: 'new' } })).toBe('503 issuer_unavailable')
    expect(await send(world)).toBe('accepted')
  })

  it('do not matter to a response that is none', async () => {
    const world = await createWorld()
    const fetch = (() =>
      Promise.resolve({
        status: 200,
        get body() {
          throw new Error('bug')
        },
      })) as unknown as typeof globalThis.fetch
    const own = world.serve({ fetch })
    expect(verdict(await own.authenticate(bearer(await world.issuer.accessToken())))).toBe('503 issuer_unavailable')
  })
})

describe('where keys come from', () => {
  it('an issuer that moves its keys is found again after a failure', async () => {
    const world = await createWorld({ keys: { maxAge: 100, refreshAhead: 0 } })
    await send(world)
    world.clock.advance(101)
    world.issuer.fail('keys', { status: 404 })
    await send(world)
    world.issuer.fail('keys', undefined)
    world.clock.advance(2)
    expect(await send(world)).toBe('accepted')
    await settled()
    expect(counts(world)).toEqual([3, 3])
  })

  it('one that moves them before they are stale is found again after a failure, too', async () => {
    const world = await createWorld()
    await send(world)
    world.clock.advance(3400)
    world.issuer.fail('keys', { status: 404 })
    expect(await send(world)).toBe('accepted')
    await settled()
    expect(counts(world)).toEqual([1, 2])
    world.issuer.fail('keys', undefined)
    world.clock.advance(2)
    expect(await send(world)).toBe('accepted')
    await settled()
    expect(counts(world)).toEqual([2, 3])
  })

  it('the metadata are not asked for with jwksUri, not even after a failure', async () => {
    const world = await createWorld()
    const { issuer, jwksUri } = world.issuer
    const server = world.serve({ issuers: [{ issuer, jwksUri }] })
    world.issuer.fail('keys', { status: 404 })
    await server.preload().catch(() => undefined)
    world.issuer.fail('keys', undefined)
    world.clock.advance(2)
    expect(await send({ ...world, server })).toBe('accepted')
    expect(counts(world)).toEqual([0, 2])
  })

  it('the key of another issuer of the same kid is not used', async () => {
    const world = await createWorld()
    const other = await createTestKey('ES256', { kid: world.issuer.signingKey.kid })
    expect(await send(world, { key: other })).toBe('401 token_invalid')
  })
})
