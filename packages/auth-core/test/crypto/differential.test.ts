import { compactJws } from '@acme/auth-testing'
import type { TestAlgorithm } from '@acme/auth-testing'
import * as fc from 'fast-check'
import { compactVerify, importJWK } from 'jose'
import type { CryptoKey } from 'jose'
import { describe, expect, it } from 'vitest'
import { parseCompactJws } from '../../src/crypto/compact-jws.js'
import type { CompactJws } from '../../src/crypto/compact-jws.js'
import * as node from '../../src/crypto/node.js'
import type { VerificationKey } from '../../src/crypto/types.js'
import * as web from '../../src/crypto/web.js'
import { isCompatible } from '../../src/crypto/json-web-key.js'
import { mutated, runs } from '../arbitraries.js'
import { ALGORITHMS, createSigner } from './implementations.js'
import type { Implementation, Signer } from './implementations.js'

const signers = (await Promise.all(ALGORITHMS.map((one) => Promise.all([createSigner(one), createSigner(one)])))).flat()

/** Signed by each key as it signs, under a header that says each of the algorithms. */
const texts = new Map<string, string>()
for (const [index, { key }] of signers.entries()) {
  for (const alg of ALGORITHMS) {
    const header = { alg, kid: key.kid }
    texts.set(`${index} ${alg}`, await compactJws({ header, payload: { index, alg }, key, signature: 'valid' }))
  }
}

const imported = new Map<string, VerificationKey>()
const importedByJose = new Map<string, CryptoKey | Uint8Array>()

async function remember<Value>(known: Map<string, Value>, name: string, make: () => Promise<Value>): Promise<Value> {
  const value = known.get(name) ?? (await make())
  known.set(name, value)
  return value
}

/** Whether an implementation accepts the text for the key, as the pipeline uses it: the key is for the algorithm. */
async function accepts(
  [name, implementation]: readonly [string, Implementation],
  jws: CompactJws,
  { jwk, key }: Signer,
): Promise<boolean> {
  const { alg } = jws.header
  if (typeof alg !== 'string' || !isCompatible({ ...jwk }, alg)) return false
  const own = await remember(imported, `${name} ${alg} ${key.kid}`, async () => implementation.importKey(jwk, alg))
  return implementation.verifySignature(jws, own)
}

/**
 * RFC 8017 §8.1.2: an RSA signature is as long as the modulus. WebCrypto on OpenSSL, and so jose, takes a PSS signature
 * whose leading zeros were cut off, too; here neither implementation does.
 */
function hasWholeSignature({ signatureText }: CompactJws, jwk: Signer['jwk']): boolean {
  return jwk.kty !== 'RSA' || signatureText.length === jwk.n.length
}

async function joseAccepts(jws: CompactJws, { jwk, key }: Signer): Promise<boolean> {
  const alg = String(jws.header['alg'])
  try {
    const own = await remember(importedByJose, `${alg} ${key.kid}`, () => importJWK({ ...jwk }, alg))
    await compactVerify(jws.text, own, { algorithms: [alg] })
    return hasWholeSignature(jws, jwk)
  } catch {
    return false
  }
}

function parsed(text: string): CompactJws | undefined {
  try {
    return parseCompactJws(text)
  } catch {
    return undefined
  }
}

type Change = (text: string) => string

function onSegment(index: number, change: (bytes: Buffer) => Uint8Array): Change {
  return (text) => {
    const segments = text.split('.')
    const bytes = Buffer.from(segments[index] ?? '', 'base64url')
    segments[index] = Buffer.from(change(bytes)).toString('base64url')
    return segments.join('.')
  }
}

function flipBit(segment: number, at: number, bit: number): Change {
  return onSegment(segment, (bytes) =>
    bytes.map((byte, index) => (index === at % bytes.length ? byte ^ (1 << bit) : byte)),
  )
}

/** ASN.1 DER of r and s, which only ECDSA has. */
function der(raw: Uint8Array): Uint8Array {
  const integer = (bytes: Uint8Array): number[] => {
    const start = bytes.findIndex((byte) => byte !== 0)
    const digits = [...bytes.subarray(start === -1 ? bytes.length - 1 : start)]
    if ((digits[0] ?? 0) > 127) digits.unshift(0)
    return [2, digits.length, ...digits]
  }
  const numbers = [...integer(raw.subarray(0, raw.length >> 1)), ...integer(raw.subarray(raw.length >> 1))]
  return Uint8Array.from([0x30, ...(numbers.length > 127 ? [0x81] : []), numbers.length & 255, ...numbers])
}

