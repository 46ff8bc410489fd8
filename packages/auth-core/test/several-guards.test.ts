import { describe, expect, it } from 'vitest'
import type { ReplayStore } from '../src/dpop/replay/replay-store.js'
import { accepted, bearer, createWorld, request, verdict } from './support.js'

describe('several guards on one request', () => {
  async function counting(): Promise<{ world: Awaited<ReturnType<typeof createWorld>>; reserved: () => number }> {
    let reserved = 0
    const seen = new Set<string>()
    const replay: ReplayStore = {
      reserve(proofKey) {
        reserved += 1
        if (seen.has(proofKey)) return 'seen'
        seen.add(proofKey)
        return 'reserved'
      },
    }
    return { world: await createWorld({ dpop: { replay } }), reserved: () => reserved }
  }

  it('verify once: the proof is no replay of itself', async () => {
    const { world, reserved } = await counting()
    const one = await world.dpopRequest()
    const first = accepted(await world.server.authenticate(one))
    expect(accepted(await world.server.authenticate(one))).toBe(first)
    expect(accepted(await world.server.authenticate({ ...one }))).toBe(first)
    expect(reserved()).toBe(1)
    expect(verdict(await world.server.authenticate({ ...one, identity: {} }))).toBe('400 proof_replayed')
    expect(reserved()).toBe(2)
  })

  it('verify once, even at the same time', async () => {
    const { world, reserved } = await counting()
    const one = await world.dpopRequest()
    const outcomes = await Promise.all(Array.from({ length: 5 }, () => world.server.authenticate(one)))
    expect(outcomes.map(verdict)).toEqual(Array<string>(5).fill('accepted'))
    expect(reserved()).toBe(1)
  })

  it('each check their own requirements', async () => {
    const { world, reserved } = await counting()
    const { server, issuer, key, proof } = world
    const token = await issuer.accessToken({ jkt: key.thumbprint, scope: 'a b' })
    const one = request({ authorization: `DPoP ${token}`, dpop: await proof(token) })
    const outcomes = []
    for (const wanted of [
      undefined,
      server.requirements('a'),
      server.requirements('a', 'b'),
      server.requirements('c'),
      server.requirements('b'),
      server.optional(),
    ]) {
      outcomes.push(verdict(await server.authenticate(one, wanted)))
    }
    expect(outcomes).toEqual(['accepted', 'accepted', 'accepted', '403 scope_missing', 'accepted', 'accepted'])
    expect(reserved()).toBe(1)
  })

  it('an optional one first does not let the next one pass', async () => {
    const { server } = await createWorld()
    const one = request()
    expect([
      verdict(await server.authenticate(one, server.optional())),
      verdict(await server.authenticate(one)),
    ]).toEqual(['anonymous', '401 credentials_missing'])
    expect([
      verdict(await server.authenticate(one)),
      verdict(await server.authenticate(one, server.optional())),
    ]).toEqual(['401 credentials_missing', 'anonymous'])
  })

  it('a refusal stays a refusal, however often it is asked for', async () => {
    const { world, reserved } = await counting()
    const bad = await world.dpopRequest({ claims: { htm: 'POST' } })
    const outcomes = []
    for (let i = 0; i < 3; i++) outcomes.push(verdict(await world.server.authenticate(bad)))
    expect(outcomes).toEqual(Array<string>(3).fill('400 proof_method'))
    expect(reserved()).toBe(0)
  })

  it('of two resource servers verify on their own', async () => {
    const world = await createWorld()
    const other = world.serve()
    const one = await world.dpopRequest()
    expect([verdict(await world.server.authenticate(one)), verdict(await other.authenticate(one))]).toEqual([
      'accepted',
      'accepted',
    ])
  })

  it('a token that expires between two guards was good when it was verified', async () => {
    const { server, issuer, clock } = await createWorld()
    const one = bearer(await issuer.accessToken({ expiresIn: 10 }))
    expect(verdict(await server.authenticate(one))).toBe('accepted')
    clock.advance(60)
    expect(verdict(await server.authenticate(one))).toBe('accepted')
    expect(verdict(await server.authenticate({ ...one, identity: {} }))).toBe('401 token_expired')
  })
})
