import { verifySignature } from '#crypto'

import type { CompactJws } from '../crypto/compact-jws.js'
import type { SignatureScheduling, VerificationKey } from '../crypto/types.js'
import { refusal } from '../outcome/errors.js'
import type { Explanations } from '../outcome/explanations.js'
import type { KeySet } from '../issuer/key-set-types.js'
import { MOST_TRIED } from '../issuer/key-table.js'
import { isPending } from '../util/maybe-promise.js'
import { stated } from '../util/quote.js'

/** Which keys may have signed a token: its issuer's, by what its header says. */
export interface SignedBy {
  readonly keySet: KeySet
  readonly kid: string | undefined
  readonly algorithm: string
}

/** How signatures are verified, and refusals explained. */
export interface SignaturePolicy {
  readonly signatures: SignatureScheduling
  readonly explain: Explanations | undefined
}

/**
 * The issuer's key that a token is signed with (RFC 7515 §5.2).
 *
 * @throws {AuthError} `token_invalid`, `issuer_unavailable`, `issuer_timeout`
 */
export async function verifyByIssuer(
  jws: CompactJws,
  by: SignedBy,
  { signatures: scheduling, explain }: SignaturePolicy,
): Promise<VerificationKey> {
  const { keySet, kid, algorithm } = by
  const found = keySet.find(kid, algorithm)
  const keys = isPending(found) ? await found : found
  if (keys.length === 0) {
    const detail = `issuer has no such ${algorithm} key: ${stated('kid', kid)}${explain?.key(keySet) ?? ''}`
    throw refusal('token_invalid', detail)
  }
  const key = await matching(jws, keys, by, scheduling)
  if (key !== undefined) return key
  // Keys that were waited for are as new as they get. Others may have been replaced since: one more look, which the key
  // set grants within bounds, as anybody can send a signature that does not match.
  const newer = isPending(found) ? [] : await keySet.findNewer(kid, algorithm, keys)
  const newKey = await matching(jws, newer, by, scheduling)
  if (newKey !== undefined) return newKey
  const tried = keys.length + newer.length
  throw refusal(
    'token_invalid',
    `signature does not match ${tried === 1 ? "the issuer's key" : `any of ${tried} keys`}`,
  )
}

/** The first key that a token is signed with. */
async function matching(
  jws: CompactJws,
  keys: readonly VerificationKey[],
  { kid, algorithm }: SignedBy,
  scheduling: SignatureScheduling,
): Promise<VerificationKey | undefined> {
  if (keys.length > MOST_TRIED) {
    const fitting = `${keys.length} ${algorithm} keys fit, at most ${MOST_TRIED} are tried`
    throw refusal('token_invalid', `${stated('kid', kid)}: ${fitting}`)
  }
  for (const key of keys) {
    const valid = verifySignature(jws, key, scheduling)
    // Decided on the value: anything but `true`, a pending answer above all, is no signature that matches.
    if ((isPending(valid) ? await valid : valid) === true) return key
  }
  return undefined
}
