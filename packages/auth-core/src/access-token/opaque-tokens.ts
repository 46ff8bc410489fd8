import { checkMembers, freezeJson, MalformedJwsError, parseCompactJws } from '../crypto/compact-jws.js'
import type { JsonObject } from '../crypto/compact-jws.js'
import type { TrustedIssuer } from '../issuer/issuer-options.js'
import type { TrustedIssuers } from '../issuer/trusted-issuers-types.js'
import { configurationError } from '../options/option-checks.js'
import { anew, isAuthError, refusal } from '../outcome/errors.js'
import type { AuthError } from '../outcome/errors.js'
import type { IntrospectionEvent } from '../outcome/events.js'
import { tell } from '../outcome/fault.js'
import { isMalformedToken, MAX_TOKEN_LENGTH } from '../request/credentials.js'
import { isPlainObject } from '../util/json.js'
import { isPending } from '../util/maybe-promise.js'
import { printable, stated } from '../util/quote.js'
import { withinOr } from '../util/time-limit.js'
import type { AccessTokenPolicy } from './access-token.js'
import { verifyClaims } from './claims.js'
import { isObject } from './explain-form.js'
import { introspectedClaims } from './introspected-claims.js'
import { verifiedAccessToken } from './verified-access-token.js'
import type { VerifiedAccessToken } from './verified-access-token.js'

/** What a verifier of opaque tokens is told beside the token. */
export interface OpaqueTokenContext {
  /** The trusted issuer whose token it must be. */
  readonly issuer: string
  /** The identifiers of this API at that issuer. What is remembered of a token must not be used for others. */
  readonly audience: readonly string[]
  /** The `fetch` of the resource server, for all outbound calls. */
  readonly fetch: typeof globalThis.fetch
  /** Seconds since the epoch, by the clock of the resource server. */
  readonly now: () => number
  /** Tells `onEvent`. */
  readonly report: (event: IntrospectionEvent) => void
}

/** Verifies access tokens by asking their issuer, as introspection does (RFC 7662). */
export interface OpaqueTokenVerifier {
  /** Whose tokens these are: one of the resource server's issuers. @defaultValue the only one */
  readonly issuer?: string | undefined
  /** Whether JWTs of the issuer are verified in this way too, and their signatures not looked at. @defaultValue 'opaque' */
  readonly tokens?: 'opaque' | 'all' | undefined
  /**
   * `accept`: the issuer answers about tokens for this API only, so that an answer without `aud` is good. It must have
   * `token_type` then: some endpoints answer about refresh tokens too, and leave both out.
   * @defaultValue 'refuse'
   */
  readonly missingAudience?: 'refuse' | 'accept' | undefined
  /** Seconds after which a request is not made to wait any longer: it gets 503. @defaultValue 10 */
  readonly timeout?: number | undefined
  /**
   * Answers what the issuer says of the token: the members of RFC 7662 §2.2, `active` included. All of them are checked by the
   * resource server. An {@link AuthError} that it throws is the answer to the request; anything else is an outage (503).
   */
  readonly introspect: (token: string, context: OpaqueTokenContext) => PromiseLike<unknown>
  /** Whether the issuer answers, as far as that is known: for `resourceServer.ready()`, which shows it. */
  readonly state?: (() => 'up' | 'down') | undefined
}

/** The tokens that are verified by asking their issuer. */
export interface OpaqueTokens {
  readonly takes: (token: string) => boolean
  /** @throws {AuthError} `token_invalid`, `token_expired`, `issuer_unavailable`, `issuer_timeout` */
  readonly verify: (token: string) => Promise<VerifiedAccessToken>
  readonly state?: () => 'up' | 'down'
  readonly answers: OpaqueTokenStatistics
}

/** What the verifier of opaque tokens answered, remembered answers included, since the resource server was made. */
export interface OpaqueTokenStatistics {
  readonly active: number
  readonly inactive: number
  /** No answer, or none that can be used. */
  readonly failed: number
}

type Policy = Omit<AccessTokenPolicy, 'opaque'> & Pick<OpaqueTokenContext, 'fetch' | 'report'>

const LATE = Symbol('late')
// Seconds: Retry-After when the verifier failed.
const RETRY_AFTER = 1

