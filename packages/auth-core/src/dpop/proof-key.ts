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

/** The key that a proof brings along, and its thumbprint. */
export interface ProofKey {
  readonly key: VerificationKey
  /** RFC 7638, SHA-256. */
  readonly thumbprint: string
}

/**
 * Reads the key of a proof's header (RFC 9449 §4.3 checks 4 to 7), but for whether it is on its curve.
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

/** @throws {AuthError} `proof_key` */
export async function importProofKey(jwk: PublicJwk, algorithm: string): Promise<VerificationKey> {
  try {
    return await importKey(jwk, algorithm)
  } catch (cause) {
    // Such as a point that is not on its curve.
    throw refusal('proof_key', 'jwk cannot be imported', { cause })
  }
}

/** RFC 7638 §3: the defining members, in lexical order. */
export function jwkThumbprint(jwk: PublicJwk): MaybePromise<string> {
  if (jwk.kty === 'RSA') return sha256(JSON.stringify({ e: jwk.e, kty: jwk.kty, n: jwk.n }))
  if (jwk.kty === 'OKP') return sha256(JSON.stringify({ crv: jwk.crv, kty: jwk.kty, x: jwk.x }))
  return sha256(JSON.stringify({ crv: jwk.crv, kty: jwk.kty, x: jwk.x, y: jwk.y }))
}

/** The key of proofs that were accepted, and the first segment that they have in common. */
export interface KnownProofKey extends ProofKey {
  readonly headerText: string
}

/**
 * What stands for a header that is known: it was checked when its text came first (RFC 9449 §4.3 checks 3 to 6), and
 * what has the same text would be found the same again.
 */
export const KNOWN_HEADER: JsonObject = Object.freeze({})

/** The entry, when the proof has its very header. */
export function knownKeyOf(proof: string, entry: KnownProofKey | undefined): KnownProofKey | undefined {
  if (entry === undefined) return undefined
  const { headerText } = entry
  return proof.startsWith(headerText) && proof[headerText.length] === '.' ? entry : undefined
}

/** Takes the place of what is known of that key. A client decides what its headers hold: long ones are not kept. */
export function rememberKey(keys: LruMap<KnownProofKey>, headerText: string, { key, thumbprint }: ProofKey): void {
  if (headerText.length > LONGEST_KNOWN_HEADER) return
  keys.set(thumbprint, { headerText: flatCopy(headerText), key, thumbprint })
}

/** Room for some 10,000 keys on P-256, and fewer of RSA. */
export const PROOF_KEYS_ROOM: LruRoom<KnownProofKey> = {
  bytes: 20 * 1024 * 1024,
  // An imported key takes about a kilobyte, and the longer it is, the longer is its header.
  sizeOf: ({ headerText }) => 1200 + 2 * headerText.length,
}
