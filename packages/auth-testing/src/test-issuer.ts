import type { AccessTokenOptions } from './access-token.js'
import type { TestAlgorithm } from './algorithms.js'
import type { TrustedIssuer } from './trusted-issuer.js'
import type { TestNonceMode } from './dpop-nonces.js'
import type { SecurityEventOptions } from './signals/security-event.js'
import type { TestStatusList, TestStatusListOptions } from './signals/status-list.js'
import type { TestEndpoint } from './endpoints.js'
import type { TestFault } from './faults.js'
import type { TestKey } from './keys.js'
import type { TestLogin } from './logins.js'

/**
 * An issuer of access tokens (RFC 9068), with metadata (OpenID Connect Discovery, RFC 8414), a key set, and the
 * endpoints that clients need.
 */
export interface TestIssuer {
  readonly issuer: string
  readonly audience: string
  readonly jwksUri: string
  /**
   * Answers for the issuer's own origin in process; any other URL rejects with a `TypeError`. Honours
   * `signal` and `redirect`.
   */
  readonly fetch: typeof globalThis.fetch
  /** Signs the tokens; changes with {@link rotateKey}. */
  readonly signingKey: TestKey
  /** The parameters of each token request, in order; of the last thousand. Those that came twice have spaces between. */
  readonly tokenRequests: readonly Readonly<Record<string, string>>[]
  /** How often a refresh token came that was used before; its family was revoked each time (RFC 9700 §4.14.2). */
  readonly refreshTokenReuses: number
  /** `'GET /path'` of each request, in order, without its query. */
  readonly requests: readonly string[]
  /** The URL of a document or endpoint; for the metadata that of OpenID Connect. */
  urlOf(what: TestEndpoint): string
  /** How many requests came for a document or endpoint; `'all'` includes those for paths that are not served. */
  count(what: TestEndpoint | 'all'): number
  /** Forgets the requests so far, those for tokens as well. */
  resetCounts(): void
  /** Publishes a key, and goes on signing with the old one. */
  addKey(key: TestKey): void
  /** Publishes an entry of the key set as it is, right or wrong. */
  publish(entry: unknown): void
  /** Removes the entries with this `kid`. The signing key, once removed, still signs. */
  removeKey(kid: string): void
  /**
   * Makes, publishes and signs with a new key.
   *
   * `keepPrevious`, default true: leaves the previous key published. `algorithm`: default the previous key's.
   */
  rotateKey(options?: { keepPrevious?: boolean; algorithm?: TestAlgorithm }): Promise<TestKey>
  /**
   * Makes a document or an endpoint fail until told otherwise, or for as many requests as `times` says; `undefined`
   * makes it well again. A path such as `/.well-known/openid-configuration` is for that one alone, and counts before
   * its document's fault.
   */
  fail(what: TestEndpoint | 'all' | `/${string}`, fault: TestFault | undefined, options?: { times?: number }): void
  /** Who logs in from now on, at each authorization request. Default: `user-1`, now. */
  login(login: TestLogin): void
  /** Refuses authorization requests from now on, until the next {@link login}: `'access_denied'`, `'login_required'`. */
  refuseLogin(error: string, description?: string): void
  /**
   * Goes where a browser would be sent by an authorization URL: the redirect URI, with the answer.
   *
   * @throws {Error} for a request that is not answered by a redirect
   */
  authorize(url: string | URL): Promise<URL>
  /** Whether DPoP proofs need nonces from now on. Default: `'off'`. Each call makes those of before worthless. */
  demandNonces(mode: TestNonceMode): void
  /** Takes assertions of another issuer as a grant (RFC 7523), such as ID-JAGs. */
  trust(issuer: TrustedIssuer): void
  /** Makes an access token: a good one unless the options say otherwise. */
  accessToken(options?: AccessTokenOptions): Promise<string>
  /** Makes a security event token (RFC 8417): a good one, that a session was revoked, unless the options say otherwise. */
  securityEvent(options?: SecurityEventOptions): Promise<string>
  /** Pushes a security event token to a receiver (RFC 8935), over a socket. */
  pushEvent(to: string | URL, event: string, headers?: Readonly<Record<string, string>>): Promise<Response>
  /** Holds a security event token ready for who polls (RFC 8936), until it is acknowledged; the last thousand. */
  queueEvent(event: string): void
  /** The identifiers of events that were acknowledged or refused by who polls, in order; the last thousand. */
  readonly answeredEvents: readonly { readonly jti: string; readonly error: string | undefined }[]
  /**
   * Where events that are asked for by `verification` go: to a receiver's URL, by push. `undefined`: to who polls, the
   * default.
   */
  deliverTo(url: string | URL | undefined, headers?: Readonly<Record<string, string>>): void
  /** Publishes a Token Status List with these statuses: 0 is valid, 1 invalid, 2 suspended. */
  statusList(statuses: readonly number[], options?: TestStatusListOptions): TestStatusList
}
