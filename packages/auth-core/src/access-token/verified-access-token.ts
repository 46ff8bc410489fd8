import type { JsonObject } from '../compact-jws.js'
import { createLruMap } from '../lru.js'
import type { AccessTokenClaims } from './claims.js'

/** An access token that passed every check but those of the request: binding, proof and requirements. */
export interface VerifiedAccessToken {
  readonly header: JsonObject
  readonly claims: AccessTokenClaims
  /** `client_id` (RFC 9068 §2.2), or `azp` as Auth0 issues it. */
  readonly clientId: string | undefined
  readonly scopes: readonly string[]
  /** Auth0's `permissions` claim. */
  readonly permissions: readonly string[]
}

/** What is handed out of a verified token, frozen. The claims are frozen in depth already. */
export function verifiedAccessToken(header: JsonObject, claims: AccessTokenClaims): VerifiedAccessToken {
  const { client_id: clientId, azp, permissions, scope } = claims
  return Object.freeze({
    header,
    claims,
    clientId: typeof clientId === 'string' ? clientId : typeof azp === 'string' ? azp : undefined,
    // RFC 6749 §3.3: words separated by spaces; some issuers send a list instead.
    scopes: typeof scope === 'string' ? words(scope) : (scope ?? NONE),
    permissions: Array.isArray(permissions) ? texts(permissions) : NONE,
  })
}

const NONE: readonly string[] = Object.freeze([])

// An API sees few different grants, in many tokens. Long ones are not worth their room.
const KNOWN_SCOPES = 200
const MAX_KNOWN_LENGTH = 1000
const knownScopes = createLruMap<readonly string[]>(KNOWN_SCOPES)

function words(text: string): readonly string[] {
  const known = knownScopes.get(text)
  if (known !== undefined) return known
  const list = Object.freeze(text.split(' ').filter((word) => word !== ''))
  if (text.length <= MAX_KNOWN_LENGTH) knownScopes.set(text, list)
  return list
}

function texts(list: readonly unknown[]): readonly string[] {
  return list.every((one) => typeof one === 'string')
    ? list
    : Object.freeze(list.filter((one) => typeof one === 'string'))
}