/** @throws {TypeError} for what is no {@link OpaqueTokenVerifier}, or one of an issuer that is not trusted */
export function createOpaqueTokens(given: unknown, policy: Policy): OpaqueTokens | undefined {
  if (given === undefined) return undefined
  const { verifier, issuer, timeout } = readVerifier(given, policy.issuers)
  const answers = { active: 0, inactive: 0, failed: 0 }

  async function ask(token: string, { audience }: TrustedIssuer): Promise<JsonObject> {
    const { fetch, now, report } = policy
    let answer: unknown
    try {
      answer = await withinOr(verifier.introspect(token, { issuer, audience, fetch, now, report }), timeout, LATE)
    } catch (error) {
      // A verifier may answer many requests by one question.
      if (isAuthError(error)) throw anew(error)
      // The cause is not handed on: it may hold the token.
      throw unavailable(`failed: ${printable(tell(error).replaceAll(token, '…'), 200)}`)
    }
    if (answer !== LATE) return requireAnswer(answer)
    throw refusal('issuer_timeout', `opaqueTokens: no answer within ${timeout} s`, { retryAfter: RETRY_AFTER })
  }

  async function verify(token: string): Promise<VerifiedAccessToken> {
    const selected = await policy.issuers.select(issuer)
    if (selected === undefined) throw refusal('token_invalid', 'the issuer of opaqueTokens is not trusted')
    const { trusted } = selected
    const { active, ...answer } = await ask(token, trusted).catch((error: unknown) => {
      answers.failed += 1
      throw error
    })
    answers[KINDS.get(active) ?? 'failed'] += 1
    // Decided on the value: "true" and 1 are no answer (RFC 7662 §2.2).
    if (active === false) throw refusal('token_invalid', 'introspection: the token is not active')
    if (active !== true) throw unavailable(`${stated('active', active)}, want true or false`)
    const claims = introspectedClaims(answer, trusted, verifier.missingAudience === 'accept')
    verifyClaims(claims.checked, { ...policy, issuer: trusted, now: policy.now() })
    const verified = verifiedAccessToken(NO_HEADER, freezeJson(claims.handedOut), trusted.shape)
    if (policy.checkClaims !== undefined) await policy.checkClaims(verified.claims)
    return verified
  }

  const ofAllKinds = verifier.tokens === 'all'
  return {
    verify,
    answers,
    takes: (token) => isTaken(token, ofAllKinds ? issuer : undefined),
    ...(verifier.state !== undefined && { state: () => (verifier.state?.() === 'down' ? 'down' : 'up') }),
  }
}

const NO_HEADER: JsonObject = Object.freeze({})
const KINDS = new Map<unknown, 'active' | 'inactive'>([
  [true, 'active'],
  [false, 'inactive'],
])

/**
 * Whether a token is no JWS (RFC 7515 §7.1), or one that names an issuer all of whose tokens are asked about. What is
 * malformed by the syntax of the header is nobody's token: it is refused without asking.
 */
function isTaken(token: string, issuer: string | undefined): boolean {
  if (token.length > MAX_TOKEN_LENGTH || isMalformedToken(token)) return false
  const segments = token.split('.', 4)
  if (segments.length !== 3 || !isObject(segments[0])) return true
  return issuer !== undefined && namedIssuer(token) === issuer
}

/** `iss`, unverified: it only selects. What is malformed goes the usual way, which refuses it. */
function namedIssuer(token: string): unknown {
  try {
    return parseCompactJws(token).payload['iss']
  } catch (error) {
    if (error instanceof MalformedJwsError) return undefined
    throw error
  }
}

/** JSON from outside: no deeper, and with no other names, than claims of a JWT may be. */
function requireAnswer(answer: unknown): JsonObject {
  if (!isPlainObject(answer)) throw unavailable('the answer is no object')
  try {
    checkMembers(answer, 'the answer')
  } catch (error) {
    if (error instanceof MalformedJwsError) throw unavailable(error.message)
    throw error
  }
  return answer
}

function unavailable(detail: string): AuthError {
  return refusal('issuer_unavailable', `opaqueTokens: ${detail}`, { retryAfter: RETRY_AFTER })
}

interface ReadVerifier {
  readonly verifier: OpaqueTokenVerifier
  readonly issuer: string
  readonly timeout: number
}

function readVerifier(given: unknown, issuers: TrustedIssuers): ReadVerifier {
  // Nothing of it is shown: it may hold a secret.
  if (typeof given !== 'object' || given === null || isPending(given)) throw wrong('', 'another value')
  const verifier = given as OpaqueTokenVerifier // checked below, member by member
  const { introspect, tokens = 'opaque', missingAudience = 'refuse', timeout = 10 } = verifier
  if (typeof introspect !== 'function') throw wrong('', 'an object without introspect()')
  if (tokens !== 'opaque' && tokens !== 'all')
    throw configurationError('opaqueTokens.tokens', tokens, "'opaque', 'all'")
  if (missingAudience !== 'refuse' && missingAudience !== 'accept') {
    throw configurationError('opaqueTokens.missingAudience', missingAudience, "'refuse' or 'accept'")
  }
  if (typeof timeout !== 'number' || !(timeout > 0)) {
    throw configurationError('opaqueTokens.timeout', timeout, 'seconds, more than 0')
  }
  return { verifier, timeout, issuer: issuerOf(verifier, issuers) }
}

function issuerOf({ issuer }: OpaqueTokenVerifier, issuers: TrustedIssuers): string {
  const listed = issuers.configured().map(({ trusted }) => trusted)
  const [first, second] = listed
  const name = issuer ?? (second === undefined ? first?.issuer : undefined)
  const found = listed.find((one) => one.issuer === name)
  // Those that a function looks up are not known yet.
  if (name === undefined || typeof name !== 'string' || (first !== undefined && found === undefined)) {
    throw configurationError('opaqueTokens.issuer', issuer, 'one of the issuers of this resource server')
  }
  if (found?.tenants !== undefined) throw configurationError('opaqueTokens.issuer', name, 'one issuer, not a template')
  return name
}

function wrong(path: string, given: string): TypeError {
  return new TypeError(`opaqueTokens${path}: got ${given}, want an OpaqueTokenVerifier, such as introspection({ … })`)
}
