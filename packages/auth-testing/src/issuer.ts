import { createAccessToken, type AccessTokenOptions } from './access-token.js'
import type { TestAlgorithm } from './algorithms.js'
import { issuerEndpoints, type IssuerEndpoints, type TestEndpoint } from './endpoints.js'
import { faultyAnswer, type TestFault } from './faults.js'
import { createTestKey, type TestKey } from './keys.js'
import { localFetch } from './local-fetch.js'
import { rejectUnknown } from './unknown-options.js'

/** Options of {@link createTestIssuer}. */
export interface TestIssuerOptions {
  /** The issuer identifier, kept to the letter. Default `'https://issuer.test/'`. */
  issuer?: string
  /** The `aud` of its tokens. Default `'https://api.test/'`. */
  audience?: string
  /** Of the first signing key. Default `'ES256'`, whose keys are made in no time. */
  algorithm?: TestAlgorithm
  /** Seconds since the epoch, for `iat` and `exp`. Default: the system's clock. */
  now?: () => number
  /** `Cache-Control` of metadata and keys. Default: no such header. */
  cacheControl?: string
}

/** An issuer of access tokens (RFC 9068), with metadata (OpenID Connect Discovery, RFC 8414) and a key set. */
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
  /** `'GET /path'` of each request, in order, without its query. */
  readonly requests: readonly string[]
  /** How many requests came for a document; `'all'` includes those for paths that are not served. */
  count(what: TestEndpoint | 'all'): number
  /** Forgets the requests so far. */
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
   * Makes a document's endpoints fail until told otherwise; `undefined` makes them well again. A path such as
   * `/.well-known/openid-configuration` is for that one alone, and counts before its document's fault.
   */
  fail(what: TestEndpoint | 'all' | `/${string}`, fault: TestFault | undefined): void
  /** Makes an access token: a good one unless the options say otherwise. */
  accessToken(options?: AccessTokenOptions): Promise<string>
}

/**
 * Starts an issuer in process, which opens no socket: hand its `fetch` to whoever should reach it.
 * @example
 * ```ts
 * import { createAuth } from '@acme/auth-express'
 * import { createTestIssuer } from '@acme/auth-testing'
 *
 * const issuer = await createTestIssuer({ audience: 'https://api.example.com' })
 * const { requireAuth } = createAuth({ issuer: issuer.issuer, audience: issuer.audience, fetch: issuer.fetch })
 * const token = await issuer.accessToken({ scope: 'read:messages' })
 * ```
 */
export async function createTestIssuer(options: TestIssuerOptions = {}): Promise<TestIssuer> {
  rejectUnknown('createTestIssuer', options, NAMES)
  return new LocalIssuer(await createTestKey(options.algorithm ?? 'ES256'), options)
}

/** What {@link TestIssuerOptions} has. */
export const NAMES: readonly string[] = ['issuer', 'audience', 'algorithm', 'now', 'cacheControl']

/** The issuer behind {@link createTestIssuer} and `startTestIssuer`. */
export class LocalIssuer implements TestIssuer {
  readonly issuer: string
  readonly audience: string
  readonly jwksUri: string
  readonly fetch: typeof globalThis.fetch
  readonly requests: string[] = []
  readonly #endpoints: IssuerEndpoints
  readonly #now: () => number
  readonly #headers: Record<string, string>
  readonly #faults: Map<string, TestFault> = new Map()
  #counted: (TestEndpoint | undefined)[] = []
  #signingKey: TestKey
  #entries: unknown[]

  constructor(key: TestKey, options: TestIssuerOptions) {
    this.issuer = options.issuer ?? 'https://issuer.test/'
    this.audience = options.audience ?? 'https://api.test/'
    this.#endpoints = issuerEndpoints(this.issuer)
    this.jwksUri = this.#endpoints.jwksUri
    this.fetch = localFetch(this.#endpoints.origin, (request) => this.#answer(request))
    this.#now = options.now ?? (() => Date.now() / 1000)
    this.#headers = options.cacheControl === undefined ? {} : { 'cache-control': options.cacheControl }
    this.#signingKey = key
    this.#entries = [key.publicJwk]
  }

  get signingKey(): TestKey {
    return this.#signingKey
  }

  count(what: TestEndpoint | 'all'): number {
    return what === 'all' ? this.#counted.length : this.#counted.filter((each) => each === what).length
  }

  resetCounts(): void {
    this.requests.length = 0
    this.#counted = []
  }

  addKey(key: TestKey): void {
    this.publish(key.publicJwk)
  }

  publish(entry: unknown): void {
    this.#entries.push(entry)
  }

  removeKey(kid: string): void {
    this.#entries = this.#entries.filter((entry) => !hasKid(entry, kid))
  }

  async rotateKey(options: { keepPrevious?: boolean; algorithm?: TestAlgorithm } = {}): Promise<TestKey> {
    const key = await createTestKey(options.algorithm ?? this.#signingKey.alg)
    if (options.keepPrevious === false) this.removeKey(this.#signingKey.kid)
    this.addKey(key)
    this.#signingKey = key
    return key
  }

  fail(what: TestEndpoint | 'all' | `/${string}`, fault: TestFault | undefined): void {
    if (what === 'all') this.#faults.clear()
    for (const place of what === 'all' ? ['metadata', 'keys'] : [what]) {
      if (fault === undefined) this.#faults.delete(place)
      else this.#faults.set(place, fault)
    }
  }

  accessToken(options: AccessTokenOptions = {}): Promise<string> {
    const { issuer, audience, signingKey: key } = this
    return createAccessToken({ issuer, audience, key, now: this.#now() }, options)
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url)
    const endpoint = this.#endpoints.endpointAt(pathname)
    this.requests.push(`${request.method} ${pathname}`)
    this.#counted.push(endpoint)
    if (endpoint === undefined) return new Response('Not Found', { status: 404 })
    if (request.method !== 'GET') return new Response(null, { status: 405, headers: { allow: 'GET' } })
    const good = (): Response => Response.json(this.#document(endpoint), { headers: this.#headers })
    const fault = this.#faults.get(pathname) ?? this.#faults.get(endpoint)
    return fault === undefined ? good() : faultyAnswer(fault, request, good)
  }

  #document(endpoint: TestEndpoint): unknown {
    if (endpoint === 'keys') return { keys: this.#entries }
    return {
      issuer: this.issuer,
      jwks_uri: this.jwksUri,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: [this.#signingKey.alg],
    }
  }
}

function hasKid(entry: unknown, kid: string): boolean {
  return typeof entry === 'object' && entry !== null && 'kid' in entry && entry.kid === kid
}
