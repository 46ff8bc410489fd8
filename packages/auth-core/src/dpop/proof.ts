import { sha256, verifySignature } from '#crypto'

import type { Algorithm } from '../algorithms.js'
import { headerSegment, MalformedJwsError, parseCompactJws } from '../compact-jws.js'
import type { CompactJws, JsonObject } from '../compact-jws.js'
import type { SignatureScheduling } from '../crypto/types.js'
import { refusal } from '../errors.js'
import type { AuthError } from '../errors.js'
import { detached } from '../lru.js'
import type { LruMap } from '../lru.js'
import type { PublicUrl } from '../public-url.js'
import { formatTargetUrl, parseTargetUrl } from './htu.js'
import type { TargetUrl } from './htu.js'
import { importProofKey, jwkThumbprint, readProofJwk } from './proof-key.js'
import type { ProofKey } from './proof-key.js'
import type { ReplayStore } from './replay-store.js'
import { quote } from '../quote.js'

/** A proof that passed every check. */
export interface VerifiedProof {
  /** RFC 7638 thumbprint of the key that made it. */
  readonly thumbprint: string
  readonly claims: JsonObject
}

/** A proof key with the header that it came in. */
export interface KnownProofKey extends ProofKey {
  readonly header: JsonObject
}

/** How proofs are judged. Durations and times are seconds. */
export interface ProofPolicy {
  readonly algorithms: readonly Algorithm[]
  readonly proofMaxAge: number
  readonly clockTolerance: number
  readonly replay: ReplayStore | undefined
  readonly now: () => number
  readonly signatures: SignatureScheduling
  /** Keys of proofs that were accepted, by the raw header segment: the same key gives the same bytes. */
  readonly keys: LruMap<KnownProofKey>
}

/** What a proof must be for. */
export interface ProofTarget {
  readonly method: string
  /** The URL that the client addressed; asked for when it is needed. @throws {AuthError} `url_unknown` */
  readonly url: () => PublicUrl
  /** What `ath` must be: the SHA-256 of the access token, in base64url. */
  readonly tokenHash: string
  /** The thumbprint that the access token is bound to. */
  readonly thumbprint: string
}

const MAX_PROOF_LENGTH = 8 * 1024
const MAX_JTI_LENGTH = 512

/**
 * Verifies a DPoP proof: all checks of RFC 9449 §4.3, replay (§11.1) last, so that nothing unproven fills the store.
 *
 * @throws {AuthError} `proof_*`, `key_mismatch`, `replay_unavailable`
 */
export async function verifyProof(
  proofs: readonly string[],
  target: ProofTarget,
  policy: ProofPolicy,
): Promise<VerifiedProof> {
  const text = requireOneProof(proofs)
  const known = policy.keys.get(headerSegment(text))
  const jws = parse(text, known?.header)
  const { payload, header } = jws
  const { key, thumbprint } = known ?? (await readKey(header, target.thumbprint, policy))
  // RFC 9449 §4.3 check 12, before any work is spent on a key of somebody else.
  if (thumbprint !== target.thumbprint) throw keyMismatch()
  const valid = verifySignature(jws, key, policy.signatures)
  if (!(valid instanceof Promise ? await valid : valid)) throw refusal('proof_signature')
  requireMethod(payload['htm'], target.method)
  const url = requireUrl(payload['htu'], target.url())
  const issuedAt = requireFresh(payload['iat'], policy)
  const identifier = requireIdentifier(payload['jti'])
  if (payload['ath'] !== target.tokenHash) throw refusal('proof_token', 'ath is not the hash of the access token')
  await requireFirstUse([thumbprint, target.method, formatTargetUrl(url), identifier], issuedAt, policy)
  // Only now: nothing unproven takes room.
  if (known === undefined) policy.keys.set(detached(jws.headerText), { header, key, thumbprint })
  return { thumbprint, claims: payload }
}

/** Check 1: exactly one header field. */
function requireOneProof(proofs: readonly string[]): string {
  const [proof] = proofs
  if (proof === undefined) throw refusal('proof_missing')
  // A list of proofs in one line is the same mistake; runtimes that join header lines make one of two.
  if (proofs.length > 1 || proof.includes(',')) throw refusal('proof_repeated')
  if (proof.length > MAX_PROOF_LENGTH) throw refusal('proof_malformed', `${proof.length} characters`)
  return proof
}

