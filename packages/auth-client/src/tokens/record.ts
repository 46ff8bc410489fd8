import type { AccessToken } from '../access-token.js'
import type { DpopKeyPair } from '../dpop/key-pair.js'
import type { TokenSet } from '../grants/requests.js'

/** An access token as it is kept: without its key. Times are seconds since the epoch. */
export interface KeptToken {
  /** The API that it is for. */
  readonly api: string
  readonly value: string
  readonly type: 'Bearer' | 'DPoP'
  readonly expiresAt: number | undefined
  readonly obtainedAt: number
  /** What was granted, or asked for where the issuer did not say. */
  readonly scopes: readonly string[] | undefined
  /** What was asked for: an issuer may grant less, and asking again would not help. */
  readonly asked: readonly string[]
}

/** What is kept of one session. */
export interface SessionRecord {
  /** `sub` of the ID token. */
  readonly subject?: string | undefined
  readonly refreshToken?: string | undefined
  readonly idToken?: string | undefined
  /** What the user granted: a refresh cannot give more (RFC 6749 §6). */
  readonly scopes?: readonly string[] | undefined
  readonly tokens: readonly KeptToken[]
}

// APIs and sets of scopes of one session.
const MOST_TOKENS = 16
// Seconds. A token without `expires_in` lives as long as nobody refuses it, but is not kept for ever.
const UNSAID_LIFETIME = 300
// Seconds. A clock that was set back makes tokens look younger than they are.
const SET_BACK = 300

/** Whether a token is good: `ageing` when it is, but is to be renewed. */
export type Freshness = 'fresh' | 'ageing' | 'stale'

export function freshnessOf(token: KeptToken, now: number, ahead: number): Freshness {
  const { obtainedAt, expiresAt = obtainedAt + UNSAID_LIFETIME } = token
  if (now < obtainedAt - SET_BACK) return 'stale'
  const lifetime = expiresAt - obtainedAt
  const left = expiresAt - now
  // What is left must last for the way to the API.
  if (left <= Math.min(5, lifetime / 10)) return 'stale'
  return left <= Math.min(ahead, lifetime / 4) ? 'ageing' : 'fresh'
}

/** The newest token for an API that has, or was asked for with, all these scopes; without scopes: all that was granted. */
export function pick(record: SessionRecord | undefined, api: string, scopes: readonly string[]): KeptToken | undefined {
  const isAll = scopes.length === 0
  const wanted = isAll ? (record?.scopes ?? []) : scopes
  return record?.tokens.findLast((one) => one.api === api && ((isAll && one.asked.length === 0) || has(one, wanted)))
}

function has({ scopes, asked }: KeptToken, wanted: readonly string[]): boolean {
  return wanted.every((scope) => scopes?.includes(scope) || asked.includes(scope))
}

/** With one token more, in the place of those that it replaces. */
export function withToken(record: SessionRecord, token: KeptToken): SessionRecord {
  const others = record.tokens.filter(
    (one) => one.api !== token.api || !one.asked.every((s) => token.asked.includes(s)),
  )
  return { ...record, tokens: [...others, token].slice(-MOST_TOKENS) }
}

export function keptToken(
  { accessToken }: TokenSet,
  api: string,
  obtainedAt: number,
  asked: readonly string[],
): KeptToken {
  const { value, type, expiresAt, scopes } = accessToken
  return { api, value, type, expiresAt, obtainedAt, scopes, asked }
}

export function accessTokenOf(kept: KeptToken, dpopKey: DpopKeyPair | undefined): AccessToken {
  const { value, type, expiresAt, scopes } = kept
  return { value, type, expiresAt, scopes, ...(type === 'DPoP' && dpopKey !== undefined && { dpopKey }) }
}

/** A store is not trusted to hand back what was written: undefined for anything else. */
export function parseRecord(text: string): SessionRecord | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isRecord(value: unknown): value is SessionRecord {
  if (typeof value !== 'object' || value === null) return false
  const { subject, refreshToken, idToken, scopes, tokens } = value as Unchecked<SessionRecord> // of an object
  const areTexts = [subject, refreshToken, idToken].every((one) => one === undefined || typeof one === 'string')
  return areTexts && (scopes === undefined || isList(scopes)) && Array.isArray(tokens) && tokens.every(isKept)
}

/** An end that is no number would never come, and a part of a text would do for a scope. */
function isKept(token: unknown): boolean {
  if (typeof token !== 'object' || token === null) return false
  const { api, value, type, expiresAt, obtainedAt, scopes, asked } = token as Unchecked<KeptToken> // of an object
  const areTimes = typeof obtainedAt === 'number' && (expiresAt === undefined || typeof expiresAt === 'number')
  const areTexts = typeof api === 'string' && typeof value === 'string' && TOKEN.test(value)
  const areScopes = (scopes === undefined || isList(scopes)) && isList(asked)
  return areTimes && areTexts && areScopes && (type === 'Bearer' || type === 'DPoP')
}

type Unchecked<Type> = { readonly [Name in keyof Type]?: unknown }

// It will stand in a header (RFC 6750 §2.1).
const TOKEN = /^[\x21-\x7e]+$/

function isList(value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === 'string')
}
