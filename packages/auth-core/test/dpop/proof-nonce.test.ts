import type { ProofOptions } from '@acme/auth-testing'
import { describe, expect, it } from 'vitest'
import type { NonceOptions } from '../../src/options/nonce-options.js'
import type { ReplayStore } from '../../src/dpop/replay/replay-store.js'
import type { DpopOptions } from '../../src/options/dpop-options.js'
import type { Accepted, Refused, ResourceServer } from '../../src/resource-server-types.js'
import { NOW, bearer, commonHeaders, createWorld, errorOf, refused, request, verdict } from '../support.js'
import { THOROUGH } from '../arbitraries.js'

const SECRET = 'a secret of this test, long enough'
const OTHER = 'another secret of this test, as long'
const HOUR = 3600
// The beginning of a step of 30 seconds.
const START = NOW - (NOW % 30)

type World = Awaited<ReturnType<typeof createWorld>>

/** A client of one server, with the world's clock at the beginning of a step. */
interface Scene {
  readonly world: World
  readonly server: ResourceServer
  readonly replay: ReplayStore
  readonly calls: [until: number, thumbprint: string][]
  send(proof: string, server?: ResourceServer): Promise<Accepted | Refused>
  proof(options?: Partial<ProofOptions>): Promise<string>
  /** The nonce that a challenge hands out. */
  challenge(server?: ResourceServer): Promise<string>
}

async function scene(nonce: Partial<NonceOptions> = {}, dpop: DpopOptions = {}): Promise<Scene> {
  const calls: [number, string][] = []
  const reserved = new Map<string, number>()
  const world = await createWorld()
  world.clock.advance(START - NOW)
  // As exact as a store can be: it forgets when it was told.
  const replay: ReplayStore = {
    reserve(key, until, { thumbprint }) {
      calls.push([until, thumbprint])
      if (world.clock.now() <= (reserved.get(key) ?? -1)) return 'seen'
      reserved.set(key, until)
      return 'reserved'
    },
  }
  const server = world.serve({ dpop: { replay, nonce: { secret: SECRET, ...nonce }, ...dpop } })
  const token = await world.issuer.accessToken({ jkt: world.key.thumbprint, expiresIn: 10 * HOUR })
  const send = (proof: string, to = server): Promise<Accepted | Refused> =>
    to.authenticate(request({ authorization: `DPoP ${token}`, dpop: proof }))
  const proof = (options: Partial<ProofOptions> = {}): Promise<string> => world.proof(token, options)
  return {
    world,
    server,
    replay,
    calls,
    send,
    proof,
    async challenge(to = server) {
      const { error, headers } = refused(await send(await proof({ now: world.clock.now() - HOUR }), to))
      expect(error.reason).toBe('nonce_required')
      return headers['dpop-nonce'] ?? ''
    },
  }
}

