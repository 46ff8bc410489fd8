import { createAccessToken, type AccessTokenOptions } from './access-token.js'
import type { TestAlgorithm } from './algorithms.js'
import { answerOf, methodsOf } from './answers.js'
import { createAuthorizationServer, type AuthorizationServer } from './authorization-server.js'
import { isPreflight, preflight, readable } from './cors.js'
import type { TestNonceMode } from './dpop-nonces.js'
import { issuerEndpoints, type IssuerEndpoints, type TestEndpoint } from './endpoints.js'
import { FaultPlan } from './fault-plan.js'
import { faultyAnswer, type TestFault } from './faults.js'
import { NAMES, type TestIssuerOptions } from './issuer-options.js'
import { createTestKey, type TestKey } from './keys.js'
import { localFetch } from './local-fetch.js'
import type { TestLogin } from './logins.js'
import { createSecurityEvent, type SecurityEventOptions } from './signals/security-event.js'
import { pushEvent, type AnsweredEvent } from './signals/signal-stream.js'
import { publishStatusList, type TestStatusList, type TestStatusListOptions } from './signals/status-list.js'
import type { TestIssuer } from './test-issuer.js'
import type { TrustedIssuer } from './trusted-issuer.js'
import { rejectUnknown } from './unknown-options.js'

const MAX_TOKEN_REQUESTS = 1000

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

/** The issuer behind {@link createTestIssuer} and `startTestIssuer`. */
export class LocalIssuer implements TestIssuer {
  readonly issuer: string
  readonly audience: string
  readonly jwksUri: string
  readonly fetch: typeof globalThis.fetch
  readonly requests: string[] = []
  readonly tokenRequests: Readonly<Record<string, string>>[] = []
  readonly #endpoints: IssuerEndpoints
  readonly #headers: Record<string, string>
  readonly #faults: FaultPlan = new FaultPlan()
  readonly #trusted: TrustedIssuer[] = []
  readonly #server: AuthorizationServer
  #counted: (TestEndpoint | undefined)[] = []
  #signingKey: TestKey
  #entries: unknown[]

  constructor(key: TestKey, options: TestIssuerOptions) {
    this.issuer = options.issuer ?? 'https://issuer.test/'
    this.audience = options.audience ?? 'https://api.test/'
    this.#endpoints = issuerEndpoints(this.issuer)
    this.jwksUri = this.#endpoints.jwksUri
    this.fetch = localFetch(this.#endpoints.origin, (request) => this.#answerPage(request))
    this.#headers = options.cacheControl === undefined ? {} : { 'cache-control': options.cacheControl }
    this.#signingKey = key
    this.#entries = [key.publicJwk]
    this.#server = createAuthorizationServer(options, {
      issuer: this.issuer,
      audience: this.audience,
      trusted: this.#trusted,
      urlOf: (endpoint) => this.#endpoints.urlOf(endpoint),
      signingKey: () => this.#signingKey,
      publishedKeys: () => this.#entries,
    })
  }

  get signingKey(): TestKey {
    return this.#signingKey
  }

  get refreshTokenReuses(): number {
    return this.#server.store.reuses
  }

  urlOf(what: TestEndpoint): string {
    return this.#endpoints.urlOf(what)
  }

  count(what: TestEndpoint | 'all'): number {
    return what === 'all' ? this.#counted.length : this.#counted.filter((each) => each === what).length
  }

  resetCounts(): void {
    this.requests.length = 0
    this.tokenRequests.length = 0
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

  fail(
    what: TestEndpoint | 'all' | `/${string}`,
    fault: TestFault | undefined,
    options: { times?: number } = {},
  ): void {
    this.#faults.plan(what, fault, options.times ?? Infinity)
  }

  login(login: TestLogin): void {
    this.#server.logins.login(login)
  }

  refuseLogin(error: string, description?: string): void {
    this.#server.logins.refuse(error, description)
  }

  async authorize(url: string | URL): Promise<URL> {
    const response = await this.fetch(url, { redirect: 'manual' })
    const location = response.headers.get('location')
    if (location !== null) return new URL(location)
    throw new Error(`the authorization request was answered with ${response.status}: ${await response.text()}`)
  }

  demandNonces(mode: TestNonceMode): void {
    this.#server.nonces.demand(mode)
  }

  trust(issuer: TrustedIssuer): void {
    this.#trusted.push(issuer)
  }

  accessToken(options: AccessTokenOptions = {}): Promise<string> {
    const { issuer, audience, signingKey: key } = this
    return createAccessToken({ issuer, audience, key, now: this.#server.now() }, options)
  }

  securityEvent(options: SecurityEventOptions = {}): Promise<string> {
    const { issuer, audience, signingKey: key } = this
    return createSecurityEvent({ issuer, audience, key, now: this.#server.now() }, options)
  }

  pushEvent(to: string | URL, event: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    return pushEvent(to, event, headers)
  }

  queueEvent(event: string): void {
    this.#server.signals.queue(event)
  }

  get answeredEvents(): readonly AnsweredEvent[] {
    return this.#server.signals.answered
  }

  deliverTo(url: string | URL | undefined, headers: Readonly<Record<string, string>> = {}): void {
    this.#server.signals.receiver = url === undefined ? undefined : { url, headers }
  }

  statusList(statuses: readonly number[], options: TestStatusListOptions = {}): TestStatusList {
    return publishStatusList(this.#server, statuses, options)
  }

  async #answerPage(request: Request): Promise<Response> {
    if (isPreflight(request)) return preflight()
    const answer = readable(request, await this.#answer(request))
    // RFC 9110 §6.6.1, by the clock that its tokens are made by: clients learn it from there.
    if (!answer.headers.has('date')) answer.headers.set('date', new Date(this.#server.now() * 1000).toUTCString())
    return answer
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url)
    const endpoint = this.#endpoints.endpointAt(pathname)
    this.requests.push(`${request.method} ${pathname}`)
    this.#counted.push(endpoint)
    if (endpoint === undefined) return new Response('Not Found', { status: 404 })
    const methods = methodsOf(endpoint)
    if (!methods.includes(request.method)) {
      return new Response(null, { status: 405, headers: { allow: methods.join(', ') } })
    }
    const good = (): Promise<Response> => this.#goodAnswer(endpoint, request)
    const fault = this.#faults.next(pathname, endpoint)
    return fault === undefined ? good() : faultyAnswer(fault, request, good)
  }

  async #goodAnswer(endpoint: TestEndpoint, request: Request): Promise<Response> {
    const answer = await answerOf(this.#server, endpoint, request, (parameters) => {
      this.tokenRequests.push(parameters)
      if (this.tokenRequests.length > MAX_TOKEN_REQUESTS) this.tokenRequests.shift()
    })
    if (endpoint !== 'metadata' && endpoint !== 'keys') return answer
    for (const [name, value] of Object.entries(this.#headers)) answer.headers.set(name, value)
    return answer
  }
}

function hasKid(entry: unknown, kid: string): boolean {
  return typeof entry === 'object' && entry !== null && 'kid' in entry && entry.kid === kid
}
