import { accessTokenHash, createProof, createTestKey } from '@acme/auth-testing'

import { verifyProof } from '../dist/dpop/proof.js'
import { memoryReplayStore } from '../dist/dpop/replay/memory-replay-store.js'
import { isAuthError } from '../dist/outcome/errors.js'
import { createLruMap } from '../dist/util/lru.js'
import { givenUrl } from '../dist/public-url/public-url.js'
import { createRandom, seedOf } from './random.mjs'

const START = 1_760_000_000
const STEPS = 20
// Remembers nothing: each proof is the first of its key.
const COLD = { get: () => undefined, set: () => undefined, delete: () => undefined }
const CHARACTERS = ['', ...Array.from('ABYZ019-_.=+/ ')]
const ACCESS_TOKENS = ['a.b.c', 'd.e.f']

const [client, stranger] = await Promise.all([createTestKey('ES256'), createTestKey('ES256')])

/** @type {readonly Partial<import('@acme/auth-testing').ProofOptions>[]} */
const KINDS = [
  {},
  { header: { kid: 'a' } },
  { method: 'POST' },
  { url: 'https://api.test/other' },
  { url: 'HTTPS://API.test:443/%69tems?a' },
  { claims: { ath: undefined } },
  { claims: { jti: '' } },
  { key: stranger },
  { header: { jwk: stranger.publicJwk } },
  { header: { jwk: { ...client.publicJwk, d: 'AAAA' } } },
  { header: { typ: 'JWT' } },
  { header: { alg: 'RS256' } },
  { signature: 'flipped' },
  { signature: 'der' },
]

/**
 * @param {number} cases
 * @param {number} seed
 * @param {import('./differential.mjs').Tally} tally
 */
export async function compareProofs(cases, seed, { count, disagree }) {
  const pool = await Promise.all(ACCESS_TOKENS.map(proofsFor))
  for (let first = 0; first < cases; first += STEPS) {
    const random = createRandom(seedOf(~seed, first))
    let now = START
    const judges = [createLruMap(random.pick([1, 2, 100])), COLD].map((keys) => judge(keys, () => now))
    const sent = []
    for (let index = first; index < Math.min(cases, first + STEPS); index++) {
      now += random.pick([0, 0, 0, 0, 0, 0, 0, 1, 30, 100, -50])
      const one = sent.length > 0 && random.chance(0.3) ? random.pick(sent) : await someProof(random, pool)
      sent.push(one)
      const [warm, cold] = [await judges[0]?.(one), await judges[1]?.(one)]
      count((cold ?? '').split(' ', 1).join())
      if (warm !== cold) disagree({ index, now, warm, cold, sent })
    }
  }
}

/** @param {string} accessToken */
async function proofsFor(accessToken) {
  const proofs = KINDS.flatMap((kind) =>
    [-400, 0, 100, 350].map((seconds) => {
      const claims = { jti: String(seconds), ...kind.claims }
      return createProof({
        key: client,
        url: 'https://api.test/items',
        accessToken,
        now: START + seconds,
        ...kind,
        claims,
      })
    }),
  )
  return { tokenHash: await accessTokenHash(accessToken), proofs: await Promise.all(proofs) }
}

/**
 * @param {import('./random.mjs').Random} random
 * @param {readonly Awaited<ReturnType<typeof proofsFor>>[]} pool
 */
async function someProof(random, pool) {
  const { proofs, tokenHash } = random.pick(pool)
  const proof = random.chance(0.4) ? (proofs[1] ?? '') : random.pick(proofs)
  return {
    proofs: random.chance(0.02) ? [proof, proof] : [random.chance(0.1) ? changed(proof, random) : proof],
    tokenHash: random.chance(0.95) ? tokenHash : random.pick(pool).tokenHash,
    thumbprint: (random.chance(0.95) ? client : stranger).thumbprint,
    method: random.chance(0.95) ? 'GET' : 'POST',
    path: random.chance(0.95) ? '/items' : '/other',
  }
}

/**
 * @param {string} text
 * @param {import('./random.mjs').Random} random
 */
function changed(text, random) {
  const at = random.below(text.length)
  return text.slice(0, at) + random.pick(CHARACTERS) + text.slice(at + random.below(2))
}

/**
 * @param {typeof COLD | import('../dist/util/lru.js').LruMap<any>} keys
 * @param {() => number} now
 */
function judge(keys, now) {
  const limits = { algorithms: /** @type {const} */ (['ES256']), proofMaxAge: 300, clockTolerance: 30 }
  const policy = {
    ...limits,
    signatures: /** @type {const} */ ('synchronous'),
    replay: memoryReplayStore({ now }),
    nonces: undefined,
    now,
    keys,
  }
  return async (
    /** @type {Awaited<ReturnType<typeof someProof>>} */ { proofs, tokenHash, thumbprint, method, path },
  ) => {
    const url = givenUrl(`https://api.test${path}`)
    try {
      return `accepted ${JSON.stringify(await verifyProof(proofs, { method, url, tokenHash, thumbprint, owner: 'owner' }, policy))}`
    } catch (error) {
      if (isAuthError(error)) return `${error.reason} ${error.detail}`
      throw error
    }
  }
}
