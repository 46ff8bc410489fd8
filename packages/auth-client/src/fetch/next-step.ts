import type { AccessToken } from '../access-token.js'
import { parseChallenges } from '../challenge/parse-challenges.js'
import type { Challenge } from '../challenge/parse-challenges.js'
import { retryAfter } from '../challenge/retry-after.js'

/** The one thing to do about an answer before the request is sent again. */
export type Step =
  /** A proof with the nonce that came (RFC 9449 §9), or with the time of the server. */
  | { readonly cause: 'nonce' | 'clock' }
  /** Another token in place of one that is invalid (RFC 6750 §3.1). */
  | { readonly cause: 'refresh' }
  /** A token with more scopes (RFC 6750 §3.1), or by a stronger or fresher login (RFC 9470 §3). */
  | {
      readonly cause: 'insufficient_scope' | 'insufficient_user_authentication'
      readonly scopes: readonly string[]
      readonly acrValues: readonly string[]
      readonly maxAge: number | undefined
    }
  /** Seconds, as the server asks for (RFC 9110 §15.6.4, RFC 6585 §4). */
  | { readonly cause: 'wait'; readonly seconds: number }

/** What an answer is judged by besides itself. */
export interface Answered {
  readonly token: AccessToken
  readonly method: string
  /** Whether there is a nonce that was not sent. */
  hasNewNonce(): boolean
  /** Whether the time of the server is another one than was thought. */
  hasNewTime(): boolean
  readonly now: number
}

const IDEMPOTENT = ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']

/** @returns undefined where the answer is for the application */
export function nextStep({ status, headers }: Response, answered: Answered): Step | undefined {
  if (status === 429 || status === 503) return waiting(status, headers, answered)
  if (status !== 400 && status !== 401 && status !== 403) return undefined
  const challenge = failing(parseChallenges(headers.get('www-authenticate')), answered.token.type)
  if (challenge === undefined) return undefined
  switch (challenge.parameters.get('error') ?? '') {
    case 'use_dpop_nonce':
      return answered.hasNewNonce() ? { cause: 'nonce' } : undefined
    case 'invalid_dpop_proof':
      return answered.hasNewTime() ? { cause: 'clock' } : undefined
    case 'invalid_token':
      return { cause: 'refresh' }
    case 'insufficient_scope':
      return stepUp('insufficient_scope', challenge, answered.token)
    case 'insufficient_user_authentication':
      return stepUp('insufficient_user_authentication', challenge, answered.token)
    default:
      return undefined
  }
}

/** The challenge that says what was wrong: of the scheme that was used, or of the other one where only that has an error. */
function failing(challenges: readonly Challenge[], type: AccessToken['type']): Challenge | undefined {
  const own = challenges.filter(({ parameters }) => parameters.has('error'))
  const scheme = type.toLowerCase()
  return own.find((one) => one.scheme === scheme) ?? own.find((one) => one.scheme === 'bearer' || one.scheme === 'dpop')
}

function stepUp(
  cause: 'insufficient_scope' | 'insufficient_user_authentication',
  { parameters }: Challenge,
  token: AccessToken,
): Step | undefined {
  const scopes = words(parameters.get('scope'))
  const acrValues = words(parameters.get('acr_values'))
  const given = parameters.get('max_age')
  const maxAge = given !== undefined && /^\d{1,9}$/.test(given) ? Number(given) : undefined
  // A denial that names nothing, or only what the token has, is one that authorising again cannot mend.
  if (cause === 'insufficient_scope' && scopes.every((scope) => token.scopes?.includes(scope))) return undefined
  if (cause === 'insufficient_user_authentication' && acrValues.length === 0 && maxAge === undefined) return undefined
  return { cause, scopes, acrValues, maxAge }
}

/** RFC 6749 §3.3: printable ASCII without quotes and backslashes, separated by spaces. */
function words(list = ''): readonly string[] {
  return [...new Set(list.split(' '))].filter((one) => /^[\x21\x23-\x5B\x5D-\x7E]{1,256}$/.test(one)).slice(0, 64)
}

function waiting(status: number, headers: Response['headers'], { method, now }: Answered): Step | undefined {
  // With 429 nothing was done (RFC 6585 §4); with 503 that is not said.
  if (status === 503 && !IDEMPOTENT.includes(method)) return undefined
  const seconds = retryAfter(headers, now)
  return seconds === undefined ? undefined : { cause: 'wait', seconds }
}
