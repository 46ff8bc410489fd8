import { decodeText } from '#crypto'

import type { TrustedIssuers } from '../issuer/trusted-issuers-types.js'
import { quote } from '../util/quote.js'

/** What was probably sent in place of a JWT. Tells nothing of the token but its form, since it may be a good one elsewhere. */
export function explainForm(token: string, issuers: TrustedIssuers): string {
  if (/^(?:bearer|dpop) /i.test(token))
    return '; the scheme is there twice: the client puts it before a value that has it'
  if (/^["']/.test(token)) return '; the token is in quotes: send it without'
  if (NOTHING.has(token)) return `; the client sent the word ${quote(token)}: it had no token yet`
  const segments = token.split('.', MOST_SEGMENTS)
  // RFC 7516 §7.1.
  if (segments.length === 5)
    return `; an encrypted token (JWE): ${askedForNone(issuers)}, or where this API has encryption on`
  if (isObject(segments[0])) return segments.length < 3 ? '; its end is missing: was it cut off on the way?' : ''
  return `; an opaque token is ${askedForNone(issuers)}`
}

const MOST_SEGMENTS = 6

/** What JavaScript makes of a token that is not there. */
const NOTHING: ReadonlySet<string> = new Set(['undefined', 'null', 'NaN', 'false', 'true', '[object', 'Object]'])

function askedForNone(issuers: TrustedIssuers): string {
  const [audience] = issuers.configured().flatMap(({ trusted }) => trusted.audience)
  const wanted = audience === undefined ? 'the audience of this API' : `audience=${quote(audience)}`
  return `what Auth0 issues where the client did not ask for ${wanted}`
}

/** Whether a segment of a token is base64url of what looks like a JSON object. */
export function isObject(segment: string | undefined): boolean {
  const text = segment === undefined ? undefined : decodeText(segment)
  return text !== undefined && /^\s*\{/.test(text)
}
