import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose'
import type { JWK } from 'jose'

export const signingAlgorithm = 'RS256'

/** The published keys: the first one signs, the second, if any, signed before the last rotation. */
export type SigningKeys = readonly [JWK, ...JWK[]]

export async function firstSigningKeys(): Promise<SigningKeys> {
  return [await createSigningKey()]
}

/** A new key in front of the last one; older keys are dropped, and their tokens with them. */
export async function rotated(keys: () => SigningKeys): Promise<SigningKeys> {
  const next = await createSigningKey()
  // Read only now: another rotation may have finished meanwhile.
  return [next, keys()[0]]
}

async function createSigningKey(): Promise<JWK> {
  // Not node:crypto's generateKeyPairSync: its export to JWK can hang for good on Node 20.
  const { privateKey } = await generateKeyPair(signingAlgorithm, { extractable: true })
  const jwk = await exportJWK(privateKey)
  return { ...jwk, kid: await calculateJwkThumbprint(jwk), alg: signingAlgorithm, use: 'sig' }
}