describe('where a nonce is required', async () => {
  const { world, server, send, proof, challenge } = await scene()
  const nonce = await challenge()
  const other = world.serve({ dpop: { nonce: { secret: OTHER } } })
  const foreign = await challenge(other)

  it.each<[string, string, Partial<ProofOptions>]>([
    ['no nonce', '401 nonce_required', {}],
    ['no nonce, and an hour slow', '401 nonce_required', { now: START - HOUR }],
    ['no nonce, and an hour fast', '401 nonce_required', { now: START + HOUR }],
    ['a nonce', 'accepted', { nonce }],
    ['a nonce, and an hour slow', 'accepted', { nonce, now: START - HOUR }],
    ['a nonce, and an hour fast', 'accepted', { nonce, now: START + HOUR }],
    ['a nonce, and an endless iat', 'accepted', { nonce, claims: { iat: 1e300 } }],
    ['a nonce, and no iat', '400 proof_malformed', { nonce, claims: { iat: undefined } }],
    ['a nonce, and text for iat', '400 proof_malformed', { nonce, claims: { iat: String(START) } }],
    ['a nonce of another secret', '401 nonce_stale', { nonce: foreign }],
    ['an empty nonce', '401 nonce_stale', { nonce: '' }],
    ['null for a nonce', '401 nonce_stale', { claims: { nonce: null } }],
    ['a list of a nonce', '401 nonce_stale', { claims: { nonce: [nonce] } }],
    ['a number for a nonce', '401 nonce_stale', { claims: { nonce: 1 } }],
    ['an object for a nonce', '401 nonce_stale', { claims: { nonce: { nonce } } }],
    ['a nonce with more behind it', '401 nonce_stale', { nonce: `${nonce}A` }],
    ['a nonce with space around it', '401 nonce_stale', { nonce: ` ${nonce}` }],
    ['a nonce in another case', '401 nonce_stale', { nonce: nonce.toUpperCase() }],
    ['two nonces in one', '401 nonce_stale', { nonce: `${nonce} ${nonce}` }],
    ['a nonce of 4 KiB', '401 nonce_stale', { nonce: 'x'.repeat(4096) }],
    ['a nonce in the header', '401 nonce_required', { header: { nonce } }],
  ])('%s: %s', async (_, expected, options) => {
    expect(verdict(await send(await proof(options)))).toBe(expected)
  })

  it('a missing proof is a bad request all the same', async () => {
    const token = await world.issuer.accessToken({ jkt: world.key.thumbprint })
    expect(verdict(await server.authenticate(request({ authorization: `DPoP ${token}` })))).toBe('400 proof_missing')
  })

  it('Bearer needs none', async () => {
    expect(verdict(await server.authenticate(bearer(await world.issuer.accessToken())))).toBe('accepted')
  })

  it('the challenge has the nonce, and is not to be cached', async () => {
    const { headers, body } = refused(await send(await proof()))
    expect(headers).toEqual({
      ...commonHeaders(body),
      'www-authenticate':
        'DPoP algs="ES256", error="use_dpop_nonce", ' +
        'error_description="The DPoP proof needs a nonce of this server", Bearer realm="api"',
      'dpop-nonce': nonce,
    })
  })

  it('what was wrong goes to the event, and no nonce does', async () => {
    world.events.length = 0
    await send(await proof({ nonce: foreign }))
    await send(await proof())
    expect(world.events.map(({ reason, code, detail }) => [reason, code, detail])).toEqual([
      ['nonce_stale', 'DPOP_6014', 'nonce is of another secret'],
      ['nonce_required', 'DPOP_6013', 'the proof has no nonce; want the DPoP-Nonce of this answer in the next proof'],
    ])
    expect(JSON.stringify(world.events)).not.toContain(nonce.slice(0, 20))
  })
})

describe('heal', async () => {
  const { world, send, proof, challenge } = await scene({ mode: 'heal' })
  const nonce = await challenge()
  const foreign = await challenge(world.serve({ dpop: { nonce: { secret: OTHER } } }))

  it.each<[string, string, Partial<ProofOptions>]>([
    ['a right clock', 'accepted', {}],
    ['as old as can be', 'accepted', { claims: { iat: START - 330 } }],
    ['older', '401 nonce_required', { claims: { iat: START - 330.5 } }],
    ['as far ahead as can be', 'accepted', { claims: { iat: START + 30 } }],
    ['further ahead', '401 nonce_required', { claims: { iat: START + 30.5 } }],
    ['an endless iat', '401 nonce_required', { claims: { iat: 1e300 } }],
    ['an hour slow, with a nonce', 'accepted', { nonce, now: START - HOUR }],
    ['an hour fast, with a nonce', 'accepted', { nonce, now: START + HOUR }],
    ['a right clock, with a nonce', 'accepted', { nonce }],
    ['a right clock, with a nonce of another secret', '401 nonce_stale', { nonce: foreign }],
    ['a right clock, with an empty nonce', '401 nonce_stale', { nonce: '' }],
    ['a right clock, with null for a nonce', '401 nonce_stale', { claims: { nonce: null } }],
    ['no iat', '400 proof_malformed', { claims: { iat: undefined } }],
    ['no iat, with a nonce', '400 proof_malformed', { nonce, claims: { iat: undefined } }],
  ])('%s: %s', async (_, expected, options) => {
    expect(verdict(await send(await proof(options)))).toBe(expected)
  })

  it('tells the operator how far the clock is off', async () => {
    world.events.length = 0
    await send(await proof({ now: START - HOUR }))
    expect(world.events).toMatchObject([
      {
        detail:
          'iat is 3600 s ago; proofMaxAge 300 s, tolerance 30 s; want the DPoP-Nonce of this answer in the next proof',
      },
    ])
  })
})

