import { compactJws, createTestKey } from '@acme/auth-testing'
import type { TestKey } from '@acme/auth-testing'

import type { DecodedToken, JsonObject } from './decode.js'

type Algorithm = TestKey['alg']
const ALGORITHMS: readonly Algorithm[] = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'EdDSA',
]

/** Signs tokens like a given one with a key that is made for it and thrown away: so that core judges what it says. */
export interface Signer {
  readonly algorithm: string
  /** For core, in place of the issuer's keys. */
  readonly jwks: { readonly keys: readonly unknown[] }
  sign(header: JsonObject, claims: JsonObject): Promise<string>
}

/** @param alg - of the key. Where there is none of that kind, as for `none` and `HS256`, core refuses before it looks for one */
export async function createSigner({ header }: DecodedToken): Promise<Signer> {
  const key = await createTestKey(ALGORITHMS.find((one) => one === header['alg']) ?? 'ES256')
  return {
    algorithm: key.alg,
    jwks: { keys: [key.publicJwk] },
    sign: (changed, claims) =>
      compactJws({
        header: { ...changed, ...(header['kid'] !== undefined && { kid: key.kid }) },
        payload: { ...claims },
        key,
      }),
  }
}
