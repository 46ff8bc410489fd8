import { refusal } from '../outcome/errors.js'
import type { AuthScheme } from '../outcome/errors.js'
import { headerValues } from './resource-request.js'
import type { ResourceRequest } from './resource-request.js'

/** What the client presented, as text: nothing is verified, and the token can be any text. */
export interface Credentials {
  readonly scheme: AuthScheme
  readonly token: string
}

/** In characters. */
export const MAX_TOKEN_LENGTH: number = 16 * 1024
// RFC 9110 §11.4, §5.6.2: a token, then one or more spaces. A tab is not a space here.
const SCHEME_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
// RFC 6750 §2.1: b64token. RFC 9449 §7.1 uses the same syntax.
const B64TOKEN = /^[A-Za-z0-9._~+/-]+=*$/

/**
 * Reads the access token from the Authorization header, the only place where it is accepted: never from the query
 * or the body (RFC 9700 §4.3.2).
 *
 * @throws {AuthError} `credentials_missing` when there is none, or one of a scheme that is unknown here;
 * `credentials_malformed`, `credentials_repeated`, `token_too_large`.
 */
export function readCredentials(request: ResourceRequest): Credentials {
  const values = headerValues(request, 'authorization')
  const [value] = values
  if (value === undefined) throw refusal('credentials_missing')

  const { name, token } = split(value)
  const scheme = SCHEMES.get(name.toLowerCase())
  const known = scheme === undefined ? {} : { scheme }
  if (values.length > 1) throw refusal('credentials_repeated', `${values.length} Authorization headers`, known)
  if (scheme === undefined) {
    if (!SCHEME_NAME.test(name)) throw refusal('credentials_malformed', 'no authentication scheme')
    // Without its name: a client that forgets the scheme sends its token in that place.
    throw refusal('credentials_missing', 'another scheme than Bearer and DPoP')
  }
  if (token.length > MAX_TOKEN_LENGTH) throw refusal('token_too_large', `${token.length} characters`, known)
  if (token === '') throw refusal('credentials_malformed', `nothing after ${scheme}`, known)
  return { scheme, token }
}

// RFC 9110 §11.1: the scheme is case-insensitive.
const SCHEMES: ReadonlyMap<string, AuthScheme> = new Map([
  ['bearer', 'Bearer'],
  ['dpop', 'DPoP'],
])

function split(value: string): { readonly name: string; readonly token: string } {
  const end = value.indexOf(' ')
  if (end === -1) return { name: value, token: '' }
  let start = end + 1
  while (value.charCodeAt(start) === SPACE) start++
  return { name: value.slice(0, end), token: value.slice(start) }
}

const SPACE = 0x20

/**
 * Whether a token is malformed by the syntax of the header, and not only no JWT. Asked of refused tokens only: what has
 * the syntax of a JWT has this one too.
 */
export function isMalformedToken(token: string): boolean {
  return !B64TOKEN.test(token)
}

/** Whether there is an Authorization header at all, of whatever scheme. */
export function sentCredentials(request: ResourceRequest): boolean {
  return headerValues(request, 'authorization').length > 0
}

/** The scheme of the first Authorization header, if it is one of this resource server's. */
export function sentScheme(request: ResourceRequest): AuthScheme | undefined {
  const [value = ''] = headerValues(request, 'authorization')
  return SCHEMES.get(split(value).name.toLowerCase())
}
