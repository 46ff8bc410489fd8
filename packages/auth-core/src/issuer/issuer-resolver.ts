import { refusal } from '../outcome/errors.js'
import { tell } from '../outcome/fault.js'
import { isPending } from '../util/maybe-promise.js'
import { printable } from '../util/quote.js'
import { configurationError } from '../options/option-checks.js'
import { isSecure, parseUrl, plainUrl } from '../util/url.js'
import { withinOr } from '../util/time-limit.js'
import { mayFetch } from './insecure-hosts.js'
import type { ResolverSettings, TrustedIssuer } from './issuer-options.js'

// Characters. Clients choose `iss`, and answers are cached by it. Real issuers are far shorter.
const MAX_LENGTH = 1024

/**
 * Whether text can be an issuer identifier (RFC 8414 §2): an https URL, or http on loopback, without query and
 * fragment.
 *
 * The path must be in normal form. An application may trust all issuers below `https://idp.example/tenants/`, and
 * `https://idp.example/tenants/../mine/` has that prefix, but its metadata would be fetched from elsewhere.
 */
export function isIssuerName(text: string): boolean {
  if (text.length > MAX_LENGTH || /[?#]/.test(text)) return false
  const url = plainUrl(text)
  if (url === undefined || !isSecure(url)) return false
  const path = text.indexOf('/', text.indexOf('//') + 2)
  return url.pathname === (path === -1 ? '/' : text.slice(path))
}

const LATE = Symbol('late')

// Seconds: Retry-After when the function failed.
const RETRY_AFTER = 1

/**
 * Looks an issuer up with the function of the application. A failure of the function is an outage (503): whether the
 * token is valid is unknown, so it is neither refused with 401 nor accepted.
 *
 * @param timeout - seconds
 * @returns undefined when the function does not know the issuer
 * @throws {AuthError} `issuer_unavailable`, `issuer_timeout`
 * @throws {TypeError} for an invalid answer, which is a bug of the application
 */
export async function lookUpIssuer(
  { ask, read }: ResolverSettings,
  issuer: string,
  timeout: number,
): Promise<TrustedIssuer | undefined> {
  const answer = await answerOf(ask, issuer, timeout)
  if (answer === LATE) {
    throw refusal('issuer_timeout', `issuers() gave no answer within ${timeout} s`, { retryAfter: RETRY_AFTER })
  }
  // Many database clients return null for a missing row.
  if (answer === undefined || answer === null) return undefined
  const trusted = read(answer)
  // Otherwise the keys of one issuer would verify tokens of another.
  if (trusted.issuer !== issuer) throw configurationError('issuers()', trusted.issuer, 'the issuer that was asked for')
  requireFetchable('issuers().', trusted)
  return trusted
}

/**
 * The answer of a function may contain what a tenant has entered, which must not direct this process to its own loopback
 * (SSRF, CWE-918).
 *
 * @throws {TypeError}
 */
export function requireFetchable(path: string, trusted: TrustedIssuer): void {
  const keysUrl = trusted.jwksUri === undefined ? undefined : parseUrl(trusted.jwksUri)
  if (keysUrl !== undefined && !mayFetch(keysUrl, trusted)) {
    throw configurationError(`${path}jwksUri`, trusted.jwksUri, 'https, unless the issuer is on a loopback host too')
  }
}

async function answerOf(ask: ResolverSettings['ask'], issuer: string, timeout: number): Promise<unknown> {
  try {
    const answer: unknown = ask(issuer)
    return isPending(answer) ? await withinOr(answer, timeout, LATE) : answer
  } catch (cause) {
    throw refusal('issuer_unavailable', `issuers() failed: ${printable(tell(cause), 200)}`, {
      cause,
      retryAfter: RETRY_AFTER,
    })
  }
}
