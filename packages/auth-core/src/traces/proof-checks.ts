import { ADVICE } from '../outcome/advice.js'
import { pathOnly } from '../request/request-target.js'
import { onlyFailed } from './check.js'
import type { CheckRow } from './check.js'
import type { Facts } from './facts.js'

const isDpop = ({ scheme, byTicket }: Facts): boolean => scheme === 'DPoP' && !byTicket
const claim =
  (name: string) =>
  ({ proof }: Facts): unknown =>
    proof.payload[name]
// Of ASCII, as texts of traces are.
const LIBRARY = 'make proofs as RFC 9449 has them, best by a library, such as createDpopProof of @acme/auth-client'
const CLOCK = 'set the clock of the client right, make a proof for each request; or see dpop.nonce'

/** Of a DPoP proof, in the order of RFC 9449 §4.3 as they are made here. */
export const PROOF_CHECKS: readonly CheckRow[] = [
  {
    check: 'one proof',
    clause: 'RFC 9449 §4.3 check 1',
    setting: '',
    expected: 'one DPoP header of at most 8 KiB',
    reasons: {
      proof_missing: 'send a proof in the header DPoP; see that no proxy and no CORS rule keeps it back',
      proof_repeated: 'send one proof',
      proof_malformed: LIBRARY,
    },
    detail: /^\d+ characters; at most /,
    when: isDpop,
  },
  {
    check: 'proof form',
    clause: 'RFC 9449 §4.3 check 2',
    setting: '',
    expected: 'a JWT',
    reasons: { proof_malformed: LIBRARY },
    when: isDpop,
  },
  {
    check: 'proof type',
    clause: 'RFC 9449 §4.3 check 4',
    setting: '',
    expected: 'dpop+jwt',
    reasons: { proof_malformed: LIBRARY },
    detail: /^typ is /,
    when: isDpop,
    seen: ({ proof }) => proof.header['typ'],
  },
  {
    check: 'proof algorithm',
    clause: 'RFC 9449 §4.3 check 5',
    setting: 'dpop.algorithms',
    expected: 'an accepted algorithm',
    row: 'proof algorithms',
    reasons: { proof_malformed: 'sign proofs with an accepted algorithm, or add it to dpop.algorithms' },
    detail: /^alg is /,
    when: isDpop,
    seen: ({ proof }) => proof.header['alg'],
  },
  {
    check: 'proof key',
    clause: 'RFC 9449 §4.3 check 7',
    setting: '',
    expected: 'a public key in jwk',
    reasons: { proof_key: 'put the public key alone into jwk, of the kind that alg needs' },
    when: isDpop,
  },
  {
    check: 'key of the token',
    clause: 'RFC 9449 §4.3 check 12',
    setting: '',
    expected: 'the key that the token is bound to',
    reasons: { key_mismatch: ADVICE.key_mismatch },
    when: isDpop,
    seen: () => 'the same key',
  },
  {
    check: 'proof signature',
    clause: 'RFC 9449 §4.3 check 6',
    setting: '',
    expected: 'one by the key in jwk',
    reasons: { proof_signature: 'sign with the private key of jwk; ECDSA as r and s, not as DER', proof_key: LIBRARY },
    detail: /^jwk cannot be imported/,
    when: isDpop,
    seen: () => 'matches',
  },
  {
    check: 'proof method',
    clause: 'RFC 9449 §4.3 check 8',
    setting: '',
    expected: 'htm is the method of the request',
    reasons: { proof_method: 'make a proof for each request, with its method in capitals' },
    when: isDpop,
    seen: claim('htm'),
  },
  {
    check: 'proof URL',
    clause: 'RFC 9449 §4.3 check 9',
    setting: 'publicOrigins, publicUrl, and the trusted proxies of the framework',
    expected: 'htu is the URL that the client addressed',
    reasons: {
      proof_url:
        'htu is the URL that the client calls, without query; behind a proxy, have it trusted, or set publicUrl: acme-auth explain shows what was computed',
      url_unknown: 'see what the proxy sends in Forwarded and X-Forwarded-*, or set publicUrl',
    },
    when: isDpop,
    // A query may hold secrets.
    seen: ({ proof }) => (typeof proof.payload['htu'] === 'string' ? pathOnly(proof.payload['htu']) : undefined),
  },
  {
    check: 'proof time',
    clause: 'RFC 9449 §4.3 check 11, §11.1',
    setting: 'dpop.proofMaxAge, dpop.clockTolerance',
    expected: 'a recent iat, in seconds',
    row: 'proof age',
    reasons: { proof_time: CLOCK, proof_malformed: LIBRARY },
    detail: /^(?:iat|exp|nbf) (?:is|was) /,
    when: isDpop,
    seen: claim('iat'),
  },
  {
    check: 'proof id',
    clause: 'RFC 9449 §4.2',
    setting: '',
    expected: 'a jti of 1 to 512 characters',
    reasons: { proof_malformed: LIBRARY },
    detail: /^jti /,
    when: isDpop,
  },
  {
    check: 'proof token',
    clause: 'RFC 9449 §4.3 check 12',
    setting: '',
    expected: 'ath is the hash of the access token',
    reasons: { proof_token: 'make the proof for the token that it is sent with: ath is its SHA-256 in base64url' },
    when: isDpop,
    seen: () => 'the hash of the token',
  },
  {
    check: 'nonce',
    clause: 'RFC 9449 §9, §4.3 check 10',
    setting: 'dpop.nonce',
    expected: 'a nonce of this API',
    row: 'nonces',
    reasons: {
      nonce_required: ADVICE.nonce_required,
      nonce_stale: 'use the DPoP-Nonce of this answer; replicas need the same dpop.nonce.secret',
    },
    when: (facts) => isDpop(facts) && (facts.value('nonces') ?? 'none') !== 'none',
  },
  {
    check: 'replay',
    clause: 'RFC 9449 §11.1',
    setting: 'dpop.replay',
    expected: 'a proof that was not used before',
    reasons: {
      proof_replayed: ADVICE.proof_replayed,
      replay_unavailable: 'see the replay store: give it more room where it is full, else see its connection',
    },
    when: (facts) => isDpop(facts) && facts.enforced('proof replay'),
  },
  {
    check: 'proof time, once more',
    clause: 'CWE-367',
    setting: 'dpop.replay',
    expected: 'a proof that is recent after the replay store answered',
    reasons: { proof_time: 'see why the replay store is slow' },
    detail: /^too old by the time /,
    when: onlyFailed,
  },
]
