import { importKey, sha256 } from '#crypto'
import type { PublicJwk, VerificationKey } from '../crypto/types.js'
import { refusal } from '../outcome/errors.js'
import { isCompatible, publicKey } from '../crypto/json-web-key.js'
import { LONGEST_KNOWN_HEADER } from '../crypto/compact-jws.js'
import type { JsonObject } from '../crypto/compact-jws.js'
import { flatCopy } from '../util/flat-copy.js'
import type { LruMap, LruRoom } from '../util/lru.js'
import { isPlainObject } from '../util/json.js'
import { quote } from '../util/quote.js'
import type { MaybePromise } from '../util/maybe-promise.js'

/** The public key from the header of a proof, and its thumbprint. */
export interface ProofKey {
  readonly key: VerificationKey
  /** RFC 7638, SHA-256. */
  readonly thumbprint: string
}

/**
 * Reads `jwk` from the header of a proof: a public key that fits the algorithm (RFC 9449 §4.3 checks 5 and 7). Does NOT
 * check that an EC point is on its curve; the import does.
 *
 * @throws {AuthError} `proof_key`
 */
export function readProofJwk(jwk: unknown, algorithm: string): PublicJwk {
  if (!isPlainObject(jwk)) throw refusal('proof_key', 'jwk is not an object')
  const checked = publicKey(jwk)
  if ('problem' in checked) throw refusal('proof_key', `jwk ${checked.problem}`)
  if (!isCompatible(jwk, algorithm)) throw refusal('proof_key', `jwk is not for ${quote(algorithm)}`)
  return checked.key
}

/** Imports the key of a proof. @throws {AuthError} `proof_key` when the runtime refuses it */
export async function importProofKey(jwk: PublicJwk, algorithm: string): Promise<VerificationKey> {
  try {
    return await importKey(jwk, algorithm)
  } catch (cause) {
    // Such as an EC point that is not on its curve.
    throw refusal('proof_key', 'jwk cannot be imported', { cause })
  }
}

/** The JWK thumbprint (RFC 7638 §3): SHA-256 of the required members in lexicographic order. */
export function jwkThumbprint(jwk: PublicJwk): MaybePromise<string> {
  if (jwk.kty === 'RSA') return sha256(JSON.stringify({ e: jwk.e, kty: jwk.kty, n: jwk.n }))
  if (jwk.kty === 'OKP') return sha256(JSON.stringify({ crv: jwk.crv, kty: jwk.kty, x: jwk.x }))
  return sha256(JSON.stringify({ crv: jwk.crv, kty: jwk.kty, x: jwk.x, y: jwk.y }))
}

/** The key of an accepted proof, and the header that came with it. */
export interface KnownProofKey extends ProofKey {
  /** The first segment of the JWS, as sent. */
  readonly headerText: string
}

/**
 * A stand-in for the header of a proof whose first segment is cached. The same text has passed all checks of a header
 * before (RFC 9449 §4.3 checks 4, 5 and 7), so it is not parsed again.
 */
export const KNOWN_HEADER: JsonObject = Object.freeze({})

/** A cache hit: the entry, if the proof has exactly the same first segment. */
export function knownKeyOf(proof: string, entry: KnownProofKey | undefined): KnownProofKey | undefined {
  if (entry === undefined) return undefined
  const { headerText } = entry
  return proof.startsWith(headerText) && proof[headerText.length] === '.' ? entry : undefined
}

/**
 * Caches a key, one entry for each thumbprint: a client that varies its headers replaces its own entry. Long headers
 * are not cached, since clients choose what is in them.
 */
export function rememberKey(keys: LruMap<KnownProofKey>, headerText: string, { key, thumbprint }: ProofKey): void {
  if (headerText.length > LONGEST_KNOWN_HEADER) return
  keys.set(thumbprint, { headerText: flatCopy(headerText), key, thumbprint })
}

/** Fits some 10,000 keys on P-256, or fewer RSA keys. */
export const PROOF_KEYS_ROOM: LruRoom<KnownProofKey> = {
  bytes: 20 * 1024 * 1024,
  // An imported key takes about a kilobyte of native memory. Its further size grows with the header that it came in.
  sizeOf: ({ headerText }) => 1200 + 2 * headerText.length,
}
