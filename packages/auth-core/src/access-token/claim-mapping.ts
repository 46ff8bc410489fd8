import type { JsonObject } from '../crypto/compact-jws.js'
import { isPlainObject } from '../util/json.js'
import type { AccessTokenClaims } from './claims.js'
import type { VerifiedAccessToken } from './verified-access-token.js'

/** The names on the way to a claim, from the payload down: one for a claim at its top. */
export type ClaimPath = readonly string[]

/** Where a value is read; with `keys`, the names of an object's members are the values. */
export interface ClaimSource {
  readonly path: ClaimPath
  readonly keys: boolean
}

/**
 * What a token is told by: that a claim is there, or is one of some texts, the same text as another claim, or begins with
 * a text. Members that are not there ask for nothing.
 */
export interface ClaimMark {
  readonly path: ClaimPath
  readonly values?: readonly string[]
  readonly sameAs?: ClaimPath
  readonly startsWith?: string
}

/** What stands in for `aud` where an issuer leaves it out, and its accepted values. */
export interface AudienceStandIn {
  readonly path: ClaimPath
  readonly accepted: readonly string[]
}

/** How an issuer writes its access tokens: two that say the same are equal as JSON. */
export interface TokenShape {
  /** The first that is there counts. */
  readonly scopes: readonly ClaimSource[]
  /** All of them count. */
  readonly roles: readonly ClaimSource[]
  /** All of them count. */
  readonly permissions: readonly ClaimSource[]
  /** The first that is text counts. */
  readonly clientId: readonly ClaimSource[]
  /** Any of these tells a token that a client got for itself. */
  readonly machine: readonly ClaimMark[]
  /** One of these must tell an access token; none: there is nothing to tell it by. */
  readonly accessToken: readonly ClaimMark[]
  /** Hands out what the sources say. @defaultValue by the names of the default shape */
  readonly read?: (header: JsonObject, claims: AccessTokenClaims, shape: TokenShape) => VerifiedAccessToken
}

const named = (...names: string[]): readonly ClaimSource[] =>
  Object.freeze(names.map((name) => Object.freeze({ path: Object.freeze([name]), keys: false })))

/** RFC 9068 §2.2, and what Auth0 and many others add to it. */
export const DEFAULT_SHAPE: TokenShape = Object.freeze({
  scopes: named('scope', 'scp'),
  roles: named('roles'),
  permissions: named('permissions'),
  clientId: named('client_id', 'azp'),
  machine: Object.freeze([
    Object.freeze({ path: Object.freeze(['gty']), values: Object.freeze(['client-credentials']) }),
  ]),
  accessToken: Object.freeze([]),
})

/** The value at a path; own members only, so that no name reaches a prototype. */
export function readClaim(claims: JsonObject, path: ClaimPath): unknown {
  let value: unknown = claims
  for (const name of path) {
    if (!isPlainObject(value) || !Object.hasOwn(value, name)) return undefined
    value = value[name]
  }
  return value
}

/** The first value that is there. */
export function firstClaim(claims: JsonObject, sources: readonly ClaimSource[]): unknown {
  for (const { path } of sources) {
    const value = readClaim(claims, path)
    if (value !== undefined) return value
  }
  return undefined
}

/** The values of a source: the names of an object's members where that is asked for, else what is there. */
export function sourceValue(claims: JsonObject, { path, keys }: ClaimSource): unknown {
  const value = readClaim(claims, path)
  if (!keys) return value
  return isPlainObject(value) ? Object.freeze(Object.keys(value)) : undefined
}

/** Whether any of the marks is on the token. */
export function isMarked(claims: JsonObject, marks: readonly ClaimMark[]): boolean {
  return marks.some((mark) => carries(claims, mark))
}

function carries(claims: JsonObject, { path, values, sameAs, startsWith }: ClaimMark): boolean {
  const value = readClaim(claims, path)
  if (values === undefined && sameAs === undefined && startsWith === undefined)
    return value !== undefined && value !== null
  // A list that holds the text is another claim than the text.
  if (typeof value !== 'string') return false
  if (values !== undefined && !values.includes(value)) return false
  if (sameAs !== undefined && (value === '' || readClaim(claims, sameAs) !== value)) return false
  return startsWith === undefined || value.startsWith(startsWith)
}

/** A path as it is written in a message. */
export function pathText(path: ClaimPath): string {
  return path.join('.')
}