const place = fc.nat(600)
const someBytes = fc.uint8Array({ minLength: 1, maxLength: 8 })
const change: fc.Arbitrary<Change> = fc.oneof(
  { weight: 8, arbitrary: fc.constant<Change>((text) => text) },
  { weight: 3, arbitrary: fc.tuple(fc.nat(2), place, fc.nat(7)).map((all) => flipBit(...all)) },
  { weight: 2, arbitrary: fc.tuple(fc.constant(2), place, fc.nat(7)).map((all) => flipBit(...all)) },
  fc.nat(40).map((count) => onSegment(2, (bytes) => bytes.subarray(0, Math.max(1, bytes.length - count)))),
  fc.nat(3).map((count) => onSegment(2, (bytes) => bytes.subarray(count))),
  someBytes.map((more) => onSegment(2, (bytes) => Buffer.concat([bytes, more]))),
  someBytes.map((more) => onSegment(2, (bytes) => Buffer.concat([more, bytes]))),
  fc.constant(onSegment(2, der)),
  fc
    .tuple(fc.nat(80), place, fc.constantFrom(0, 255))
    .map(([from, count, value]) =>
      onSegment(2, (bytes) => bytes.map((byte, at) => (at >= from && at < from + count ? value : byte))),
    ),
  fc.uint8Array({ minLength: 1, maxLength: 140 }).map((bytes) => onSegment(2, () => bytes)),
)

function rarely<Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> {
  return fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value })
}

const someCase = fc
  .record({
    signer: fc.nat(signers.length - 1),
    // Mostly the signer's own.
    verifier: rarely(fc.nat(signers.length - 1)),
    alg: rarely(fc.constantFrom<TestAlgorithm>(...ALGORITHMS)),
    changes: fc.array(change, { minLength: 1, maxLength: 2 }),
  })
  .map(({ signer, verifier, alg, changes }) => {
    const own = signers[signer]
    const verifiedBy = signers[verifier ?? signer]
    if (own === undefined || verifiedBy === undefined) throw new Error('no such signer')
    const text = texts.get(`${signer} ${alg ?? own.key.alg}`) ?? ''
    return { text: changes.reduce((so, one) => one(so), text), verifiedBy, alg: verifiedBy.key.alg }
  })

async function answers(text: string, signer: Signer): Promise<boolean[]> {
  const jws = parsed(text)
  if (jws === undefined) return []
  return Promise.all([
    accepts(['node', node], jws, signer),
    accepts(['web', web], jws, signer),
    joseAccepts(jws, signer),
  ])
}

describe('node, web and jose', () => {
  it('accept and refuse the same tokens', { timeout: 120_000 }, async () => {
    const seen = { accepted: 0, refused: 0, malformed: 0 }
    await fc.assert(
      fc.asyncProperty(someCase, async ({ text, verifiedBy }) => {
        const all = await answers(text, verifiedBy)
        seen[all[0] === undefined ? 'malformed' : all[0] ? 'accepted' : 'refused'] += 1
        expect(new Set(all).size).toBeLessThanOrEqual(1)
      }),
      runs(4000),
    )
    // Otherwise the property would say nothing.
    expect(Math.min(seen.accepted, seen.refused)).toBeGreaterThan(runs(300).numRuns)
  })

  it('accept and refuse the same, with the text changed anywhere', { timeout: 120_000 }, async () => {
    const anywhere = fc.nat(signers.length - 1).chain((index) => {
      const own = signers[index]
      if (own === undefined) throw new Error('no such signer')
      return mutated(texts.get(`${index} ${own.key.alg}`) ?? '').map((text) => ({ text, own }))
    })
    await fc.assert(
      fc.asyncProperty(anywhere, async ({ text, own }) => {
        expect(new Set(await answers(text, own)).size).toBeLessThanOrEqual(1)
      }),
      runs(2000),
    )
  })
})
