import { randomUUID } from 'node:crypto'

import { importJWK, SignJWT } from 'jose'

import { signingAlgorithm } from './signing-keys.js'
import type { SigningKeys } from './signing-keys.js'

/** Where receivers find the keys of a transmitter (Shared Signals Framework 1.0 §7.1). */
export const transmitterPath = '/.well-known/ssf-configuration'

const SESSION_REVOKED = 'https://schemas.openid.net/secevent/caep/event-type/session-revoked'

/** @param issuer - with the trailing slash */
export function transmitterConfiguration(issuer: string): Record<string, unknown> {
  return { issuer, jwks_uri: `${issuer}.well-known/jwks.json`, spec_version: '1_0', delivery_methods_supported: [] }
}

/** A security event token (RFC 8417): all sessions of a subject have ended, as CAEP 1.0 §3.1 has it. */
export async function sessionRevoked(
  { issuer, audience }: { readonly issuer: string; readonly audience: string },
  [key]: SigningKeys,
  subject: string,
): Promise<string> {
  const subjectId = { format: 'iss_sub', iss: issuer, sub: subject }
  const events = { [SESSION_REVOKED]: { event_timestamp: Math.floor(Date.now() / 1000) } }
  return new SignJWT({ sub_id: subjectId, events })
    .setProtectedHeader({ alg: signingAlgorithm, typ: 'secevent+jwt', ...(key.kid !== undefined && { kid: key.kid }) })
    .setIssuer(issuer)
    .setAudience(audience)
    .setIssuedAt()
    .setJti(randomUUID())
    .sign(await importJWK(key, signingAlgorithm))
}
