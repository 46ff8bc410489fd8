import type { JsonObject } from '../crypto/compact-jws.js'
import { refusal } from '../outcome/errors.js'
import { quote } from '../util/quote.js'

const ID_TOKEN = 'an ID token'
const REFRESH_TOKEN = 'a refresh token'
const LOGOUT_TOKEN = 'a logout token'

/** Claims that only another kind of token has, whatever their value. */
const MARKS: readonly (readonly [claim: string, kind: string])[] = [
  // OpenID Connect Core 1.0 §3.1.3.6, §3.3.2.11; FAPI 1.0 part 2 §5.1.1.
  ['at_hash', ID_TOKEN],
  ['c_hash', ID_TOKEN],
  ['s_hash', ID_TOKEN],
  // RFC 8417 §2.2, and with it logout tokens: OpenID Connect Back-Channel Logout 1.0 §2.4.
  ['events', 'a security event or logout token'],
]

/** Claims that say what kind a token is. Values that are not here say nothing: `typ` is often `Bearer` or `JWT`. */
const KINDS: readonly (readonly [claim: string, kinds: ReadonlyMap<unknown, string>])[] = [
  // Keycloak.
  [
    'typ',
    new Map([
      ['ID', ID_TOKEN],
      ['Serialized-ID', ID_TOKEN],
      ['Refresh', REFRESH_TOKEN],
      ['Offline', REFRESH_TOKEN],
      ['Logout', LOGOUT_TOKEN],
    ]),
  ],
  // Amazon Cognito.
  [
    'token_use',
    new Map([
      ['id', ID_TOKEN],
      ['refresh', REFRESH_TOKEN],
      // Ory Hydra's introspection.
      ['refresh_token', REFRESH_TOKEN],
    ]),
  ],
]

/**
 * Refuses what is marked as another kind of token (RFC 8725 §3.11), also where the header's `typ` is none or `JWT`: an ID
 * token of a client that is called like this API has its issuer, key and audience right (RFC 9068 §5). `nonce` is no mark:
 * Keycloak before 25 put it into access tokens.
 *
 * @throws {AuthError} `token_invalid`
 */
export function refuseOtherKinds(claims: JsonObject): void {
  for (const [claim, kind] of MARKS) {
    if (Object.hasOwn(claims, claim)) throw otherKind(kind, `it has ${claim}`)
  }
  for (const [claim, kinds] of KINDS) {
    const value = claims[claim]
    const kind = value === undefined ? undefined : kinds.get(value)
    if (kind !== undefined) throw otherKind(kind, `its ${claim} is ${quote(value)}`)
  }
}

function otherKind(kind: string, because: string): ReturnType<typeof refusal> {
  return refusal('token_invalid', `this is ${kind}, not an access token: ${because}`)
}
