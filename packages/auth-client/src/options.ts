import type { DpopKeyPair, WebCryptoKey } from './dpop/key-pair.js'
import { AuthClientError } from './errors.js'
import type { ClientEvent } from './events.js'
import { isSafeUrl } from './issuer/safe-url.js'
import type { Lock } from './tokens/lock.js'
import type { TokenStore } from './tokens/token-store.js'

/** How a client proves to the issuer who it is (RFC 6749 §2.3). */
export type ClientAuthentication =
  /** A public client: a browser, a native application. */
  | 'none'
  /** `client_secret_basic`, or `client_secret_post`. */
  | { readonly secret: string; readonly method?: 'basic' | 'post' | undefined }
  /** `private_key_jwt` (RFC 7523 §2.2): a CryptoKey that signs. */
  | { readonly privateKey: WebCryptoKey; readonly kid?: string | undefined }
  /** `tls_client_auth` (RFC 8705 §2): a `fetch` that presents the certificate of the client. */
  | { readonly mtls: typeof globalThis.fetch }

/** Options of {@link createAuthClient}. Durations are seconds. */
export interface AuthClientOptions {
  /** The identifier of the issuer, to the letter: https, or http on a loopback host. */
  readonly issuer: string
  readonly clientId: string
  readonly authentication: ClientAuthentication
  /** The API that tokens are for, as Auth0 names it: the parameter `audience`. */
  readonly audience?: string | undefined
  /** The API that tokens are for, as RFC 8707 names it: the parameter `resource`. */
  readonly resource?: string | undefined
  /** What is asked for unless a call asks for something else. */
  readonly scopes?: readonly string[] | undefined
  /**
   * Binds tokens to a key (RFC 9449): this one, or one that is made and kept in memory. Tokens without it are then refused.
   * With a `store` that outlives the process or is shared, a key that does as well: sessions belong to the key.
   */
  readonly dpop?: DpopKeyPair | 'generate' | undefined
  /** Where tokens are kept. @defaultValue in memory: 10,000 sessions and 16 MiB */
  readonly store?: TokenStore | undefined
  /** Who refreshes. @defaultValue one caller at a time in this process */
  readonly lock?: Lock | undefined
  /** @defaultValue the global one */
  readonly fetch?: typeof globalThis.fetch | undefined
  /** Seconds since the epoch. */
  readonly now?: (() => number) | undefined
  /** Is told what happens, without secrets. What it throws is dropped. */
  readonly onEvent?: ((event: ClientEvent) => void) | undefined
  /** For a whole exchange: every try, the waits, the bodies. Up to 300. @defaultValue 30 */
  readonly timeout?: number | undefined
  /** For one try, and for one answer of the store. Up to 300. @defaultValue 10 */
  readonly attemptTimeout?: number | undefined
  /** How often a request that may be repeated is repeated. Up to 10. @defaultValue 2 */
  readonly retries?: number | undefined
  /** The longest first wait between tries, doubled for each further one. Up to 60. @defaultValue 0.2 */
  readonly retryDelay?: number | undefined
  /** How long the issuer's metadata is used. Up to a day. @defaultValue 3600 */
  readonly metadataMaxAge?: number | undefined
  /** How long before its end a token is renewed; never more than a quarter of its life. Up to an hour. @defaultValue 60 */
  readonly refreshAhead?: number | undefined
  /** How long a session is kept after its tokens were renewed. Up to a year. @defaultValue 30 days */
  readonly sessionMaxAge?: number | undefined
}

/** {@link AuthClientOptions}, checked and defaulted. */
export interface Settings {
  readonly issuer: string
  readonly clientId: string
  readonly audience: string | undefined
  readonly resource: string | undefined
  readonly scopes: readonly string[] | undefined
  readonly fetch: typeof globalThis.fetch
  readonly now: () => number
  readonly onEvent: (event: ClientEvent) => void
  readonly timeout: number
  readonly attemptTimeout: number
  readonly retries: number
  readonly retryDelay: number
  readonly metadataMaxAge: number
  readonly refreshAhead: number
  readonly sessionMaxAge: number
}

const LIMITS = {
  timeout: [30, 300],
  attemptTimeout: [10, 300],
  retries: [2, 10],
  retryDelay: [0.2, 60],
  metadataMaxAge: [3600, 86_400],
  refreshAhead: [60, 3600],
  sessionMaxAge: [2_592_000, 31_536_000],
} as const

const NAMES: readonly string[] = [
  'issuer',
  'clientId',
  'authentication',
  'audience',
  'resource',
  'scopes',
  'dpop',
  'store',
  'lock',
  'fetch',
  'now',
  'onEvent',
  'timeout',
  'attemptTimeout',
  'retries',
  'retryDelay',
  'metadataMaxAge',
  'refreshAhead',
  'sessionMaxAge',
]

/** @throws {AuthClientError} `options_invalid`, which names the option and shows nothing of what was given */
export function resolveOptions(options: AuthClientOptions): Settings {
  // An option with a misspelt name would be dropped silently.
  if (Object.keys(options).some((name) => !NAMES.includes(name))) throw wrong('options', `none but ${NAMES.join(', ')}`)
  const { issuer, clientId, audience, resource, scopes, onEvent, now = () => Date.now() / 1000 } = options
  if (!isSafeUrl(issuer)) throw wrong('issuer', 'https, or http on a loopback host')
  if (typeof clientId !== 'string' || clientId === '') throw wrong('clientId', 'text')
  if (scopes !== undefined) requireScopes(scopes)
  return {
    issuer,
    clientId,
    audience,
    resource,
    scopes,
    now,
    // Looked up at each call, and called on nothing: a `fetch` of a browser throws otherwise.
    fetch: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
    onEvent: quiet(onEvent),
    timeout: limited(options, 'timeout'),
    attemptTimeout: limited(options, 'attemptTimeout'),
    retries: limited(options, 'retries'),
    retryDelay: limited(options, 'retryDelay'),
    metadataMaxAge: limited(options, 'metadataMaxAge'),
    refreshAhead: limited(options, 'refreshAhead'),
    sessionMaxAge: limited(options, 'sessionMaxAge'),
  }
}

function limited(options: AuthClientOptions, name: keyof typeof LIMITS): number {
  const [fallback, most] = LIMITS[name]
  const value = options[name] ?? fallback
  if (typeof value === 'number' && value >= 0 && value <= most) return value
  throw wrong(name, `a number from 0 to ${most}`)
}

/** RFC 6749 §3.3. A scope with a space would be two. @throws {AuthClientError} `options_invalid` */
export function requireScopes(scopes: readonly string[]): void {
  const areScopes = Array.isArray(scopes) && scopes.every((one) => /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(String(one)))
  if (!areScopes) throw wrong('scopes', 'a list of scopes, without spaces and quotes')
}

/** What was given is never shown: a secret may stand in the wrong place. */
export function wrong(name: string, wanted: string): AuthClientError {
  return new AuthClientError('options_invalid', `${name}: want ${wanted}`)
}

function quiet(onEvent: AuthClientOptions['onEvent']): (event: ClientEvent) => void {
  return (event) => {
    try {
      const told: unknown = onEvent?.(event)
      // An async one that rejects must not end the process.
      Promise.resolve(told).catch(() => undefined)
    } catch {
      // An observer must not change what happens.
    }
  }
}
