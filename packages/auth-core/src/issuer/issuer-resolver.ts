import { refusal } from '../outcome/errors.js'
import { tell } from '../outcome/fault.js'
import { isPending } from '../util/maybe-promise.js'
import { printable } from '../util/quote.js'
import { configurationError } from '../options/option-checks.js'
import { isSecure, parseUrl, plainUrl } from '../util/url.js'
import { withinOr } from '../util/time-limit.js'
import { mayFetch } from './insecure-hosts.js'
import type { ResolverSettings, TrustedIssuer } from './issuer-options.js'

// Any real one is far shorter; it is a key of what is remembered, and the client's choice.
const MAX_LENGTH = 1024

/**
 * Whether text can be an issuer (RFC 8414 §2): an https URL, or http on loopback, without query and fragment. A function
 * that knows its issuers by a pattern must not be asked for anything else: `https://idp.example/tenants/../mine/` begins
 * as it should, and its metadata would be fetched from somewhere else. So the path must be the one that is written.
 */
export function isIssuerName(text: string): boolean {
  if (text.length > MAX_LENGTH || /[?#]/.test(text)) return false
  const url = plainUrl(text)
  if (url === undefined || !isSecure(url)) return false
  const path = text.indexOf('/', text.indexOf('//') + 2)
  return url.pathname === (path === -1 ? '/' : text.slice(path))
}

const LATE = Symbol('late')

// Seconds until a client may try again when the function failed.
const RETRY_AFTER = 1

/**
 * Asks the application's function for an issuer. One that fails, in whatever way, is an outage: nobody can tell whether
 * the token is good, so it is neither refused for good nor let through.
 *
 * @param timeout - seconds
 * @returns undefined when the function knows it not
 * @throws {AuthError} `issuer_unavailable`, `issuer_timeout`
 * @throws {TypeError} for an answer that is none, which is a bug of the application
 */
export async function askForIssuer(
  { ask, read }: ResolverSettings,
  issuer: string,
  timeout: number,
): Promise<TrustedIssuer | undefined> {
  const answer = await answerOf(ask, issuer, timeout)
  if (answer === LATE) {
    throw refusal('issuer_timeout', `issuers() gave no answer within ${timeout} s`, { retryAfter: RETRY_AFTER })
  }
  // Databases say null for what they do not have.
  if (answer === undefined || answer === null) return undefined
  const trusted = read(answer)
  // The function selects by `iss`; an answer for another issuer would verify one issuer's token with another's keys.
  if (trusted.issuer !== issuer) throw configurationError('issuers()', trusted.issuer, 'the issuer that was asked for')
  // What a tenant entered must not send this process to its own machine (CWE-918).
  const keysUrl = trusted.jwksUri === undefined ? undefined : parseUrl(trusted.jwksUri)
  if (keysUrl !== undefined && !mayFetch(keysUrl, trusted)) {
    throw configurationError('issuers().jwksUri', trusted.jwksUri, 'https, unless the issuer is on a loopback host too')
  }
  return trusted
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
