import { AuthError } from '@acme/auth-core'
import type { OpaqueTokenContext, OpaqueTokenVerifier } from '@acme/auth-core'

import { createAnswers } from './answers.js'
import { createCircuit } from './circuit.js'
import type { Ticket } from './circuit.js'
import { clientAuthentication } from './client-authentication.js'
import { within } from './deadline.js'
import { createEndpoint } from './endpoint.js'
import { EndpointError } from './endpoint-error.js'
import { createFlights } from './flights.js'
import { resolveOptions, wrong } from './options.js'
import type { IntrospectionOptions } from './options.js'

// Questions at once.
const MOST_UNDERWAY = 64
// Answers of 8 KiB on average.
const ACTIVE = { entries: 1000, bytes: 8 * 1024 * 1024 }
// In a store of their own: tokens that somebody made up push out each other only.
const INACTIVE = { entries: 1000, bytes: 1024 * 1024 }
// Seconds.
const INACTIVE_LIFETIME = 5
const NOT_ACTIVE = JSON.stringify({ active: false })

/**
 * Verifies opaque access tokens by asking their issuer (RFC 7662): for `opaqueTokens` of a resource server. The issuer's answer
 * is then checked as the claims of a JWT are.
 *
 * @throws {TypeError} that names the option and what is wanted, and shows nothing of what was given
 * @example
 * ```ts
 * import { createResourceServer } from '@acme/auth-core'
 * import { introspection } from '@acme/auth-introspection'
 *
 * const resourceServer = createResourceServer({
 *   issuer: 'https://tenant.example.com/',
 *   audience: 'https://api.example.com',
 *   opaqueTokens: introspection({ clientId: 'orders-api', clientSecret: process.env['CLIENT_SECRET'] ?? 'secret' }),
 * })
 * const mayRead = resourceServer.requirements('read:messages')
 * ```
 */
export function introspection(options: IntrospectionOptions): OpaqueTokenVerifier {
  const settings = resolveOptions(options)
  const { timeout, cache, issuer, tokens, missingAudience } = settings
  const endpoint = createEndpoint(settings, clientAuthentication(options))
  const active = createAnswers({ ...ACTIVE, lifetime: cache })
  const inactive = createAnswers({ ...INACTIVE, lifetime: INACTIVE_LIFETIME })
  const flights = createFlights<string>(MOST_UNDERWAY, timeout + 1)
  const circuit = createCircuit(timeout + 1)
  let boundTo = issuer

  /** Credentials belong to one issuer: they are not sent to another (RFC 6749 §10.1). */
  function requireSameIssuer(asked: string): void {
    boundTo ??= asked
    if (boundTo !== asked) throw wrong('issuer', `one introspection() for each issuer; this one is for ${boundTo}`)
  }

  /** @throws {EndpointError} that is shared by all who wait for this question */
  async function ask(token: string, key: string, context: OpaqueTokenContext): Promise<string> {
    const { issuer: asked, fetch, now } = context
    const ticket = circuit.enter(now())
    if ('error' in ticket) throw ticket.error
    try {
      const text = await within(timeout, (signal) => endpoint.ask(token, { issuer: asked, fetch, signal }))
      remember(key, text, now())
      if (circuit.succeeded()) tell(context, 'recovered', undefined, undefined)
      return text
    } catch (error) {
      if (error instanceof EndpointError) failed(error, ticket, context)
      throw error
    }
  }

  function failed(error: EndpointError, ticket: Ticket, context: OpaqueTokenContext): void {
    const now = context.now()
    // The endpoint works, but not for this token: whoever sends such tokens must not stop those of others.
    const isOfToken = error.kind === 'rejected'
    if (!isOfToken) endpoint.forget()
    else if (circuit.succeeded()) tell(context, 'recovered', undefined, undefined)
    const isNews = isOfToken || circuit.failed(ticket, error, now)
    const transition = error.kind === 'misconfigured' ? 'misconfigured' : 'failed'
    if (isNews) tell(context, transition, error.message, circuit.retryAfter(now))
  }

  function remember(key: string, text: string, now: number): void {
    const { active: isActive, exp } = membersOf(text)
    if (isActive !== true) return inactive.set(key, NOT_ACTIVE, now + Math.min(cache, INACTIVE_LIFETIME))
    active.set(key, text, Math.min(now + cache, typeof exp === 'number' ? exp : now))
  }

  async function introspect(token: string, context: OpaqueTokenContext): Promise<unknown> {
    requireSameIssuer(context.issuer)
    const key = await keyOf(token, context)
    const now = context.now()
    const known = active.get(key, now) ?? inactive.get(key, now)
    if (known !== undefined) return membersOf(known)
    try {
      return membersOf(await (flights.join(key, () => ask(token, key, context)) ?? tooMany()))
    } catch (error) {
      // A refusal of its own for each request: it is made out to it.
      throw error instanceof EndpointError ? unavailable(error, context, circuit.retryAfter(context.now())) : error
    }
  }

  // A little longer than what an exchange may take, whose own limit says more.
  return Object.freeze({
    issuer,
    tokens,
    missingAudience,
    timeout: timeout + 1,
    introspect,
    state: () => circuit.state(),
  })
}

function tooMany(): never {
  throw new EndpointError('failed', `${MOST_UNDERWAY} questions under way`)
}

function membersOf(text: string): Readonly<Record<string, unknown>> {
  return JSON.parse(text) as Readonly<Record<string, unknown>> // an object: `processIntrospectionResponse` has checked
}

/** The digest of a token, and of for what it was asked about: an answer is never used for another audience or issuer. */
async function keyOf(token: string, { issuer, audience }: OpaqueTokenContext): Promise<string> {
  const text = new TextEncoder().encode(JSON.stringify([issuer, audience, token]))
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', text))
  return btoa(String.fromCharCode(...digest))
}

function tell(
  { report, issuer }: OpaqueTokenContext,
  transition: 'failed' | 'misconfigured' | 'recovered',
  detail: string | undefined,
  retryAfter: number | undefined,
): void {
  report({ type: 'introspection', issuer, transition, detail, retryAfter })
}

/** Our outage, or our mistake: whether the token is good is unknown, so it is neither accepted nor refused with 401. */
function unavailable({ kind, message }: EndpointError, { issuer }: OpaqueTokenContext, retryAfter: number): AuthError {
  const detail = `introspection at ${issuer}: ${message}`
  return new AuthError(kind === 'late' ? 'issuer_timeout' : 'issuer_unavailable', { detail, retryAfter })
}