describe.each(['required', 'heal'] as const)('%s: a nonce is for proofs that are right in all else', async (mode) => {
  const { world, send, proof, challenge, calls } = await scene({ mode })
  const nonce = await challenge()

  it.each<[string, Partial<ProofOptions>]>([
    ['400 proof_signature', { signature: 'flipped' }],
    ['400 proof_method', { claims: { htm: 'POST' } }],
    ['400 proof_url', { claims: { htu: 'https://api.test/other' } }],
    ['400 proof_malformed', { claims: { jti: '' } }],
    ['400 proof_token', { claims: { ath: 'x' } }],
  ])('%s, with a wrong clock, with a stale nonce and with a good one', async (expected, options) => {
    calls.length = 0
    const claims = { ...options.claims, iat: START - HOUR }
    for (const more of [{}, { nonce: 'stale' }, { nonce }]) {
      const outcome = refused(await send(await proof({ ...options, claims, ...more })))
      expect(verdict(outcome)).toBe(expected)
      expect(outcome.headers).not.toHaveProperty('dpop-nonce')
    }
    expect(calls).toEqual([])
  })

  it('the nonce comes before replay', async () => {
    calls.length = 0
    const claims = { jti: 'used' }
    expect(verdict(await send(await proof({ nonce, claims })))).toBe('accepted')
    expect(verdict(await send(await proof({ nonce: 'stale', claims })))).toBe('401 nonce_stale')
    expect(calls).toHaveLength(1)
    expect(verdict(await send(await proof({ nonce, claims })))).toBe('400 proof_replayed')
  })

  // A replica without nonces goes by iat: while they are rolled out, both judge the same proofs (RFC 9449 §11.1).
  it.each([
    ['an hour ago', -HOUR, 300],
    ['so long ago that its nonce is good for longer', -100, 300],
    ['now', 0, 330],
    ['a little ahead', 20, 350],
    ['far ahead, which could be for ever', HOUR, 360],
  ])('a proof of %s is remembered until neither its nonce nor its iat is good', async (_when, age, kept) => {
    calls.length = 0
    await send(await proof({ nonce, claims: { iat: START + age } }))
    expect(calls).toEqual([[START + kept, world.key.thumbprint]])
  })
})

describe('a proof without a nonce, where it needs none', () => {
  it('is remembered for as long as its iat is acceptable', async () => {
    const { send, proof, calls } = await scene({ mode: 'heal', maxAge: 10 })
    for (const iat of [START - 100, START + 20]) await send(await proof({ claims: { iat } }))
    expect(calls.map(([until]) => until)).toEqual([START - 100 + 330, START + 20 + 330])
  })
})

