import { describe, expect, it } from 'vitest'
import type { ReadyOptions } from '../../src/issuer/issuer-control.js'
import { bearer, createWorld, faultOf, verdict } from '../support.js'
import type { World } from '../support.js'

const ISSUER = 'https://issuer.test/'
const STATIC = 'https://static.test/'

function requests({ issuer }: World): number {
  return issuer.count('all')
}

describe('ready()', () => {
  it('fetches the keys, though no request ever came', async () => {
    const world = await createWorld()
    expect(await world.server.ready()).toEqual({ ready: true, issuers: [{ issuer: ISSUER, state: 'fresh' }] })
    expect([world.issuer.count('metadata'), world.issuer.count('keys')]).toEqual([1, 1])
    expect(verdict(await world.server.authenticate(bearer(await world.issuer.accessToken())))).toBe('accepted')
    expect(requests(world)).toBe(2)
  })

  it('is not, while the issuer cannot be reached, and does not throw', async () => {
    const world = await createWorld()
    world.issuer.fail('all', 'reset')
    expect(await world.server.ready()).toEqual({ ready: false, issuers: [{ issuer: ISSUER, state: 'unavailable' }] })
  })

  it('is, by itself, after a preload that failed', async () => {
    const world = await createWorld()
    world.issuer.fail('all', 'reset')
    await expect(world.server.preload()).rejects.toMatchObject({ reason: 'issuer_unavailable' })
    expect((await world.server.ready()).ready).toBe(false)
    world.issuer.fail('all', undefined)
    world.clock.advance(2)
    expect((await world.server.ready()).ready).toBe(true)
  })

  it.each([
    ['an idle hour', 3700],
    ['an idle night', 40_000],
  ])('is after %s, with keys that are new', async (_, seconds) => {
    const world = await createWorld()
    await world.server.ready()
    world.clock.advance(seconds)
    expect(await world.server.ready()).toEqual({ ready: true, issuers: [{ issuer: ISSUER, state: 'fresh' }] })
    expect(world.issuer.count('keys')).toBe(2)
  })

  it('is for as long as stale keys serve, and no longer', async () => {
    const world = await createWorld({ keys: { maxAge: 100, staleIfError: 50 } })
    await world.server.ready()
    world.issuer.fail('all', 'reset')
    const states: unknown[] = []
    for (const pause of [101, 40, 10]) {
      world.clock.advance(pause)
      states.push(await world.server.ready())
    }
    expect(states).toMatchObject([
      { ready: true, issuers: [{ state: 'stale' }] },
      { ready: true, issuers: [{ state: 'stale' }] },
      { ready: false, issuers: [{ state: 'unavailable' }] },
    ])
  })

  it('costs one fetch, of fifty probes at once, and none while keys are fresh', async () => {
    const world = await createWorld()
    await Promise.all(Array.from({ length: 50 }, () => world.server.ready()))
    await world.server.ready()
    expect([world.issuer.count('metadata'), world.issuer.count('keys')]).toEqual([1, 1])
  })

  it('does not ask during the pause after a failure', async () => {
    const world = await createWorld()
    world.issuer.fail('all', { status: 500 })
    for (let probe = 0; probe < 20; probe++) expect((await world.server.ready()).ready).toBe(false)
    expect(requests(world)).toBe(1)
  })

  it('goes by all issuers, or by any', async () => {
    const world = await createWorld()
    const jwks = { keys: [world.issuer.signingKey.publicJwk] }
    const server = world.serve({ issuers: [ISSUER, { issuer: STATIC, jwks }] })
    world.issuer.fail('all', 'reset')
    const issuers = [
      { issuer: ISSUER, state: 'unavailable' },
      { issuer: STATIC, state: 'fresh' },
    ]
    expect(await server.ready()).toEqual({ ready: false, issuers })
    expect(await server.ready({ issuers: 'all' })).toEqual({ ready: false, issuers })
    expect(await server.ready({ issuers: 'any' })).toEqual({ ready: true, issuers })
    const none = world.serve({ issuers: [ISSUER] })
    expect((await none.ready({ issuers: 'any' })).ready).toBe(false)
  })

  it('says nothing that strangers should not see', async () => {
    const world = await createWorld()
    const jwksUri = 'https://internal.test:8443/keys?token=s3cret'
    const server = world.serve({ issuers: [{ issuer: ISSUER, jwksUri }] })
    const answer = JSON.stringify(await server.ready())
    expect(JSON.stringify(server.issuerStatus())).toContain('s3cret')
    expect(answer).toBe(JSON.stringify({ ready: false, issuers: [{ issuer: ISSUER, state: 'unavailable' }] }))
  })

  it('has nothing to wait for where a function looks issuers up, and names none of them', async () => {
    const world = await createWorld()
    const server = world.serve({ issuers: (issuer) => ({ issuer }) })
    expect(await server.ready()).toEqual({ ready: true, issuers: [] })
    expect(verdict(await server.authenticate(bearer(await world.issuer.accessToken())))).toBe('accepted')
    world.issuer.fail('all', 'reset')
    world.clock.advance(100_000)
    expect(await server.ready({ issuers: 'any' })).toEqual({ ready: true, issuers: [] })
  })

  it.each<readonly [unknown, string]>([
    [null, 'options: got null'],
    ['any', 'options: got "any"'],
    [{ issuers: 'some' }, 'issuers: got "some"'],
    [{ issuer: 'any' }, 'options: unknown option "issuer"'],
  ])('%j is a mistake', async (options, message) => {
    const world = await createWorld()
    const error = await faultOf(() => world.server.ready(options as ReadyOptions))
    expect([error.name, error.message]).toEqual(['TypeError', expect.stringContaining(message)])
  })
})
