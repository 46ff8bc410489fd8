import { compactJws, createTestKey } from '@acme/auth-testing'
import { compactVerify, importJWK } from 'jose'

import { MalformedJwsError, parseCompactJws } from '../dist/compact-jws.js'
import * as node from '../dist/crypto/node.js'
import * as web from '../dist/crypto/web.js'
import { isCompatible, publicKey } from '../dist/json-web-key.js'
import { createRandom, seedOf } from './random.mjs'

/** @typedef {import('../dist/compact-jws.js').CompactJws} CompactJws */
/** @typedef {Awaited<ReturnType<typeof createSigner>>} Signer */

// The slow curves less often; all of them often enough.
const SHARES = /** @type {const} */ ({
  RS256: 6,
  RS384: 3,
  RS512: 3,
  PS256: 5,
  PS384: 2,
  PS512: 2,
  ES256: 6,
  ES384: 1,
  ES512: 1,
  EdDSA: 4,
  Ed25519: 3,
})
const ALGORITHMS = /** @type {(keyof typeof SHARES)[]} */ (Object.keys(SHARES))
// Cases at once: WebCrypto works in the thread pool.
const BATCH = 64
const PAYLOADS = 4

/**
 * @param {number} cases
 * @param {number} seed
 * @param {import('./differential.mjs').Tally} tally
 */
export async function compareSignatures(cases, seed, { count, disagree }) {
  const signers = await Promise.all(ALGORITHMS.flatMap((alg) => [createSigner(alg), createSigner(alg)]))
  const weighted = signers.flatMap((signer) => Array(SHARES[signer.alg]).fill(signer))
  for (let first = 0; first < cases; first += BATCH) {
    const indexes = Array.from({ length: Math.min(BATCH, cases - first) }, (_, at) => first + at)
    await Promise.all(
      indexes.map(async (index) => {
        const { text, by, change } = await someText(createRandom(seedOf(seed, index)), weighted, signers)
        const answers = await answersOf(text, by)
        count(answers === undefined ? 'malformed' : `${by.alg} ${answers[0] ? 'accepted' : 'refused'}`)
        if (answers !== undefined && new Set(answers).size > 1)
          disagree({ index, change, text, jwk: by.jwk, 'node, web, jose': answers })
      }),
    )
  }
}

/** @param {(typeof ALGORITHMS)[number]} alg */
async function createSigner(alg) {
  const key = await createTestKey(alg)
  const checked = publicKey({ ...key.publicJwk })
  if ('problem' in checked) throw new Error(checked.problem)
  const jwk = checked.key
  const texts = new Map()
  for (const claimed of ALGORITHMS) {
    const signed = Array.from({ length: claimed === alg ? PAYLOADS : 1 }, (_, index) =>
      compactJws({ header: { alg: claimed, kid: key.kid }, payload: { index }, key, signature: 'valid' }),
    )
    texts.set(claimed, await Promise.all(signed))
  }
  return {
    alg,
    jwk,
    texts,
    node: imports(node.importKey, jwk),
    web: imports(web.importKey, jwk),
    jose: imports(importJWK, jwk),
  }
}

/**
 * Imports for an algorithm once.
 *
 * @template Key
 * @param {(jwk: any, alg: string) => Key | Promise<Key>} importKey
 * @param {object} jwk
 */
function imports(importKey, jwk) {
  /** @type {Map<string, Promise<Key>>} */
  const known = new Map()
  return (/** @type {string} */ alg) => {
    const key = known.get(alg) ?? Promise.resolve().then(() => importKey({ ...jwk }, alg))
    known.set(alg, key)
    return key
  }
}

/**
 * @param {import('./random.mjs').Random} random
 * @param {readonly Signer[]} weighted
 * @param {readonly Signer[]} signers
 */
async function someText(random, weighted, signers) {
  const signer = random.pick(weighted)
  const claimed = random.chance(0.85) ? signer.alg : random.pick(ALGORITHMS)
  const change = random.pick(CHANGES)
  const text = change(random.pick(signer.texts.get(claimed)), random)
  return { text, change: change.name, by: random.chance(0.9) ? signer : random.pick(signers) }
}

/**
 * Whether each accepts; undefined where the text is none that any is asked about.
 *
 * @param {string} text
 * @param {Signer} signer
 */
async function answersOf(text, signer) {
  const jws = parsed(text)
  if (jws === undefined) return undefined
  const { alg } = jws.header
  // As the pipeline has it: the key is for the algorithm.
  const compatible = typeof alg === 'string' && isCompatible({ ...signer.jwk }, alg)
  return Promise.all([
    compatible ? node.verifySignature(jws, await signer.node(alg), 'synchronous') : false,
    compatible ? web.verifySignature(jws, await signer.web(alg)) : false,
    joseAccepts(jws, signer, String(alg)),
  ])
}

