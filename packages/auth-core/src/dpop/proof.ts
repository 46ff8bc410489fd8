import { verifySignature } from '#crypto'

import type { Algorithm } from '../crypto/algorithms.js'
import { MalformedJwsError, parseCompactJws } from '../crypto/compact-jws.js'
import type { CompactJws, JsonObject } from '../crypto/compact-jws.js'
import type { SignatureScheduling } from '../crypto/types.js'
import { refusal } from '../outcome/errors.js'
import type { AuthError } from '../outcome/errors.js'
import type { LruMap } from '../util/lru.js'
import { isPending } from '../util/maybe-promise.js'
import { explainMethod, explainUrl } from '../public-url/explain-url.js'
import type { PublicUrl } from '../public-url/public-url.js'
import { requireFresh, requireStillFresh, requireTimes } from './freshness.js'
import type { FreshnessPolicy } from './freshness.js'
import { formatTargetUrl, parseTargetUrl } from '../public-url/htu.js'
import { importProofKey, jwkThumbprint, KNOWN_HEADER, knownKeyOf, readProofJwk, rememberKey } from './proof-key.js'
import type { KnownProofKey, ProofKey } from './proof-key.js'
import { requireFirstUse } from './replay/replay.js'
import type { TrackedReplayStore } from './replay/replay.js'
import { quote, quoteUrl } from '../util/quote.js'
import type { ResourceRequest } from '../request/resource-request.js'

/** A proof that passed every check. */
export interface VerifiedProof {
  /** RFC 7638 thumbprint of the key that made it. */
  readonly thumbprint: string
  readonly claims: JsonObject
  /** When the nonce of the proof is ageing: the one to send in `DPoP-Nonce` with the answer (RFC 9449 §8.2). */
  readonly nextNonce: string | undefined
}

/** How proofs are judged. Durations and times are seconds. */
export interface ProofPolicy extends FreshnessPolicy {
  readonly algorithms: readonly Algorithm[]
  readonly replay: TrackedReplayStore | undefined
  readonly signatures: SignatureScheduling
  /** @throws {AuthError} `url_unknown` */
  readonly publicUrl: (request: ResourceRequest) => PublicUrl
  /** Keys of proofs that were accepted, by thumbprint: a client has one entry, however it varies its headers. */
  readonly keys: LruMap<KnownProofKey>
}

/** What a proof must be for: the URL that the client addressed, or the request that tells when it is needed. */
export type ProofTarget = ProofFor &
  (
    | { readonly url: PublicUrl; readonly request?: undefined }
    | { readonly url?: undefined; readonly request: ResourceRequest }
  )

interface ProofFor {
  readonly method: string
  /** What `ath` must be: the SHA-256 of the access token, in base64url. Without it every proof is refused. */
  readonly tokenHash: string | undefined
  /** The thumbprint that the access token is bound to. */
  readonly thumbprint: string
  /** Who the access token is of, see `proofOwner`. */
  readonly owner: string
}

const MAX_PROOF_LENGTH = 8 * 1024
const MAX_JTI_LENGTH = 512

/**
 * Verifies a DPoP proof: all checks of RFC 9449 §4.3, the nonce late, since only a proof that is right in all else gets
 * one, and replay (§11.1) last, so that nothing unproven fills the store. Awaits only what is pending.
 *
 * @throws {AuthError} `proof_*`, `key_mismatch`, `nonce_*`, `replay_unavailable`
 */
export async function verifyProof(
  policy: ProofPolicy,
  proofs: readonly string[],
  target: ProofTarget,
): Promise<VerifiedProof> {
  const { method, thumbprint, owner } = target
  const text = requireOneProof(proofs)
  const known = knownKeyOf(text, policy.keys.get(thumbprint))
  const jws = parse(text, known && KNOWN_HEADER)
  const key = known ?? (await readKey(jws.header, thumbprint, policy))
  // Check 12, before any work is spent on a key of somebody else.
  if (key.thumbprint !== thumbprint) throw keyMismatch()
  const valid = verifySignature(jws, key.key, policy.signatures)
  // Check 6. Decided on the value: anything but `true`, a pending answer above all, refuses.
  if ((isPending(valid) ? await valid : valid) !== true) throw refusal('proof_signature')

  const { payload } = jws
  requireMethod(payload['htm'], method)
  const url = requireUrl(payload['htu'], target.url ?? policy.publicUrl(target.request))
  const issuedAt = requireTimes(payload, policy)
  const identifier = requireIdentifier(payload['jti'])
  requireTokenHash(payload['ath'], target.tokenHash)
  const judged = requireFresh(payload['nonce'], issuedAt, policy)
  const fresh = isPending(judged) ? await judged : judged
  const { identity } = target.request ?? {}
  const use = { thumbprint, url, method, identifier, until: fresh.rememberUntil, owner, identity }
  const reserved = requireFirstUse(use, policy.replay)
  if (isPending(reserved)) await reserved
  const late = requireStillFresh(fresh, payload['nonce'], policy)
  if (isPending(late)) await late
  // Only now: nothing unproven takes room.
  if (known === undefined) rememberKey(policy.keys, jws.headerText, key)
  return { thumbprint, claims: payload, nextNonce: fresh.nextNonce }
}

