import { importJWK, SignJWT } from 'jose'

import { signingAlgorithm } from './signing-keys.js'
import type { SigningKeys } from './signing-keys.js'

/** An access token (RFC 9068 §2.1) that says whatever a test wants an API to refuse: expired, of another audience. */
export async function signedToken([key]: SigningKeys, claims: Readonly<Record<string, unknown>>): Promise<string> {
  return new SignJWT({ ...claims })
    .setProtectedHeader({ alg: signingAlgorithm, typ: 'at+jwt', ...(key.kid !== undefined && { kid: key.kid }) })
    .sign(await importJWK(key, signingAlgorithm))
}