/** Checks 4 to 7 and 12. */
async function readKey(header: JsonObject, thumbprint: string, policy: ProofPolicy): Promise<ProofKey> {
  const algorithm = requireHeader(header, policy.algorithms)
  const jwk = readProofJwk(header['jwk'], algorithm)
  if ((await jwkThumbprint(jwk)) !== thumbprint) throw keyMismatch()
  return { key: await importProofKey(jwk, algorithm), thumbprint }
}

function keyMismatch(): AuthError {
  return refusal('key_mismatch', 'cnf.jkt is another key than the proof has')
}

/** Checks 2 and 3. */
function parse(text: string, knownHeader: JsonObject | undefined): CompactJws {
  try {
    return parseCompactJws(text, knownHeader)
  } catch (error) {
    if (error instanceof MalformedJwsError) throw refusal('proof_malformed', error.message)
    throw error
  }
}

/** Checks 4 and 5. */
function requireHeader(header: JsonObject, accepted: readonly Algorithm[]): Algorithm {
  const { typ, alg } = header
  // RFC 7515 §4.1.9: a media type, compared without regard to case.
  if (typeof typ !== 'string' || typ.toLowerCase() !== 'dpop+jwt')
    throw refusal('proof_malformed', `typ is ${quote(typ)}`)
  const algorithm = accepted.find((one) => one === alg)
  if (algorithm === undefined)
    throw refusal('proof_malformed', `alg is ${quote(alg)}, accepted is ${accepted.join(' ')}`)
  return algorithm
}

/** Check 8: methods are case-sensitive (RFC 9110 §9.1). */
function requireMethod(htm: unknown, method: string): void {
  if (htm !== method) throw refusal('proof_method', `htm is ${quote(htm)}, the request is ${quote(method)}`)
}

/** Check 9, after normalisation of both sides (RFC 3986 §6.2.2 and §6.2.3). */
function requireUrl(htu: unknown, { url, source }: PublicUrl): TargetUrl {
  // To the letter what it is compared with, which is in normal form.
  if (htu === formatTargetUrl(url)) return url
  const claimed = typeof htu === 'string' ? parseTargetUrl(htu) : undefined
  if (claimed === undefined) throw refusal('proof_url', `htu is ${quote(htu)}, not an http URL by RFC 3986`)
  for (const part of ['scheme', 'authority', 'path'] as const) {
    if (claimed[part] === url[part]) continue
    throw refusal('proof_url', `${part} of htu is ${quote(claimed[part])}, computed ${quote(url[part])} (${source})`)
  }
  return claimed
}

/** Check 11. */
function requireFresh(iat: unknown, { proofMaxAge, clockTolerance, now }: ProofPolicy): number {
  if (typeof iat !== 'number') throw refusal('proof_malformed', 'iat is not a number')
  const age = now() - iat
  // Written so that a number that is not comparable fails.
  if (age <= proofMaxAge + clockTolerance && age >= -clockTolerance) return iat
  throw refusal(
    'proof_time',
    `iat is ${Math.round(age)} s before now, accepted is ${-clockTolerance} to ${proofMaxAge + clockTolerance}`,
  )
}

function requireIdentifier(jti: unknown): string {
  if (typeof jti === 'string' && jti.length > 0 && jti.length <= MAX_JTI_LENGTH) return jti
  throw refusal('proof_malformed', `jti is not a string of 1 to ${MAX_JTI_LENGTH} characters`)
}

/**
 * RFC 9449 §11.1. The key is made of what the proof says, never of its text: an ECDSA signature can be changed into
 * another valid one, and one URL has several spellings. It is kept for as long as the proof could still be accepted.
 */
async function requireFirstUse(identity: readonly string[], issuedAt: number, policy: ProofPolicy): Promise<void> {
  const { replay, proofMaxAge, clockTolerance } = policy
  if (replay === undefined) return
  const key = await sha256(JSON.stringify(identity))
  let result
  try {
    result = await replay.reserve(key, issuedAt + proofMaxAge + clockTolerance)
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : 'the replay store failed'
    throw refusal('replay_unavailable', detail, { cause })
  }
  // Anything but a clear answer refuses: a store that says nothing must not let proofs through.
  if (result === 'seen') throw refusal('proof_replayed')
  if (result !== 'reserved') throw refusal('replay_unavailable', 'the replay store gave no answer')
}
