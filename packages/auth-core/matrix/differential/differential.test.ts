import { accessTokenHash } from '@acme/auth-testing'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { KnownProofKey } from '../../src/dpop/proof-key.js'
import type { ProofPolicy } from '../../src/dpop/proof.js'
import { verifyProof } from '../../src/dpop/proof.js'
import { trackReservations } from '../../src/dpop/replay/replay.js'
import { memoryReplayStore } from '../../src/dpop/replay/memory-replay-store.js'
import { isAuthError } from '../../src/outcome/errors.js'
import { createLruMap } from '../../src/util/lru.js'
import { createPublicUrl, givenUrl } from '../../src/public-url/public-url.js'
import { mutated } from '../../test/arbitraries.js'
import { createClock } from '../../test/support.js'
import { CLIENT, STRANGER } from './keys.js'
import { otherToken, someRequest, someToken } from './messages.js'
import { TwinWorld } from './world.js'
import type { Policy, Step } from './world.js'

// The pause after a failure is drawn by lot: the same lot for both servers.
beforeAll(() => void vi.spyOn(Math, 'random').mockReturnValue(0.5))
afterAll(() => vi.restoreAllMocks())

/** One value nine times of ten. */
function mostly<Value>(usual: Value, other: Value): fc.Arbitrary<Value> {
  return fc.oneof({ weight: 9, arbitrary: fc.constant(usual) }, fc.constant(other))
}

const somePolicy: fc.Arbitrary<Policy> = fc.record({
  tokenCache: fc.constantFrom(1, 2, 1000),
  mode: fc.constantFrom('allowed', 'allowed', 'required', 'disabled'),
  tokenProfile: fc.constantFrom('any', 'any', 'rfc9068'),
  clockTolerance: fc.constantFrom(0, 5, 60),
  staleIfError: fc.constantFrom(0, 50, 1000),
  refreshAhead: fc.constantFrom(0, 30),
  resolver: fc.boolean(),
})

const someStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant('send'),
      sent: someRequest,
      scope: fc.boolean(),
      dpopRequired: fc.constant(false),
    }),
  },
  { weight: 24, arbitrary: fc.record({ do: fc.constant('again'), before: fc.integer({ min: 1, max: 4 }) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('advance'),
      seconds: fc.constantFrom(0.5, 1, 5, 10, 29, 30, 31, 60, 99, 100, 101, 300, 4000, -10, -100),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('publish', 'remove'), key: fc.nat(2) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('fail'),
      what: fc.constantFrom('metadata', 'keys', 'all'),
      how: fc.constantFrom('reset', 'status', 'html', 'well', 'well'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('invalidate'), all: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('resolve'),
      answer: fc.constantFrom('same', 'same', 'nothing', 'audience', 'algorithms'),
    }),
  },
)

describe('a server that remembers tokens', () => {
  it('decides as one that does not, whatever happens', { timeout: 180_000 }, async () => {
    const decisions = new Map<string, number>()
    await fc.assert(
      fc.asyncProperty(
        somePolicy,
        fc.array(someStep, { minLength: 5, maxLength: 40, size: 'max' }),
        async (policy, steps) => {
          const world = await TwinWorld.create(policy)
          for (const [index, step] of steps.entries()) {
            const decided = await world.take(step)
            if (decided === undefined) continue
            expect([index, decided[0]]).toEqual([index, decided[1]])
            const kind = decided[0].split(' ', 2).join(' ').replace(/ \{.*/, '')
            decisions.set(kind, (decisions.get(kind) ?? 0) + 1)
          }
        },
      ),
      { numRuns: 1500 },
    )
    // Otherwise the property would say nothing.
    for (const kind of ['accepted', '401 token_expired', '503 issuer_unavailable', '400 proof_replayed'])
      expect([kind, (decisions.get(kind) ?? 0) > 20]).toEqual([kind, true])
  })
})

/** Remembers nothing: each proof is the first of its key. */
const COLD: ProofPolicy['keys'] = {
  get: () => undefined,
  set: () => undefined,
  delete: () => undefined,
  size: () => 0,
}

describe('a proof of a known key', () => {
  const targets = [someToken, otherToken].flatMap((token) => (token === undefined ? [] : [token]))
  const sent = fc.constantFrom(...targets).chain((target) =>
    fc.record({
      proofs: fc.oneof(
        { weight: 9, arbitrary: fc.constantFrom(...target.proofs).map((one) => [one]) },
        {
          weight: 2,
          arbitrary: fc
            .constantFrom(...target.proofs)
            .chain(mutated)
            .map((one) => [one]),
        },
        fc.constantFrom(...target.proofs).map((one) => [one, one]),
      ),
      // Not always the token that the proof is for.
      token: fc.constantFrom(target, target, target, target, ...targets),
      thumbprint: mostly(CLIENT.thumbprint, STRANGER.thumbprint),
      method: mostly('GET', 'POST'),
      path: mostly('/items', '/other'),
      pause: fc.constantFrom(0, 0, 0, 0, 0, 0, 1, 30, 100, -50),
    }),
  )

  it('is judged as the first one of its key', { timeout: 120_000 }, async () => {
    let accepted = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(sent, { minLength: 3, maxLength: 30, size: 'max' }),
        fc.constantFrom(1, 2, 100),
        async (all, size) => {
          const clock = createClock()
          const judges = [createLruMap<KnownProofKey>(size), COLD].map((keys) => judge(keys, clock.now))
          for (const [index, { pause, ...one }] of all.entries()) {
            clock.advance(pause)
            const [warm, cold] = [await judges[0]?.(one), await judges[1]?.(one)]
            expect([index, warm]).toEqual([index, cold])
            if (warm?.startsWith('accepted') === true) accepted += 1
          }
        },
      ),
      { numRuns: 1000 },
    )
    expect(accepted).toBeGreaterThan(500)
  })

  type Judged = Omit<typeof sent extends fc.Arbitrary<infer Value> ? Value : never, 'pause'>

  function judge(keys: ProofPolicy['keys'], now: () => number): (one: Judged) => Promise<string> {
    const replay = memoryReplayStore({ now })
    const limits = {
      algorithms: ['ES256'],
      proofMaxAge: 300,
      clockTolerance: 30,
      nonces: undefined,
      signatures: 'auto',
      publicUrl: createPublicUrl([], undefined),
    } as const
    return async ({ proofs, token, thumbprint, method, path }) => {
      const url = givenUrl(`https://api.test${path}`)
      const target = { method, url, tokenHash: await accessTokenHash(token.text), thumbprint, owner: 'owner' }
      try {
        return `accepted ${JSON.stringify(await verifyProof({ ...limits, replay: trackReservations(replay), now, keys }, proofs, target))}`
      } catch (error) {
        if (isAuthError(error)) return `${error.reason} ${error.detail}`
        throw error
      }
    }
  }
})
