import { createProof, createTestIssuer, createTestKey } from '@acme/auth-testing'
import type { ProofOptions, TestIssuer, TestIssuerOptions, TestKey } from '@acme/auth-testing'
import type { VerifiedAccessToken } from '../src/access-token/verified-access-token.js'
import type { AuthContext } from '../src/outcome/auth-context.js'
import type { AuthError } from '../src/outcome/errors.js'
import { isAuthError } from '../src/outcome/errors.js'
import type { AuthEvent, DecisionEvent, KeysEvent, WarningEvent } from '../src/outcome/events.js'
import type { AuthOptions } from '../src/options/auth-options.js'
import type { ResourceRequest } from '../src/request/resource-request.js'
import { createResourceServer } from '../src/resource-server.js'
import type { Accepted, Refused, ResourceServer } from '../src/resource-server-types.js'

/** When the tests take place, in seconds since the epoch. */
export const NOW = 1_760_000_000
export const AUDIENCE = 'https://api.test/'

/** A clock that only a test moves. */
export interface Clock {
  readonly now: () => number
  advance(seconds: number): void
}

export function createClock(start: number = NOW): Clock {
  let time = start
  return {
    now: () => time,
    advance(seconds) {
      time += seconds
    },
  }
}

export interface RequestParts {
  readonly method?: string
  readonly target?: string
  readonly scheme?: string
  readonly peer?: string
  /** How many proxies are trusted, of however many there are. */
  readonly hops?: number
  readonly host?: string | readonly string[]
  readonly authorization?: string | readonly string[]
  readonly dpop?: string | readonly string[]
  /** Further headers, names and values in turn. */
  readonly headers?: readonly string[]
}

function lines(name: string, value: string | readonly string[] | undefined): string[] {
  const values = typeof value === 'string' ? [value] : (value ?? [])
  return values.flatMap((one) => [name, one])
}

/** A request as an adapter hands it over; `GET https://api.test/items` without any credentials by default. */
export function request(parts: RequestParts = {}): ResourceRequest {
  const { hops = 0 } = parts
  return {
    method: parts.method ?? 'GET',
    target: parts.target ?? '/items',
    rawHeaders: [
      ...lines('Host', parts.host ?? 'api.test'),
      ...lines('Authorization', parts.authorization),
      ...lines('DPoP', parts.dpop),
      ...(parts.headers ?? []),
    ],
    scheme: parts.scheme ?? 'https',
    peer: parts.peer ?? '192.0.2.1',
    trustedHops: (chain) => Math.min(hops, chain.length),
    identity: {},
  }
}

/** An issuer, a client's key and a resource server that share a clock. */
export interface World {
  readonly clock: Clock
  readonly issuer: TestIssuer
  /** The client's DPoP key. */
  readonly key: TestKey
  /** Decisions. */
  readonly events: DecisionEvent[]
  readonly keysEvents: KeysEvent[]
  readonly warnings: WarningEvent[]
  readonly server: ResourceServer
  /** Another resource server in the same world. */
  serve(options?: Partial<AuthOptions>): ResourceServer
  /** A proof of the client's key for `GET https://api.test/items`, unless the options say otherwise. */
  proof(accessToken: string, options?: Partial<ProofOptions>): Promise<string>
  /** A good DPoP request with a bound token and a proof. */
  dpopRequest(options?: Partial<ProofOptions>, parts?: RequestParts): Promise<ResourceRequest>
}

