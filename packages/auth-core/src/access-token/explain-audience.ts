import type { JsonObject } from '../crypto/compact-jws.js'
import { quote } from '../util/quote.js'

const MOST_COMPARED = 20

/** Why a token that its issuer signed may not be for this API. */
export function explainAudience(claims: JsonObject, accepted: readonly string[]): string {
  const { aud } = claims
  const list: readonly unknown[] = Array.isArray(aud) ? aud.slice(0, MOST_COMPARED) : [aud]
  const audience = list.filter((one) => typeof one === 'string')
  for (const one of audience) {
    const near = accepted.find((other) => bare(other) === bare(one))
    if (near !== undefined)
      return `; ${quote(one)} and ${quote(near)} differ by ${difference(one, near)}: the option audience must be equal to the letter`
  }
  if (isOfClient(claims, audience))
    return '; this looks like an ID token, whose aud is the client: send the access token'
  if (audience.some((one) => one.endsWith('/userinfo'))) {
    return `; it is for the issuer's own /userinfo: have the client ask for audience=${quote(accepted[0])}`
  }
  return ''
}

function difference(one: string, other: string): string {
  return one.toLowerCase() === other.toLowerCase() ? 'case' : 'a slash at the end'
}

function bare(text: string): string {
  return text.toLowerCase().replace(/\/$/, '')
}

/** OpenID Connect Core 1.0 §2: `aud` of an ID token is the client, and `nonce` comes from its request. */
function isOfClient(
  { azp, client_id: clientId, nonce }: JsonObject,
  [audience, ...others]: readonly string[],
): boolean {
  if (audience === undefined || others.length > 0) return false
  return typeof nonce === 'string' || audience === azp || audience === clientId
}
