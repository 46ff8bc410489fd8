import { algorithmList } from '../crypto/algorithms.js'
import type { Algorithm } from '../crypto/algorithms.js'
import type { SignatureScheduling } from '../crypto/types.js'
import { acceptedSchemes } from '../dpop/mode.js'
import type { ReplayStore } from '../dpop/replay/replay-store.js'
import type { AuthScheme } from '../outcome/errors.js'
import type { AuthEvent } from '../outcome/events.js'
import { resolveIssuers } from '../issuer/resolve-issuers.js'
import type { IssuerOptions, IssuerResolver, IssuerSettings } from '../issuer/issuer-options.js'
import { resolveKeys } from '../issuer/key-options.js'
import type { KeyOptions } from '../issuer/key-options.js'
import { resolvePublicUrl } from './public-url-option.js'
import type { GivenBase } from './public-url-option.js'
import { originOf } from '../public-url/public-url.js'
import { resolveDpop } from './dpop-options.js'
import type { DpopOptions, DpopSettings } from './dpop-options.js'
import {
  configurationError,
  oneOf,
  rejectUndefined,
  rejectUnknownNames,
  requireObject,
  seconds,
} from './option-checks.js'

/**
 * Options of a resource server. Durations are seconds.
 *
 * An option whose type has `undefined` may be taken from a variable that is not set, and then counts as not given. Any
 * other that is there with the value undefined is refused: its default could check less than what was meant.
 */
export interface AuthOptions {
  /** A tenant domain such as `tenant.auth0.com`; the issuer is then `https://tenant.auth0.com/`. */
  readonly domain?: string | undefined
  /** The issuer's URL, exactly as in its tokens' `iss`, trailing slash included. */
  readonly issuer?: string | undefined
  /** Several issuers, each with its own settings if need be; or a function that looks one up. */
  readonly issuers?: readonly (string | IssuerOptions)[] | IssuerResolver | undefined
  /** The identifiers of this API, one of which must be in `aud`. */
  readonly audience?: string | readonly string[] | undefined
  /** @defaultValue ['RS256', 'PS256', 'ES256', 'EdDSA'] */
  readonly algorithms?: readonly Algorithm[]
  /** Seconds by which the issuer's clock may differ, for exp, nbf and iat. @defaultValue 5 */
  readonly clockTolerance?: number
  /** `rfc9068` demands `typ` `at+jwt` and the claims of RFC 9068 §2.2. @defaultValue 'any' */
  readonly tokenProfile?: 'any' | 'rfc9068'
  readonly dpop?: DpopOptions
  /** The origins under which clients may address this API, such as `https://api.example.com`. */
  readonly publicOrigins?: readonly string[]
  /**
   * How clients address this API, where no header tells: `https://api.example.com/v1` is put in front of the path of each
   * request, and neither Host nor forwarded headers are asked. One of `publicOrigins`, where those are given.
   */
  readonly publicUrl?: string
  readonly keys?: KeyOptions
  /**
   * How many verified tokens are remembered at least, so that they need not be verified again, and at most twice as many;
   * fewer where they take more than 8 KiB of memory on average; `false` for none. A token is remembered when it comes for
   * the second time. @defaultValue 1000
   */
  readonly tokenCache?: number | false | undefined
  /** Where signatures are verified, on Node. @defaultValue 'auto' */
  readonly signatures?: SignatureScheduling | undefined
  /** The realm of Bearer challenges. @defaultValue 'api' */
  readonly realm?: string | undefined
  /**
   * Used for all outbound calls: the place for an egress filter, where issuers are named by tenants. Whatever it throws or
   * answers, requests get 503 at worst. @defaultValue the global fetch
   */
  readonly fetch?: typeof globalThis.fetch
  /** Called with each decision. What it throws is ignored. */
  readonly onEvent?: ((event: AuthEvent) => void) | undefined
}

