import { ADVICE } from '../outcome/advice.js'
import { always, onlyFailed } from './check.js'
import type { CheckRow } from './check.js'
import { bindingOf } from './facts.js'
import type { Facts } from './facts.js'

const hasToken = ({ hasToken: has }: Facts): boolean => has
const isJwt = ({ hasToken: has, isOpaque }: Facts): boolean => has && !isOpaque
const header =
  (name: string) =>
  ({ token }: Facts): unknown =>
    token.header[name]
const claim =
  (name: string) =>
  ({ token }: Facts): unknown =>
    token.payload[name]

const REACH = 'see that this process reaches the issuer, over TLS, and resourceServer.issuerStatus()'
const REFRESH = 'the client gets a new token; see that both clocks are right'

/** Of the token: form, issuer, header, key, signature, claims, revocation. */
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
      token_invalid: 'set domain, issuer or issuers to iss as the token writes it, or use a token of a trusted one',
      issuer_unavailable: 'see what the function issuers throws',
      issuer_timeout: 'see what the function issuers waits for',
    },
    detail: /^(?:iss is (?:missing|"[^"]*"); want a trusted issuer|issuers\(\))/,
    when: isJwt,
    seen: claim('iss'),
  },
  {
    check: 'token type',
    clause: 'RFC 9068 §4, RFC 8725 §3.11',
    setting: 'tokenProfile',
    expected: 'a typ of access tokens',
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
    reasons: { token_invalid: 'the issuer makes bad tokens' },
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
    seen: claim('exp'),
  },
  {
    check: 'key',
    clause: 'RFC 7517 §5',
    setting: 'keys',
    expected: 'a key of the issuer',
    reasons: {
      token_invalid: 'see jwks_uri of the issuer; a key that was just added is found within keys.cooldown',
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
    reasons: { token_invalid: 'send the token as it was issued; another environment may use the same kid' },
    detail: /^signature does not match /,
    when: isJwt,
    seen: () => 'matches',
  },
  {
    check: 'claim types',
    clause: 'RFC 7519 §4.1',
    setting: '',
    expected: 'registered claims of their types',
    reasons: { token_invalid: 'the issuer makes bad tokens: see its rules and mappers' },
    detail: /^(?:iss|exp|nbf|iat|sub|jti|scope|token_type) is (?:missing|"[^"]*"), (?:want|the token was asked about)/,
    when: hasToken,
  },
  {
    check: 'token kind',
    clause: 'RFC 8725 §3.11',
    setting: '',
    expected: 'no other kind of token than an access token',
    reasons: { token_invalid: 'send the access token of the token response, not its id_token or refresh_token' },
    detail: /^this is /,
    when: hasToken,
  },
  {
    check: 'audience',
    clause: 'RFC 7519 §4.1.3, RFC 9068 §4',
    setting: 'audience',
    expected: 'this API in aud',
    row: 'audience',
    reasons: { token_invalid: 'the client asks for a token with the audience of this API; or see audience' },
    detail: /^aud is /,
    when: hasToken,
    seen: claim('aud'),
  },
  {
    check: 'issuer claims',
    clause: 'house rule',
    setting: 'issuers',
    expected: 'what the options of the issuer demand',
    reasons: { token_invalid: 'see preset, accessToken and tenants of the issuer in issuers' },
    detail: /^(?:not marked as an access token|tid is |iss is "[^"]*", which names no accepted tenant)/,
    when: onlyFailed,
  },
  {
    check: 'profile claims',
    clause: 'RFC 9068 §2.2',
    setting: 'tokenProfile',
    expected: 'sub, client_id, jti and iat',
    reasons: { token_invalid: 'have the issuer make tokens of RFC 9068, or leave tokenProfile out' },
    detail: /^(?:(?:sub|client_id|jti) is (?:missing|"[^"]*"), RFC 9068|iat is missing, which RFC 9068)/,
    when: (facts) => facts.hasToken && facts.value('token type') === 'rfc9068',
  },
  {
    check: 'not before',
    clause: 'RFC 7519 §4.1.5, §4.1.6',
    setting: 'clockTolerance',
    expected: 'nbf and iat not in the future',
    reasons: { token_invalid: 'set the clocks of the issuer and of this API right' },
    detail: /^(?:nbf|iat) is [\d.e+]+ s ahead/,
    when: hasToken,
    seen: (facts) => facts.token.payload['nbf'] ?? facts.token.payload['iat'],
  },
  {
    check: 'token age',
    clause: 'house rule',
    setting: 'maxTokenAge',
    expected: 'an iat that is recent enough',
    row: 'token age',
    reasons: { token_expired: REFRESH, token_invalid: 'have the issuer put iat into tokens, or leave maxTokenAge out' },
    detail: /^(?:iat is [\d.e+]+ s ago|iat is missing, which maxTokenAge)/,
    when: (facts) => facts.hasToken && facts.enforced('token age'),
    seen: claim('iat'),
  },
  {
    check: 'claims',
    clause: 'house rule',
    setting: 'claims',
    expected: 'what the schema accepts',
    reasons: { token_invalid: 'have the issuer put the claim into tokens, or see the schema of claims' },
    when: (facts) => facts.hasToken && facts.enforced('claims'),
  },
  {
    check: 'revocation',
    clause: 'RFC 6750 §3.1, RFC 7009',
    setting: 'revocation',
    expected: 'a token that was not revoked',
    reasons: {
      token_revoked: 'the user logs in again: see who revoked it, in the events of type revocation',
      revocation_unavailable: 'see the source of revocation; onFailure decides what happens meanwhile',
    },
    when: ({ enforced }) => enforced('revocation'),
  },
  {
    check: 'binding',
    clause: 'RFC 7800 §3.1, RFC 9449 §7',
    setting: 'dpop.mode',
    expected: 'a token that is sent as what it is bound to demands',
    reasons: {
      token_invalid: 'have the issuer bind tokens to a DPoP key (jkt), or to a certificate with the option mtls',
      token_unbound: ADVICE.token_unbound,
      token_bound: ADVICE.token_bound,
      proof_with_bearer: ADVICE.proof_with_bearer,
      certificate_unbound: 'get the token with the client certificate: mtls.required',
    },
    detail: /^(?:cnf|no cnf|no thumbprint|the token is not bound)/,
    when: hasToken,
    seen: (facts) => bindingOf(facts).join(' ') || 'not bound',
  },
  {
    check: 'certificate',
    clause: 'RFC 8705 §3',
    setting: 'mtls',
    expected: 'the certificate that the token is bound to',
    row: 'client certificates',
    reasons: {
      certificate_missing: 'send the certificate; see that the proxy that ends TLS is trusted and passes it on',
      certificate_malformed: 'see the name and format of mtls.certificate, and what the proxy sends',
      certificate_mismatch: 'use the certificate that the token was requested with',
    },
    when: (facts) => bindingOf(facts).includes('x5t#S256'),
  },
]

/** After the token and its proof: what the route asks for. */
export const REQUIREMENT_CHECKS: readonly CheckRow[] = [
  {
    check: 'renewed caller',
    clause: 'house rule',
    setting: '',
    expected: 'the caller who opened the connection',
    reasons: { renewal_mismatch: 'renew with a token of the same user, client and key, or connect anew' },
    when: onlyFailed,
  },
  {
    check: 'requirements',
    clause: 'RFC 6750 §3.1, RFC 9470 §3',
    setting: 'requireAuth',
    expected: 'what the route requires',
    reasons: {
      scope_missing: 'the client asks for the scope, and the user or administrator grants it',
      permission_missing: 'grant the permission at the issuer; in Auth0, with RBAC and "add permissions" on',
      role_missing: 'grant the role at the issuer, and have it put into access tokens',
      claim_missing: 'have the issuer put the claim into access tokens',
      client_required: 'use a token of the client credentials grant',
      authorization_details_missing: 'ask the issuer for these authorization_details',
      actor_missing: 'use a token whose act names an accepted actor',
      access_denied: 'the policy of this API says no: see authorize, and not',
      login_insufficient: 'log in again with acr_values and max_age of the challenge',
      policy_unavailable: 'see the function authorize, and the policy engine that it asks',
      dpop_required: ADVICE.dpop_required,
    },
    when: always,
    seen: claim('scope'),
  },
]
