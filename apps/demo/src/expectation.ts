import type { Answer } from './http.js'

export type Scheme = 'Bearer' | 'DPoP'

/** What a row expects of every framework. */
export interface Expectation {
  readonly status: number
  /** `error` in the body. */
  readonly error?: string
  /** `WWW-Authenticate`: absent, without an error, or with the error on the challenge of this scheme. */
  readonly challenge: 'absent' | 'bare' | Scheme
  /** `scope` on that challenge. */
  readonly scope?: string
  /** Members of the body, besides any others; of a connection, what it told. */
  readonly body?: Readonly<Record<string, string | number | null>>
}

export function accepted(body: Readonly<Record<string, string | null>> = {}): Expectation {
  return { status: 200, challenge: 'absent', body }
}

export function refused(status: number, error: string, challenge: Scheme, scope?: string): Expectation {
  return { status, error, challenge, ...(scope !== undefined && { scope }) }
}

/** RFC 6750 §3.1: without credentials there is no error on the challenge. */
export const UNAUTHENTICATED: Expectation = { status: 401, error: 'invalid_request', challenge: 'bare' }

/** RFC 6585 §4: no matter of credentials, so no challenge. */
export const TOO_MANY_REQUESTS: Expectation = { status: 429, error: 'too_many_requests', challenge: 'absent' }

/** An outage: whether the token is good is unknown, so that no challenge asks for another one. */
export const UNAVAILABLE: Expectation = { status: 503, error: 'temporarily_unavailable', challenge: 'absent' }

/** RFC 9110 §15.5.6: for the caller the route is fine, and the method is not. */
export const METHOD_NOT_ALLOWED: Expectation = { status: 405, error: 'method_not_allowed', challenge: 'absent' }

/** RFC 9449 §9: the client shall come again with the nonce that it is handed. */
export const NONCE_WANTED: Expectation = refused(401, 'use_dpop_nonce', 'DPoP')

// RFC 9449 §8.1.
const NONCE = /^[\x21\x23-\x5B\x5D-\x7E]+$/

/** In which points an answer differs from what is expected; none when it is as expected. */
export function differences(expected: Expectation, answer: Answer): string[] {
  const { status, error, body = {} } = expected
  return [
    ...differs('status', status, answer.status),
    ...differs('error', error, answer.body['error']),
    ...Object.entries(body).flatMap(([name, value]) => differs(name, value, answer.body[name])),
    ...challengeDifferences(expected, answer.wwwAuthenticate),
    ...(status < 400 ? [] : differs('cache-control', 'no-store', answer.cacheControl)),
    ...differs('a nonce', error === 'use_dpop_nonce', answer.dpopNonce !== undefined && NONCE.test(answer.dpopNonce)),
  ]
}

function challengeDifferences({ challenge, error, scope }: Expectation, value: string | undefined): string[] {
  if (challenge === 'absent') return differs('www-authenticate', undefined, value)
  const [first, ...others] = parseChallenges(value ?? '')
  // Both schemes are accepted here, so both are named; the one that was tried comes first.
  const scheme = challenge === 'bare' ? 'Bearer' : challenge
  return [
    ...differs('first challenge', scheme, first?.scheme),
    ...differs('other challenges', scheme === 'Bearer' ? 'DPoP' : 'Bearer', others.map((one) => one.scheme).join(' ')),
    ...differs('error on the challenge', challenge === 'bare' ? undefined : error, first?.parameters.get('error')),
    ...differs('scope on the challenge', scope, first?.parameters.get('scope')),
    ...others.flatMap((one) => differs(`error on ${one.scheme}`, undefined, one.parameters.get('error'))),
  ]
}

interface Challenge {
  readonly scheme: string
  readonly parameters: ReadonlyMap<string, string>
}

/** Reads RFC 9110 §11.6.1 as these servers write it: every parameter is a quoted string without escapes. */
export function parseChallenges(value: string): Challenge[] {
  return [...value.matchAll(/(?:^|, )([A-Za-z]+)((?:,? [a-z_]+="[^"]*")*)(?=, [A-Za-z]+ |$)/g)].map(
    ([, scheme = '', parameters = '']) => ({ scheme, parameters: parseParameters(parameters) }),
  )
}

function parseParameters(text: string): ReadonlyMap<string, string> {
  return new Map([...text.matchAll(/([a-z_]+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]))
}

function differs(what: string, expected: unknown, seen: unknown): string[] {
  return expected === seen ? [] : [`${what}: expected ${shown(expected)}, seen ${shown(seen)}`]
}

function shown(value: unknown): string {
  return value === undefined ? 'none' : JSON.stringify(value)
}