/** ES256 keys, since they are made in no time. */
export async function createWorld(
  options: Partial<AuthOptions> = {},
  issuerOptions: TestIssuerOptions = {},
): Promise<World> {
  const clock = createClock()
  const issuer = await createTestIssuer({ algorithm: 'ES256', audience: AUDIENCE, now: clock.now, ...issuerOptions })
  const key = await createTestKey('ES256')
  const events: DecisionEvent[] = []
  const keysEvents: KeysEvent[] = []
  const warnings: WarningEvent[] = []
  const onEvent = (event: AuthEvent): void => {
    if (event.type === 'decision') events.push(event)
    else if (event.type === 'keys') keysEvents.push(event)
    else if (event.type === 'warning') warnings.push(event)
  }
  const serve = (more: Partial<AuthOptions> = {}): ResourceServer => {
    const own = more.issuers === undefined ? { issuer: issuer.issuer } : {}
    const base = { ...own, audience: AUDIENCE, fetch: issuer.fetch, onEvent }
    return createResourceServer({ ...base, ...more }, { now: clock.now })
  }
  const proof = (accessToken: string, more: Partial<ProofOptions> = {}): Promise<string> =>
    createProof({ key, url: 'https://api.test/items', accessToken, now: clock.now(), ...more })
  return {
    clock,
    issuer,
    key,
    events,
    keysEvents,
    warnings,
    server: serve(options),
    serve,
    proof,
    async dpopRequest(more = {}, parts = {}) {
      const token = await issuer.accessToken({ jkt: key.thumbprint })
      return request({ authorization: `DPoP ${token}`, dpop: await proof(token, more), ...parts })
    },
  }
}

/** What the world's server makes of a token with these claims, and `iss`, `aud` and `exp` where they are not given. */
export async function verifiedToken(
  { issuer, server }: World,
  claims: Readonly<Record<string, unknown>>,
): Promise<VerifiedAccessToken> {
  const { issuer: iss } = issuer
  const rawPayload = JSON.stringify({ iss, aud: AUDIENCE, exp: NOW + 60, ...claims })
  return server.verifyAccessToken(await issuer.accessToken({ rawPayload }))
}

/** A GET request with a token of the world's issuer. */
export function bearer(token: string, parts: RequestParts = {}): ResourceRequest {
  return request({ authorization: `Bearer ${token}`, ...parts })
}

/** The refusal, failing the test when there is none. */
export function refused(outcome: Accepted | Refused): Refused {
  if (outcome.ok) throw new Error('the request was accepted')
  return outcome
}

/** The auth context, failing the test when there is none. */
export function accepted(outcome: Accepted | Refused): AuthContext {
  if (!outcome.ok) throw new Error(`refused: ${outcome.error.reason} ${outcome.error.detail}`)
  if (outcome.auth === null) throw new Error('let through without credentials')
  return outcome.auth
}

/** The headers that every refusal has. */
export function commonHeaders(body: string): Record<string, string> {
  const { correlation_id: id } = JSON.parse(body) as { readonly correlation_id?: string } // of a refusal
  return {
    'content-type': 'application/json; charset=utf-8',
    'content-length': String(Buffer.byteLength(body)),
    'cache-control': 'no-store',
    ...(id !== undefined && { 'x-request-id': id }),
  }
}

/** An outcome in one line, for tables: `accepted`, `anonymous`, or such as `401 token_invalid`. */
export function verdict(outcome: Accepted | Refused): string {
  if (outcome.ok) return outcome.auth === null ? 'anonymous' : 'accepted'
  return `${outcome.status} ${outcome.error.reason}`
}

/** The AuthError that a call throws or rejects with; anything else fails the test. */
export async function errorOf(call: () => unknown): Promise<AuthError> {
  try {
    await call()
  } catch (error) {
    if (isAuthError(error)) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

/** Any other error that a call throws or rejects with. */
export async function faultOf(call: () => unknown): Promise<Error> {
  try {
    await call()
  } catch (error) {
    if (error instanceof Error && !isAuthError(error)) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

/** A compact JWS of three given texts, each encoded; nothing is signed. */
export function jwsText(header: string | Uint8Array, payload: string | Uint8Array, signature = 'c2ln'): string {
  const encode = (part: string | Uint8Array): string => Buffer.from(part).toString('base64url')
  return `${encode(header)}.${encode(payload)}.${signature}`
}