/** Settings: options validated, defaulted and frozen, once. Later code never sees the options. */
export interface Settings {
  readonly issuers: IssuerSettings
  readonly clockTolerance: number
  readonly tokenProfile: 'any' | 'rfc9068'
  readonly schemes: readonly AuthScheme[]
  readonly dpop: DpopSettings
  readonly publicOrigins: readonly string[]
  readonly publicUrl: GivenBase | undefined
  readonly keys: Readonly<Required<KeyOptions>>
  /** 0 for none. */
  readonly tokenCache: number
  readonly signatures: SignatureScheduling
  readonly realm: string
  readonly fetch: typeof globalThis.fetch
  readonly onEvent: ((event: AuthEvent) => void) | undefined
}

const NAMES = [
  'domain',
  'issuer',
  'issuers',
  'audience',
  'algorithms',
  'clockTolerance',
  'tokenProfile',
  'dpop',
  'publicOrigins',
  'publicUrl',
  'keys',
  'tokenCache',
  'signatures',
  'realm',
  'fetch',
  'onEvent',
]

// Those of which the default checks no less than any value.
const MAY_BE_UNDEFINED = ['domain', 'issuer', 'issuers', 'audience', 'tokenCache', 'signatures', 'realm', 'onEvent']

/** @throws {TypeError} that names the option, what was given and what is wanted. */
export function resolveOptions(options: AuthOptions, now: () => number, replay?: ReplayStore): Settings {
  requireObject('options', options, 'a plain object')
  rejectUnknownNames('options', options, NAMES)
  rejectUndefined('', options, MAY_BE_UNDEFINED)
  const dpop = resolveDpop(options.dpop === undefined ? {} : options.dpop, now, replay)
  const publicOrigins = resolveOrigins(options.publicOrigins)
  const algorithms = algorithmList('algorithms', options.algorithms, ['RS256', 'PS256', 'ES256', 'EdDSA'])
  return Object.freeze({
    issuers: resolveIssuers(options, algorithms),
    clockTolerance: seconds('clockTolerance', options.clockTolerance, 5),
    tokenProfile: oneOf('tokenProfile', options.tokenProfile, ['any', 'rfc9068'], 'any'),
    schemes: acceptedSchemes(dpop.mode, false),
    dpop,
    publicOrigins,
    publicUrl: resolvePublicUrl(options.publicUrl, publicOrigins),
    keys: resolveKeys(options.keys === undefined ? {} : options.keys),
    tokenCache: resolveTokenCache(options.tokenCache),
    signatures: oneOf('signatures', options.signatures, ['auto', 'synchronous', 'thread-pool'], 'auto'),
    realm: resolveRealm(options.realm),
    fetch: resolveFetch(options.fetch),
    onEvent: resolveHook(options.onEvent),
  })
}

function resolveTokenCache(given: unknown): number {
  if (given === undefined) return 1000
  if (given === false) return 0
  if (typeof given === 'number' && Number.isSafeInteger(given) && given > 0) return given
  throw configurationError('tokenCache', given, 'a whole number of tokens, or false')
}

function resolveOrigins(given: unknown): readonly string[] {
  if (given === undefined) return []
  const origins = Array.isArray(given) ? given.map((one: unknown) => originOf(one)) : []
  if (origins.length === 0 || origins.includes(undefined)) {
    throw configurationError('publicOrigins', given, "origins such as ['https://api.example.com'], without a path")
  }
  return Object.freeze(origins.filter((origin) => origin !== undefined))
}

function resolveRealm(realm: unknown): string {
  if (realm === undefined) return 'api'
  // RFC 9110 §5.6.4 quoted-string, without the need to escape.
  if (typeof realm !== 'string' || !/^[\x20\x21\x23-\x5B\x5D-\x7E]+$/.test(realm)) {
    throw configurationError('realm', realm, 'printable ASCII without quotes and backslashes')
  }
  return realm
}

function resolveFetch(given: AuthOptions['fetch']): typeof globalThis.fetch {
  if (given !== undefined && typeof given !== 'function') throw configurationError('fetch', given, 'a function')
  // Looked up at each call, so that a fetch that is instrumented later is the one that is used.
  return given ?? ((input, init) => globalThis.fetch(input, init))
}

function resolveHook(given: AuthOptions['onEvent']): Settings['onEvent'] {
  if (given !== undefined && typeof given !== 'function') throw configurationError('onEvent', given, 'a function')
  return given
}
