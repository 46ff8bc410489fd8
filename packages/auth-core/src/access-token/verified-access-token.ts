import type { JsonObject } from '../crypto/compact-jws.js'
import { createLruMap } from '../util/lru.js'
import type { TokenShape } from './claim-mapping.js'
import type { AccessTokenClaims } from './claims.js'

/** An access token that passed every check but those of the request: binding, proof and requirements. */
export interface VerifiedAccessToken {
  readonly header: JsonObject
  readonly claims: AccessTokenClaims
  /** `client_id` (RFC 9068 §2.2), or `azp` as Auth0 issues it; or where the issuer's `claims.clientId` says. */
  readonly clientId: string | undefined
  /** `scope`, or `scp`; or where the issuer's `claims.scopes` says. */
  readonly scopes: readonly string[]
  /** The `permissions` claim, as Auth0 issues it; or where the issuer's `claims.permissions` says. */
  readonly permissions: readonly string[]
  /** The `roles` claim (RFC 9068 §2.2.3.1); or where the issuer's `claims.roles` says. */
  readonly roles: readonly string[]
  /** Whether the client got the token for itself, by the issuer's `machine` mark; Auth0's `gty` by default. */
  readonly clientCredentials: boolean
}

/** What is handed out of a verified token, frozen. The claims are frozen in depth already. */
export function verifiedAccessToken(
  header: JsonObject,
  claims: AccessTokenClaims,
  shape: TokenShape,
): VerifiedAccessToken {
  return shape.read === undefined ? byDefault(header, claims) : shape.read(header, claims, shape)
}

/** `mappedAccessToken` with the default shape, written out: most tokens have it. */
function byDefault(header: JsonObject, claims: AccessTokenClaims): VerifiedAccessToken {
  const { client_id: clientId, azp, permissions, roles, scope, scp, gty } = claims
  return Object.freeze({
    header,
    claims,
    clientId: typeof clientId === 'string' ? clientId : typeof azp === 'string' ? azp : undefined,
    scopes: scopeList(scope ?? scp),
    permissions: texts(permissions),
    roles: oneOrMore(roles),
    clientCredentials: gty === 'client-credentials',
  })
}

export const NONE: readonly string[] = Object.freeze([])

/** RFC 6749 §3.3: words separated by spaces; some issuers send a list instead. */
export function scopeList(value: unknown): readonly string[] {
  return typeof value === 'string' ? words(value) : texts(value)
}

/** Roles: a list, or one text, which is one role whatever is in it. */
export function oneOrMore(value: unknown): readonly string[] {
  return typeof value === 'string' && value !== '' ? Object.freeze([value]) : texts(value)
}

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

/** The texts of a list. Anything else grants nothing. */
export function texts(value: unknown): readonly string[] {
  if (!Array.isArray(value)) return NONE
  const list: readonly unknown[] = value
  return list.every((one) => typeof one === 'string')
    ? list
    : Object.freeze(list.filter((one) => typeof one === 'string'))
}
