import { isSafeUrl } from '../http/url.js'

/** An issuer of access tokens with status lists. */
export interface StatusListIssuer {
  /** `iss` of its access tokens: https, or http on a loopback host. */
  readonly issuer: string
  /** The keys that sign its lists. @defaultValue `jwks_uri` of its metadata */
  readonly jwksUri?: string | undefined
  /** Where its lists may be: URLs, or beginnings of URLs that end with `/`. @defaultValue anywhere on the issuer's origin */
  readonly uris?: readonly string[] | undefined
}

/** Options of `tokenStatusList`. Durations are seconds. */
export interface TokenStatusListOptions {
  readonly issuers: readonly StatusListIssuer[]
  /** Refuses tokens without a status. @defaultValue false */
  readonly required?: boolean | undefined
  /** How long a list is used that does not tell: 1 to 86,400. @defaultValue 300 */
  readonly ttl?: number | undefined
  /** How long a list is used at most, whatever it tells: 1 to 86,400. @defaultValue 3,600 */
  readonly maxTtl?: number | undefined
  /** How long a list is used beyond that, never beyond its `exp`, while the next cannot be had: up to 86,400. @defaultValue 300 */
  readonly maxStale?: number | undefined
  /** For a list, body included: 0.05 to 60. @defaultValue 5 */
  readonly timeout?: number | undefined
  /** How much clocks may differ: up to 600. @defaultValue 60 */
  readonly clockTolerance?: number | undefined
  /** What an outage means: 503, or the token counts as not revoked. @defaultValue 'closed' */
  readonly onFailure?: 'closed' | 'open' | undefined
  /** @defaultValue the global one */
  readonly fetch?: typeof globalThis.fetch | undefined
  /** Seconds since the epoch. */
  readonly now?: (() => number) | undefined
}

/** {@link TokenStatusListOptions}, checked and defaulted. */
export type Settings = Readonly<{
  [Name in Exclude<keyof TokenStatusListOptions, 'issuers'>]-?: NonNullable<TokenStatusListOptions[Name]>
}>

const KNOWN: Readonly<Record<keyof TokenStatusListOptions, true>> = {
  issuers: true,
  required: true,
  ttl: true,
  maxTtl: true,
  maxStale: true,
  timeout: true,
  clockTolerance: true,
  onFailure: true,
  fetch: true,
  now: true,
}

/** @throws {TypeError} that names the option and what is wanted */
export function resolveOptions(options: TokenStatusListOptions): Settings {
  if (typeof options !== 'object' || options === null) throw wrong('options', 'an object')
  // An option with a misspelt name would be dropped silently.
  if (Object.keys(options).some((name) => !Object.hasOwn(KNOWN, name))) {
    throw wrong('unknown option', `one of ${Object.keys(KNOWN).join(', ')}`)
  }
  const { issuers, required = false, ttl = 300, maxTtl = 3600, maxStale = 300, timeout = 5 } = options
  const { clockTolerance = 60, onFailure = 'closed', now = () => Date.now() / 1000 } = options
  if (!Array.isArray(issuers) || issuers.length === 0) throw wrong('issuers', 'a list of issuers')
  issuers.forEach(requireGood)
  if (typeof required !== 'boolean') throw wrong('required', 'true or false')
  requireSeconds('ttl', ttl, 1, 86_400)
  requireSeconds('maxTtl', maxTtl, 1, 86_400)
  requireSeconds('maxStale', maxStale, 0, 86_400)
  requireSeconds('timeout', timeout, 0.05, 60)
  requireSeconds('clockTolerance', clockTolerance, 0, 600)
  if (onFailure !== 'closed' && onFailure !== 'open') throw wrong('onFailure', "'closed' or 'open'")
  const { fetch = (...asked) => globalThis.fetch(...asked) } = options
  return { required, ttl, maxTtl, maxStale, timeout, clockTolerance, onFailure, fetch, now }
}

function requireGood({ issuer, jwksUri, uris = [] }: StatusListIssuer): void {
  if (!isSafeUrl(issuer)) throw wrong('issuers: issuer', 'https, or http on a loopback host')
  if (jwksUri !== undefined && !isSafeUrl(jwksUri)) throw wrong('issuers: jwksUri', 'https, or http on a loopback host')
  if (!uris.every(isSafeUrl)) throw wrong('issuers: uris', 'https, or http on a loopback host')
}

function requireSeconds(name: string, value: unknown, least: number, most: number): void {
  if (typeof value === 'number' && value >= least && value <= most) return
  throw wrong(name, `seconds, from ${least} to ${most}`)
}

function wrong(name: string, wanted: string): TypeError {
  return new TypeError(`tokenStatusList: ${name}: want ${wanted}`)
}