describe('a roll-out of nonces', () => {
  const STEP = 10

  /** How often a proof is accepted by two replicas that share a store, whichever is asked first, as time goes by. */
  async function timesAccepted(first: 'with' | 'without', iat: number): Promise<number> {
    const { world, server, send, proof, challenge, replay } = await scene()
    const before = world.serve({ dpop: { replay } })
    const stolen = await proof({ nonce: await challenge(), claims: { iat: START + iat } })
    const order = first === 'with' ? [server, before] : [before, server]
    let accepted = 0
    for (let time = 0; time < 800; time += STEP) {
      for (const one of order) if ((await send(stolen, one)).ok) accepted += 1
      world.clock.advance(STEP)
    }
    return accepted
  }

  it.each([
    ['with', 0],
    ['with', -200],
    ['with', 29],
    ['without', 0],
    ['without', -200],
    ['without', -325],
    ['without', 29],
  ] as const)('asked first: the replica %s them. A proof of %d s from now is accepted once', async (first, iat) => {
    expect(await timesAccepted(first, iat)).toBe(1)
  })
})

describe('attacks', () => {
  it('a proof from the future, accepted by its nonce, is not accepted again when its time has come', async () => {
    const { world, send, proof, challenge } = await scene({ mode: 'heal' })
    const stolen = await proof({ nonce: await challenge(), now: START + HOUR })
    expect(verdict(await send(stolen))).toBe('accepted')
    const outcomes = new Set<string>()
    for (let time = 0; time < 2 * HOUR; time += 29) {
      world.clock.advance(29)
      outcomes.add(verdict(await send(stolen)))
    }
    expect([...outcomes]).toEqual(['400 proof_replayed', '401 nonce_stale'])
  })

  it('a proof that was accepted by its iat is not accepted again by a nonce: that would be another proof', async () => {
    const { send, proof, challenge } = await scene({ mode: 'heal' })
    const nonce = await challenge()
    const claims = { jti: 'one' }
    expect(verdict(await send(await proof({ claims })))).toBe('accepted')
    expect(verdict(await send(await proof({ claims, nonce })))).toBe('400 proof_replayed')
  })

  it.each(['required', 'heal'] as const)('%s: no proof is accepted twice, at any time of a nonce', async (mode) => {
    const { world, send, proof, challenge } = await scene({ mode, maxAge: 20 })
    const pool = [await proof({ nonce: await challenge() }), await proof(), await proof({ now: START + 25 })]
    const accepted: number[] = []
    // Both divide the twenty seconds, and the fifty after which there is a new proof.
    const step = THOROUGH ? 0.5 : 2.5
    for (let time = 0; time < 500; time += step) {
      for (const [index, one] of pool.entries()) if ((await send(one)).ok) accepted.push(index)
      world.clock.advance(step)
      if (time % 50 === 0) pool.push(await proof({ nonce: await challenge(), now: START + 100 }))
    }
    expect(accepted.length).toBeGreaterThanOrEqual(10)
    expect(new Set(accepted).size).toBe(accepted.length)
  })

  it('a nonce is good for many proofs, and each of them once', async () => {
    const { send, proof, challenge } = await scene()
    const nonce = await challenge()
    const first = await proof({ nonce })
    const outcomes = await Promise.all([first, first, await proof({ nonce }), first].map((one) => send(one)))
    expect(outcomes.map(verdict).toSorted()).toEqual([
      '400 proof_replayed',
      '400 proof_replayed',
      'accepted',
      'accepted',
    ])
  })

  it('proofs that were made ahead are worth nothing (RFC 9449 §11.2)', async () => {
    const { world, send, proof, challenge } = await scene()
    const ahead = await proof({ nonce: await challenge(), now: START + HOUR })
    world.clock.advance(HOUR)
    expect(verdict(await send(ahead))).toBe('401 nonce_stale')
  })

  it('a nonce does not serve another key', async () => {
    const { world, server, proof, challenge } = await scene()
    const token = await world.issuer.accessToken({ jkt: 'x'.repeat(43) })
    const dpop = await proof({ nonce: await challenge(), accessToken: token })
    expect(verdict(await server.authenticate(request({ authorization: `DPoP ${token}`, dpop })))).toBe(
      '401 key_mismatch',
    )
  })
})

