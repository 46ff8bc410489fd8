import type { PeerName } from '../../src/index.js'

// None of them asks what kind of token it is: whatever the issuer signed for this audience opens the API.
const ANY_KIND: readonly string[] = [
  'RFC 9068 §4: kinds of tokens: an ID token, by at_hash',
  'RFC 9068 §4: kinds of tokens: an ID token, by c_hash',
  'RFC 9068 §4: kinds of tokens: an ID token of Keycloak',
  'RFC 9068 §4: kinds of tokens: a refresh token of Keycloak',
  'RFC 9068 §4: kinds of tokens: an offline token of Keycloak',
  'RFC 9068 §4: kinds of tokens: an ID token of Amazon Cognito',
  'RFC 9068 §4: kinds of tokens: a logout token',
]
const ANY_TYPE: readonly string[] = [
  'RFC 9068 §4: access tokens: the token\'s typ is "dpop+jwt"',
  'RFC 9068 §4: access tokens: the token\'s typ is "id_token"',
  'RFC 9068 §4: access tokens: the token\'s typ is "logout+jwt"',
  'RFC 9068 §4: access tokens: the token\'s typ is ["JWT"]',
]

/** What a clause demands and they do not keep, in the order in which it is tried. */
export const FAULTS: Readonly<Record<PeerName, readonly string[]>> = {
  'express-oauth2-jwt-bearer': [
    // It splits the header at each space.
    'RFC 6750 §2.1, refused: credentials: several spaces after the scheme',
    // jose takes it for the same bytes.
    'RFC 7515 §5.2 (7): access tokens: a padded signature',
    ...ANY_TYPE,
    ...ANY_KIND,
    // It compares methods without looking at their case.
    'RFC 9449 §4.3 (8): DPoP proofs: proof: htm in lower case',
  ],
  'jose-by-hand': [
    // A 401 of one's own is rarely one with a challenge.
    'RFC 9110 §15.5.2, challenge: credentials: no credentials',
    'RFC 6750 §2.1, refused: credentials: several spaces after the scheme',
    'RFC 9110 §15.5.2, challenge: access tokens: a flipped signature',
    'RFC 7515 §5.2 (7): access tokens: a padded signature',
    ...ANY_TYPE,
    // jose checks exp where it is there; requiredClaims was not said.
    'RFC 9068 §4: access tokens: exp is missing',
    ...ANY_KIND,
    'RFC 6750 §3, challenge: requirements: no scope at all',
    // 'read:messages:all'.includes('read:messages')
    'RFC 6750 §3.1: requirements: a scope that only begins like it',
  ],
  'passport-jwt': [
    // It answers 401 for any fault of a strategy that has no challenge to tell.
    'RFC 9110 §15.5.2, challenge: credentials: no credentials',
    'RFC 9110 §15.5.2, challenge: access tokens: a flipped signature',
    // jsonwebtoken passes over crit.
    'RFC 7515 §4.1.11: access tokens: the token\'s crit is ["exp"]',
    ...ANY_TYPE,
    'RFC 9068 §4: access tokens: exp is missing',
    ...ANY_KIND,
    'RFC 6750 §3, challenge: requirements: no scope at all',
  ],
}

const TWO_LINES = 'RFC 9110 §5.3: credentials: two Authorization lines'
const CERTIFICATE = 'RFC 8705 §3: access tokens: a certificate-bound token, without its certificate'
const BOUND = 'RFC 9449 §7.2: credentials: a bound token as Bearer'
const TWO_TOKENS = 'RFC 6750 §2.1: credentials: Bearer with two tokens'

/** What a clause recommends, or tells clients not to do. */
export const WARNINGS: Readonly<Record<PeerName, readonly string[]>> = {
  'express-oauth2-jwt-bearer': [
    TWO_LINES,
    'RFC 9700 §4.3.2: credentials: a token in the query',
    CERTIFICATE,
    // It keeps no used proofs.
    'RFC 9449 §11.1: replayed proofs: a replayed proof',
    'RFC 9449 §11.1: replayed proofs: a used jti in a new proof',
  ],
  'jose-by-hand': [
    BOUND,
    TWO_TOKENS,
    TWO_LINES,
    // The second word of the header, whatever the first is.
    'RFC 6750 §2.1: credentials: a good token under a scheme that nobody knows',
    'RFC 9449 §7.1: credentials: a good token as DPoP, without a proof',
    CERTIFICATE,
  ],
  'passport-jwt': [BOUND, TWO_TOKENS, TWO_LINES, CERTIFICATE],
}