/** Check 1: exactly one header field. */
function requireOneProof(proofs: readonly string[]): string {
  const [proof] = proofs
  if (proof === undefined) throw refusal('proof_missing')
  // A list of proofs in one line is the same mistake; runtimes that join header lines make one of two.
  if (proofs.length > 1 || proof.includes(',')) throw refusal('proof_repeated')
  if (proof.length > MAX_PROOF_LENGTH) {
    throw refusal('proof_malformed', `${proof.length} characters; at most ${MAX_PROOF_LENGTH}`)
  }
  return proof
}

/** Checks 4, 5, 7 and 12. */
async function readKey(header: JsonObject, thumbprint: string, policy: ProofPolicy): Promise<ProofKey> {
  const algorithm = requireProofHeader(header, policy.algorithms)
  const jwk = readProofJwk(header['jwk'], algorithm)
  if ((await jwkThumbprint(jwk)) !== thumbprint) throw keyMismatch()
  return { key: await importProofKey(jwk, algorithm), thumbprint }
}

function keyMismatch(): AuthError {
  return refusal('key_mismatch', 'cnf.jkt is another key than the proof has')
}

/** Check 2. */
function parse(text: string, knownHeader: JsonObject | undefined): CompactJws {
  try {
    return parseCompactJws(text, knownHeader)
  } catch (error) {
    if (error instanceof MalformedJwsError) throw refusal('proof_malformed', error.message)
    throw error
  }
}

/** Checks 4 and 5. */
export function requireProofHeader(header: JsonObject, accepted: readonly Algorithm[]): Algorithm {
  const { typ, alg } = header
  // RFC 7515 §4.1.9: a media type, compared without regard to case.
  if (typeof typ !== 'string' || typ.toLowerCase() !== 'dpop+jwt')
    throw refusal('proof_malformed', `typ is ${shown(typ)}`)
  const algorithm = accepted.find((one) => one === alg)
  if (algorithm === undefined)
    throw refusal('proof_malformed', `alg is ${shown(alg)}, accepted is ${accepted.join(' ')}`)
  return algorithm
}

/** Check 8: methods are case-sensitive (RFC 9110 §9.1). */
function requireMethod(htm: unknown, method: string): void {
  if (htm !== method) throw refusal('proof_method', explainMethod(htm, method))
}

/** Check 9, after normalisation of both sides (RFC 3986 §6.2.2 and §6.2.3). @returns the URL in normal form */
function requireUrl(htu: unknown, { url, source }: PublicUrl): string {
  const text = formatTargetUrl(url)
  if (htu === text) return text
  const claimed = typeof htu === 'string' ? parseTargetUrl(htu) : undefined
  if (htu === undefined) throw refusal('proof_url', 'htu is missing')
  if (claimed === undefined) {
    throw refusal('proof_url', `htu is ${quoteUrl(htu)}, want an http or https URL by RFC 3986, without userinfo`)
  }
  const { scheme, authority, path } = claimed
  if (scheme !== url.scheme || authority !== url.authority || path !== url.path) {
    throw refusal('proof_url', explainUrl(claimed, url, source))
  }
  return text
}

/** Check 12: undefined is the hash of no token. */
function requireTokenHash(ath: unknown, tokenHash: string | undefined): void {
  if (ath === undefined) throw refusal('proof_token', 'ath is missing')
  if (ath !== tokenHash) throw refusal('proof_token', 'ath is not the hash of the access token')
}

function requireIdentifier(jti: unknown): string {
  if (typeof jti === 'string' && jti.length > 0 && jti.length <= MAX_JTI_LENGTH) return jti
  const problem =
    typeof jti === 'string' ? `has ${jti.length} characters; 1 to ${MAX_JTI_LENGTH} are accepted` : 'is no text'
  throw refusal('proof_malformed', `jti ${jti === undefined ? 'is missing' : problem}`)
}

/** A member of a header for the operator. */
function shown(value: unknown): string {
  return value === undefined ? 'missing' : quote(value)
}
