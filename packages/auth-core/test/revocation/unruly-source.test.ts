import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import { describe, expect, it, vi } from 'vitest'

import { memoryRevocations, onceForEqual } from '../../src/index.js'
import type { AuthEvent, RevocationListener, RevocationSource } from '../../src/index.js'
import type { ResourceServer } from '../../src/resource-server-types.js'
import { accepted, bearer, createWorld, verdict } from '../support.js'

const world = await createWorld()
const token = await world.issuer.accessToken()

interface Unruly {
  readonly server: ResourceServer
  readonly events: AuthEvent[]
  readonly ask: (credentials?: string) => Promise<string>
}

/** A resource server with sources that are not of their type. */
function serving(...sources: readonly object[]): Unruly {
  const events: AuthEvent[] = []
  const revocation = sources.map((one, index) => ({ name: `s${index}`, check: () => false, ...one }))
  const onEvent = (event: AuthEvent): unknown => event.type === 'revocation' && events.push(event)
  const server = world.serve({ revocation: revocation as RevocationSource[], onEvent })
  return { server, events, ask: async (given = token) => verdict(await server.authenticate(bearer(given))) }
}

const fails = (): never => {
  throw new Error('down')
}
const never = (): Promise<never> => new Promise(() => undefined)

describe('an answer', () => {
  it.each([5, {}, null, Symbol('why')])('whose detail is no text revokes all the same', async (detail) => {
    expect(await serving({ check: () => ({ revoked: true, detail }) }).ask()).toBe('401 token_revoked')
    expect(await serving({ check: async () => ({ revoked: true, detail }) }).ask()).toBe('401 token_revoked')
  })

  it.each(['600', true, Number.NaN, -1, null])('that holds for %j holds for that request', async (maxAge) => {
    let asked = 0
    const { ask } = serving({ check: () => ({ revoked: ++asked > 3, maxAge }) })
    const own = await world.issuer.accessToken()
    const answers = [await ask(own), await ask(own), await ask(own), await ask(own)]
    expect(answers).toEqual(['accepted', 'accepted', 'accepted', '401 token_revoked'])
  })

  it.each<[string, object]>([
    ['then', { get: fails }],
    ['revoked', { get: fails, enumerable: true }],
  ])('whose %s cannot be read is an outage', async (name, descriptor) => {
    const answer = Object.defineProperty({}, name, descriptor)
    expect(await serving({ check: () => answer as unknown }).ask()).toBe('503 revocation_unavailable')
  })

  it('that revokes does not wait for a source that hangs', async () => {
    const hanging = { check: never, timeout: 5 }
    const late = new Promise((resolve) => setTimeout(resolve, 4000, 'too late'))
    for (const check of [() => true, async () => true]) {
      expect(await Promise.race([serving(hanging, { check }).ask(), late])).toBe('401 token_revoked')
    }
  })

  it('that comes too late, and rejects, is nobody’s', async () => {
    let reject: ((error: Error) => void) | undefined
    const check = (): Promise<boolean> => new Promise((_, no) => (reject = no))
    expect(await serving({ check, timeout: 0.01 }).ask()).toBe('503 revocation_unavailable')
    // The process would end here.
    reject?.(new Error('late'))
    await new Promise((resolve) => setTimeout(resolve, 0))
  })
})

describe('the state of a source', () => {
  it.each<[string, () => unknown]>([
    ['throws', fails],
    ['rejects', () => Promise.reject(new Error('down'))],
    ['is undefined', () => undefined],
  ])('that %s is down', async (_, state) => {
    const { server } = serving({ state })
    expect((await server.ready()).ready).toBe(false)
    expect(server.report().find(({ id }) => id === 'revocation')?.state).toBe('down')
  })

  it('is not known some time after it failed: a process that is not ready gets no request that could tell', async () => {
    let isDown = true
    const { server, ask } = serving({ check: () => isDown && fails() })
    expect(await ask(await world.issuer.accessToken())).toBe('503 revocation_unavailable')
    world.clock.advance(9)
    expect((await server.ready()).ready).toBe(false)
    world.clock.advance(1)
    expect((await server.ready()).ready).toBe(true)
    expect(await ask(await world.issuer.accessToken())).toBe('503 revocation_unavailable')
    expect((await server.ready()).ready).toBe(false)
    isDown = false
    expect(await ask(await world.issuer.accessToken())).toBe('accepted')
    expect((await server.ready()).ready).toBe(true)
  })

  it('does not suffer from a token that is too old to be judged', async () => {
    const revocations = memoryRevocations({ now: world.clock.now, retention: 100, maxEntries: 1 })
    const { server, events, ask } = serving(revocations)
    const old = await world.issuer.accessToken({ expiresIn: 100_000 })
    world.clock.advance(1)
    await revocations.revoke({ subject: 'a' })
    world.clock.advance(200)
    await revocations.revoke({ subject: 'b' })
    expect(await ask(old)).toBe('401 token_revoked')
    expect(await ask(await world.issuer.accessToken())).toBe('accepted')
    expect((await server.ready()).ready).toBe(true)
    expect(events.filter((event) => event.type === 'revocation' && event.transition !== 'revoked')).toEqual([])
  })
})

describe('a subscription', () => {
  it.each<[string, () => unknown]>([
    ['throws', fails],
    ['rejects', () => Promise.reject(new Error('down'))],
  ])('that %s is an outage, and the source is asked again', async (_, subscribe) => {
    const { server, events } = serving({ subscribe })
    await vi.waitFor(() => expect(events).toEqual([expect.objectContaining({ transition: 'failed', detail: 'down' })]))
    expect((await server.ready()).ready).toBe(false)
  })

  it('may tell at once, and of nobody in particular', async () => {
    const subscribe = (listener: RevocationListener): void => {
      listener.revoked(null as never)
      listener.changed?.('down')
      listener.changed?.('up')
    }
    const { server, ask, events } = serving({ subscribe, preload: fails })
    expect(events).toHaveLength(3)
    await server.preload()
    expect(await ask()).toBe('accepted')
  })

  it('ends with the resource server, of which an application may make many', async () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const listeners = new Set<RevocationListener>()
    const source: RevocationSource = {
      name: 'shared',
      check: () => false,
      subscribe(listener) {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
    }
    const serverOf = onceForEqual((options: { realm: string }) => world.serve({ ...options, revocation: source }))
    const kept = serverOf({ realm: 'kept' })
    for (let i = 0; i < 1000; i++) serverOf({ realm: `tenant-${i}` })
    await vi.waitFor(
      () => {
        collect()
        expect(listeners.size).toBeLessThan(300)
      },
      { timeout: 10_000 },
    )
    accepted(await kept.authenticate(bearer(token)))
    for (const { changed } of listeners) changed?.('down')
    expect((await kept.ready()).ready).toBe(false)
  })
})