/** @param {string} text */
function parsed(text) {
  try {
    return parseCompactJws(text)
  } catch (error) {
    if (error instanceof MalformedJwsError) return undefined
    throw error
  }
}

/**
 * @param {CompactJws} jws
 * @param {Signer} signer
 * @param {string} alg
 */
async function joseAccepts({ text, signatureText }, signer, alg) {
  if (!ALGORITHMS.some((one) => one === alg)) return false
  try {
    await compactVerify(text, await signer.jose(alg), { algorithms: [alg] })
    // RFC 8017 §8.1.2: an RSA signature is as long as the modulus; jose takes a PSS one without its leading zeros, too.
    return signer.jwk.kty !== 'RSA' || signatureText.length === signer.jwk.n.length
  } catch {
    return false
  }
}

/** @typedef {(text: string, random: import('./random.mjs').Random) => string} Change */

/**
 * @param {string} text
 * @param {number} index
 * @param {(bytes: Buffer) => Uint8Array} change
 */
function onSegment(text, index, change) {
  const segments = text.split('.')
  segments[index] = Buffer.from(change(Buffer.from(segments[index] ?? '', 'base64url'))).toString('base64url')
  return segments.join('.')
}

/** @param {import('./random.mjs').Random} random */
function someBytes(random) {
  return Buffer.from(
    Array.from({ length: 1 + random.below(8) }, () => random.pick([0, 1, 127, 128, 255, random.below(256)])),
  )
}

/** ASN.1 DER of r and s, which only ECDSA has.
 *
 * @param {Uint8Array} raw
 */
function der(raw) {
  const integer = (/** @type {Uint8Array} */ bytes) => {
    const start = bytes.findIndex((byte) => byte !== 0)
    const digits = [...bytes.subarray(start === -1 ? bytes.length - 1 : start)]
    if ((digits[0] ?? 0) > 127) digits.unshift(0)
    return [2, digits.length, ...digits]
  }
  const numbers = [...integer(raw.subarray(0, raw.length >> 1)), ...integer(raw.subarray(raw.length >> 1))]
  return Uint8Array.from([0x30, ...(numbers.length > 127 ? [0x81] : []), numbers.length & 255, ...numbers])
}

/** @type {Change} */
const nothing = (text) => text

/** @type {Change} */
function flipBit(text, random) {
  const place = random.below(4096)
  return onSegment(text, random.pick([0, 1, 2, 2, 2]), (bytes) =>
    bytes.map((byte, at) => (at === place % bytes.length ? byte ^ (1 << random.below(8)) : byte)),
  )
}

/** @type {Change} */
function fill(text, random) {
  const [from, value] = [random.below(140), random.pick([0, 255])]
  const to = from + random.below(140)
  return onSegment(text, 2, (bytes) => bytes.map((byte, at) => (at >= from && at < to ? value : byte)))
}

/** @type {Change} */
function swapHalves(text) {
  return onSegment(text, 2, (bytes) =>
    Buffer.concat([bytes.subarray(bytes.length >> 1), bytes.subarray(0, bytes.length >> 1)]),
  )
}

/** @type {Change} */
function changeCharacter(text, random) {
  const at = random.below(text.length)
  return text.slice(0, at) + random.pick(Array.from('ABYZabyz0189-_.=+/ ')) + text.slice(at + 1)
}

/** @type {readonly Change[]} */
const CHANGES = [
  nothing,
  nothing,
  nothing,
  flipBit,
  flipBit,
  flipBit,
  fill,
  swapHalves,
  changeCharacter,
  function truncate(text, random) {
    return onSegment(text, 2, (bytes) => bytes.subarray(0, Math.max(1, bytes.length - 1 - random.below(40))))
  },
  function behead(text, random) {
    return onSegment(text, 2, (bytes) => bytes.subarray(1 + random.below(3)))
  },
  function append(text, random) {
    return onSegment(text, 2, (bytes) => Buffer.concat([bytes, someBytes(random)]))
  },
  function prepend(text, random) {
    return onSegment(text, 2, (bytes) => Buffer.concat([someBytes(random), bytes]))
  },
  function inDer(text) {
    return onSegment(text, 2, der)
  },
  function replace(text, random) {
    return onSegment(text, 2, () =>
      Buffer.concat(Array.from({ length: 1 + random.below(40) }, () => someBytes(random))),
    )
  },
]
