import { describe, expect, it } from 'vitest'
import { bearer, createWorld, verdict } from '../support.js'
import type { World } from '../support.js'

const KEYS = { maxAge: 100, refreshAhead: 0, staleIfError: 1000, timeout: 0.05 }

async function send(world: World): Promise<string> {
  return verdict(await world.server.authenticate(bearer(await world.issuer.accessToken({ expiresIn: 90_000 }))))
}

/** A world whose issuer answers when told to; a fetch that is held back is counted. */
async function heldBack(): Promise<World & { readonly hold: () => void; readonly release: () => void }> {
  let gate: Promise<void> | undefined
  let open = (): void => undefined
  const world = await createWorld()
  const server = world.serve({
    keys: { ...KEYS, timeout: 60 },
    fetch: async (input, init) => {
      const response = await world.issuer.fetch(input, init)
      await gate
      return response
    },
  })
  return {
    ...world,
    server,
    hold() {
      gate = new Promise((resolve) => {
        open = resolve
      })
    },
    release: () => open(),
  }
}

describe('while a failed issuer is tried again', () => {
  it('stale keys serve at once: nobody waits for an issuer that stalls', async () => {
    const world = await heldBack()
    expect(await send(world)).toBe('accepted')
    world.clock.advance(100)
    world.issuer.fail('all', 'reset')
    expect(await send(world)).toBe('accepted')
    world.issuer.fail('all', undefined)
    world.clock.advance(2)
    world.hold()
    const before = world.issuer.count('all')
    // The fetch is under way and never answers; each of these is decided without it.
    for (let i = 0; i < 5; i++) expect(await send(world)).toBe('accepted')
    expect(world.issuer.count('all')).toBe(before + 1)
    world.release()
  })

  it('what it answers counts from then on', async () => {
    const world = await heldBack()
    await send(world)
    const old = await world.issuer.accessToken({ expiresIn: 90_000 })
    world.clock.advance(100)
    world.issuer.fail('all', 'reset')
    await send(world)
    world.issuer.fail('all', undefined)
    await world.issuer.rotateKey({ keepPrevious: false })
    world.clock.advance(2)
    const outcome = async (): Promise<string> => verdict(await world.server.authenticate(bearer(old)))
    expect(await outcome()).toBe('accepted')
    for (let i = 0; i < 40; i++) await new Promise((resolve) => setImmediate(resolve))
    expect(await outcome()).toBe('401 token_invalid')
  })

  it('only the first request after the keys have aged waits', async () => {
    const world = await heldBack()
    await send(world)
    world.clock.advance(100)
    world.hold()
    let decided = false
    const first = send(world).then((outcome) => {
      decided = true
      return outcome
    })
    for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve))
    expect(decided).toBe(false)
    world.release()
    expect(await first).toBe('accepted')
  })

  it.each(['stall', 'reset', { status: 500 }, { body: '{}' }] as const)(
    '%o: twenty requests make at most two fetches',
    async (fault) => {
      const world = await createWorld({ keys: KEYS })
      await send(world)
      world.clock.advance(100)
      world.issuer.fail('all', fault)
      world.issuer.resetCounts()
      for (let i = 0; i < 20; i++) expect(await send(world)).toBe('accepted')
      expect(world.issuer.count('all')).toBeLessThanOrEqual(2)
    },
  )

  it('an unknown kid is 503, and good tokens go on', async () => {
    const world = await createWorld({ keys: KEYS })
    await send(world)
    world.clock.advance(100)
    world.issuer.fail('all', 'reset')
    const unknown = await world.issuer.accessToken({ header: { kid: 'new' } })
    expect(verdict(await world.server.authenticate(bearer(unknown)))).toBe('503 issuer_unavailable')
    expect(await send(world)).toBe('accepted')
    expect(verdict(await world.server.authenticate(bearer(unknown)))).toBe('503 issuer_unavailable')
  })

  it('a bad signature is 401 by a stale key, and no fetch', async () => {
    const world = await createWorld({ keys: KEYS })
    await send(world)
    world.clock.advance(100)
    world.issuer.fail('all', 'reset')
    await send(world)
    world.issuer.resetCounts()
    const bad = await world.issuer.accessToken({ signature: 'flipped' })
    for (let i = 0; i < 5; i++) expect(verdict(await world.server.authenticate(bearer(bad)))).toBe('401 token_invalid')
    expect(world.issuer.count('all')).toBe(0)
  })
})