describe('rotation of secrets', () => {
  it('lets nonces of the old one through until it is removed', async () => {
    const { world, proof, challenge } = await scene({ secret: OTHER })
    const nonce = await challenge()
    const token = await world.issuer.accessToken({ jkt: world.key.thumbprint })
    const outcomes: string[] = []
    for (const secret of [[OTHER, SECRET], [SECRET, OTHER], [SECRET]]) {
      const server = world.serve({ dpop: { nonce: { secret } } })
      const dpop = await proof({ nonce, accessToken: token })
      outcomes.push(verdict(await server.authenticate(request({ authorization: `DPoP ${token}`, dpop }))))
    }
    expect(outcomes).toEqual(['accepted', 'accepted', '401 nonce_stale'])
  })
})

describe('an accepted request', () => {
  it.each([
    [0, false],
    [149, false],
    [150, true],
    [300, true],
  ])('of a nonce that is %d s old gets a fresh one: %s', async (age, fresh) => {
    const { world, send, proof, challenge } = await scene()
    const nonce = await challenge()
    world.clock.advance(age)
    const outcome = await send(await proof({ nonce }))
    const next = await challenge()
    expect(verdict(outcome)).toBe('accepted')
    expect(outcome.headers).toEqual(fresh ? { 'cache-control': 'no-store', 'dpop-nonce': next } : {})
    if (fresh) expect(next).not.toBe(nonce)
    expect(verdict(await send(await proof({ nonce: next })))).toBe('accepted')
  })

  it('shares its headers with all others that get none, and nobody can add to them', async () => {
    const { world, server, send, proof, challenge } = await scene({ mode: 'heal' })
    const { headers } = await send(await proof())
    expect(Object.isFrozen(headers)).toBe(true)
    for (const other of [
      await send(await proof({ nonce: await challenge() })),
      await server.authenticate(bearer(await world.issuer.accessToken())),
      await server.authenticate(request(), server.optional()),
      await world.server.authenticate(await world.dpopRequest()),
    ]) {
      expect(other.headers).toBe(headers)
    }
  })

  it('is verified once by several guards, and each is told of the nonce', async () => {
    const { world, server, proof, challenge, calls } = await scene()
    const nonce = await challenge()
    world.clock.advance(200)
    const token = await world.issuer.accessToken({ jkt: world.key.thumbprint, scope: 'a' })
    const one = request({ authorization: `DPoP ${token}`, dpop: await proof({ nonce, accessToken: token }) })
    const first = await server.authenticate(one)
    // Were it verified again, the nonce would be stale.
    world.clock.advance(200)
    const second = await server.authenticate(one, server.requirements('a'))
    expect([verdict(first), verdict(second)]).toEqual(['accepted', 'accepted'])
    expect(second.headers).toBe(first.headers)
    expect(calls).toHaveLength(1)
    const lacking = refused(await server.authenticate(one, server.requirements('b')))
    expect([lacking.status, lacking.headers['dpop-nonce']]).toEqual([403, undefined])
  })
})

describe('verifyDpopProof', () => {
  it('hands out nonces by error and by result', async () => {
    const { world, server, proof } = await scene()
    const accessToken = 'a token'
    const verify = async (nonce?: string): ReturnType<ResourceServer['verifyDpopProof']> =>
      server.verifyDpopProof({
        proof: await proof({ accessToken, ...(nonce !== undefined && { nonce }) }),
        method: 'GET',
        url: 'https://api.test/items',
        accessToken,
        thumbprint: world.key.thumbprint,
      })
    const { reason, nonce } = await errorOf(() => verify())
    expect(reason).toBe('nonce_required')
    expect((await verify(nonce)).nextNonce).toBe(undefined)
    world.clock.advance(200)
    const { nextNonce } = await verify(nonce)
    expect((await verify(nextNonce)).nextNonce).toBe(undefined)
    expect(nextNonce).not.toBe(nonce)
    expect((await errorOf(() => verify('x'))).nonce).toBe(nextNonce)
  })
})
