import { ADVICE } from '../outcome/advice.js'
import { onlyFailed } from './check.js'
import type { CheckRow } from './check.js'
import { bindingOf } from './facts.js'
import type { Facts } from './facts.js'
import { REFRESH } from './token-checks.js'

const hasToken = ({ hasToken: has }: Facts): boolean => has
const claim =
  (name: string) =>
  ({ token }: Facts): unknown =>
    token.payload[name]

/** Of the claims of a token whose signature is verified: what they say, whether it was revoked, and what it is bound to. */
export const CLAIM_CHECKS: readonly CheckRow[] = [
  {
    check: 'claim types',
    clause: 'RFC 7519 §4.1',
    setting: '',
    expected: 'registered claims of their types',
    reasons: { token_invalid: 'mend the claim where the issuer sets it: its actions, rules or mappers' },
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
    reasons: {
      token_invalid:
        'the client requests a token with that audience; or, if the token is meant for this API, set audience (AUTH0_AUDIENCE) to its aud',
    },
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
    expected: 'a recent iat, in seconds',
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
      token_revoked: 'the user logs in again; events of type revocation tell which source revoked it, and whose',
      revocation_unavailable: 'see the source of revocation; onFailure decides what happens meanwhile',
    },
    when: ({ enforced }) => enforced('revocation'),
  },
  {
    check: 'binding',
    clause: 'RFC 7800 §3.1, RFC 9449 §7',
    setting: 'dpop.mode, mtls',
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
