import type { CheckRow } from './check.js'
import type { Facts } from './facts.js'

const hasToken = ({ hasToken: has }: Facts): boolean => has
const isJwt = ({ hasToken: has, isOpaque }: Facts): boolean => has && !isOpaque
const header =
  (name: string) =>
  ({ token }: Facts): unknown =>
    token.header[name]

const REACH = 'see that this process reaches the issuer, over TLS: acme-auth doctor, and resourceServer.issuerStatus()'
export const REFRESH = 'the client gets a new token; see that both clocks are right'

/** Of the token: form, issuer, header, expiry, key, signature. */
export const TOKEN_CHECKS: readonly CheckRow[] = [
  {
    check: 'introspection',
    clause: 'RFC 7662 §2.2',
    setting: 'opaqueTokens',
    expected: 'an active token, by its issuer',
    reasons: {
      token_invalid: 'the client gets a new token; see that opaqueTokens asks the issuer that made it',
      issuer_unavailable: 'see the introspection endpoint and the credentials of this API there',
      issuer_timeout: 'see the introspection endpoint, and opaqueTokens.timeout',
    },
    detail: /^(?:introspection|opaqueTokens|the issuer of opaqueTokens)\b/,
    when: ({ isOpaque }) => isOpaque,
  },
  {
    check: 'token form',
    clause: 'RFC 7519 §7.2, RFC 7515 §7.1',
    setting: 'opaqueTokens',
    expected: 'a JWT: three segments of base64url',
    reasons: {
      token_invalid: 'ask the issuer for a token with the audience of this API; opaque ones need opaqueTokens',
      credentials_malformed: 'send the token as it was issued, without quotes or further words',
    },
    detail: /^not a JWT: /,
    when: isJwt,
    seen: () => 'a JWT',
  },
  {
    check: 'issuer',
    clause: 'RFC 9068 §4',
    setting: 'issuers',
    expected: 'a trusted issuer',
    row: 'issuers',
    reasons: {
      token_invalid:
        'set domain (AUTH0_DOMAIN), issuer (AUTH0_ISSUER) or issuers to iss as the token writes it, or use a token of a trusted one',
      issuer_unavailable: 'see what the function issuers throws',
      issuer_timeout: 'see what the function issuers waits for',
    },
    detail: /^(?:iss is (?:missing|"[^"]*"); want a trusted issuer|issuers\(\))/,
    when: isJwt,
    seen: ({ token }) => token.payload['iss'],
  },
  {
    check: 'token type',
    clause: 'RFC 9068 §4, RFC 8725 §3.11',
    setting: 'tokenProfile',
    expected: 'a typ of access tokens, by tokenProfile',
    row: 'token type',
    reasons: { token_invalid: 'send the access token, not an ID token or a proof; or see tokenProfile' },
    detail: /^typ is /,
    when: isJwt,
    seen: (facts) => facts.token.header['typ'] ?? 'none',
  },
  {
    check: 'algorithm',
    clause: 'RFC 8725 §3.1',
    setting: 'algorithms',
    expected: 'an accepted algorithm',
    row: 'algorithms',
    reasons: { token_invalid: 'have the issuer sign with an accepted algorithm, or add it to algorithms' },
    detail: /^alg is /,
    when: isJwt,
    seen: header('alg'),
  },
  {
    check: 'key id',
    clause: 'RFC 7515 §4.1.4',
    setting: '',
    expected: 'text, or none',
    reasons: { token_invalid: 'have the issuer name its key in kid as jwks_uri does: as text' },
    detail: /^kid is not a string/,
    when: isJwt,
    seen: (facts) => facts.token.header['kid'] ?? 'none',
  },
  {
    check: 'expiry',
    clause: 'RFC 7519 §4.1.4',
    setting: 'clockTolerance',
    expected: 'exp in the future',
    reasons: { token_expired: REFRESH },
    detail: /^(?:expired |the token of the connection expired|the connection is closed)/,
    when: hasToken,
    seen: ({ token }) => token.payload['exp'],
  },
  {
    check: 'key',
    clause: 'RFC 7517 §5',
    setting: 'keys',
    expected: 'a key of the issuer',
    reasons: {
      token_invalid:
        'get a new token: the key of this one may have been rotated away; see jwks_uri of the issuer; a key that was just added is found within keys.cooldown',
      issuer_unavailable: REACH,
      issuer_timeout: `${REACH}; or raise keys.timeout`,
    },
    detail: /^(?:issuer has no such |kid is (?:missing|"[^"]*"): \d+ )/,
    when: isJwt,
    seen: header('kid'),
  },
  {
    check: 'signature',
    clause: 'RFC 7515 §5.2',
    setting: '',
    expected: "one by the issuer's key",
    reasons: {
      token_invalid:
        'send the token whole, as it was issued; or it is of another environment, whose key has the same kid',
    },
    detail: /^signature does not match /,
    when: isJwt,
    seen: () => 'matches',
  },
]
