import type { Clause } from '../contract/level.js'

/** What a fault is to an attacker, and what mends it. */
export interface Advice {
  readonly means: string
  readonly mend: string
}

/**
 * How a fault shows: by an attack that is accepted, a good request that is refused, an error of the server, a limit of
 * requests, no answer at all, or a challenge that is wrong.
 */
export type FaultKind = 'accepted' | 'refused' | 'error' | 'limited' | 'unanswered' | 'challenge'

const KINDS: Readonly<Record<Exclude<FaultKind, 'accepted'>, Advice>> = {
  refused: {
    means: 'nothing to an attacker: clients that keep the RFC are refused',
    mend: 'accept it as the clause says, or leave reading it to a library that does',
  },
  error: {
    means: 'anybody fills the log with errors, and alarms that count 5xx are deaf to outages',
    mend: 'refuse with 401, or 400, what a client sent, before it throws where nobody expects it',
  },
  limited: { means: 'not known', mend: 'attack more slowly, or lift the limit of the API under test' },
  unanswered: {
    means: 'perhaps anybody can end the API, or hold its connections, with one request',
    mend: 'look at its log, and handle what is thrown or never settles',
  },
  challenge: {
    means: 'nothing to an attacker: clients cannot tell what to do next, so that users are logged out or see errors',
    mend: 'answer 401 with WWW-Authenticate: Bearer realm="…", and error="…" where a token was sent; 403 with error="insufficient_scope" and scope="…"',
  },
}

type Row = readonly [clause: string, means: string, mend: string, names?: RegExp]

const FORGED = 'whoever writes such a token is anybody he likes'
const LIBRARY = 'verify with a library of JOSE, and hand it nothing that was taken apart before'
const ALLOWLIST = 'give the library the list of algorithms that the issuer uses, such as algorithms: ["RS256"]'
const STOLEN = 'a token that was stolen is good without its key, which is all that DPoP is for'
const CHECK_PROOF = 'check the proof by a library that keeps all of RFC 9449 §4.3'

/** The first that fits counts. */
const ROWS: readonly Row[] = [
  [
    'RFC 6750 §2.1',
    'credentials of other kinds, and what a proxy reads otherwise, count as tokens',
    'take the token from "Bearer TOKEN" alone, and refuse all else',
  ],
  [
    'RFC 6750 §2.2',
    'a token goes where caches and proxies do not look for it',
    'read tokens from the Authorization header alone',
  ],
  ['RFC 6750 §2', 'what is in front of the API may read one token, and the API the other', 'refuse a request with two'],
  [
    'RFC 6750 §3.1',
    'whoever has any token may do what needs a scope',
    'compare scopes by whole words: scope.split(" ").includes(wanted)',
    /scope/,
  ],
  ['RFC 6750 §3.1', 'what is no token counts as one', 'refuse what is not of the form "Bearer b64token"'],
  ['RFC 7515 §4.1.1', FORGED, ALLOWLIST],
  [
    'RFC 7515 §4.1.11',
    'a rule that the issuer made critical is passed over',
    'refuse crit with names that are not understood: libraries do so by themselves',
  ],
  [
    'RFC 7515 §5.2 (7)',
    'one token has several texts: lists of revoked tokens, and caches by text, can be passed by',
    'refuse what is not base64url without padding before a library sees it',
  ],
  ['RFC 7515', FORGED, LIBRARY],
  [
    'RFC 7519 §4.1.4',
    'tokens that leaked are good for ever',
    'have the library check exp, with a tolerance of seconds; ignore nothing: no ignoreExpiration',
  ],
  ['RFC 7519 §4.1.5', 'tokens for later are good now', 'have the library check nbf, and refuse one that is no number'],
  ['RFC 7519 §4', 'two readers of one token see two issuers', 'refuse claims that are there twice, or take the last'],
  ['RFC 7519', 'what is no set of claims counts as a token', LIBRARY],
  [
    'RFC 8705 §3',
    'a token that was stolen is good without the certificate that it is bound to',
    'refuse tokens with a confirmation (cnf) that the API does not check',
  ],
  ['RFC 8725 §3.1', FORGED + ': the public key is no secret', ALLOWLIST],
  [
    'RFC 8725 §3.8',
    FORGED + ': the token brings the key that it is checked with',
    'take keys from the key set of the issuer alone; ignore jwk, jku, x5u, x5c',
  ],
  [
    'RFC 9068 §4',
    'a token for another API, which its operator has, is good here',
    'have the library compare aud with the identifier of this API',
    /^aud /,
  ],
  [
    'RFC 9068 §4',
    'another issuer, or a name like it, vouches for users of this one',
    'have the library compare iss, to the letter',
    /^iss /,
  ],
  ['RFC 9068 §4', 'tokens without an end are good for ever', 'demand exp: requiredClaims: ["exp"] of jose', /^exp /],
  ['RFC 9068 §4', FORGED, ALLOWLIST, /alg/],
  [
    'RFC 9068 §4',
    'a token that was made for something else, such as telling a client who logged in, opens the API',
    'demand typ at+jwt (typ: "at+jwt" of jose); where the issuer writes none, refuse tokens with at_hash, c_hash, events, or a claim that says they are of another kind',
  ],
  ['RFC 9110 §9.3.2', 'whoever sends HEAD for GET passes by the guard', 'guard every method of the route'],
  [
    'RFC 9110 §5.3',
    'a proxy, or a log, sees one token, and the API another',
    'count the Authorization lines in request.rawHeaders, and refuse two: Node drops the second',
  ],
  [
    'RFC 9110 §11',
    'what is in front of the API may read other credentials than the API',
    'refuse what is not one scheme and one token',
  ],
  [
    'RFC 9449 §11.1',
    'who saw a request can send it again while its proof is fresh',
    'keep each jti, for as long as its proof would be accepted, in a store that all replicas share; reserve atomically',
  ],
  ['RFC 9449 §4.3 (3)', 'a proof without it is good for other requests, or for ever', CHECK_PROOF],
  ['RFC 9449 §4.3 (8)', 'a proof for one method serves for another', 'compare htm with the method, to the letter'],
  [
    'RFC 9449 §4.3 (9)',
    'a proof for one URL, which others saw, serves for another',
    'compare htu with the URL of the request, without query and fragment, after normalisation (RFC 3986 §6.2.2, §6.2.3)',
  ],
  [
    'RFC 9449 §4.3 (10)',
    'nonces say nothing: proofs can be made ahead',
    'accept nonces that this API made, and for a short time',
  ],
  ['RFC 9449 §4.3 (11)', 'a proof that leaked serves for ever', 'accept iat within minutes, in both directions'],
  ['RFC 9449 §4.3 (12)', STOLEN, 'compare ath with the hash of the token, and the thumbprint of jwk with cnf.jkt'],
  ['RFC 9449 §4.3', STOLEN, CHECK_PROOF],
  [
    'RFC 9449 §7.1',
    STOLEN,
    'take "DPoP TOKEN" only with a proof that was checked; an API without DPoP takes "Bearer TOKEN" alone',
  ],
  ['RFC 9449 §7.2', STOLEN, 'refuse tokens with cnf that come as Bearer'],
  ['RFC 9449 §9', 'proofs can be made ahead', 'refuse proofs without a nonce of this API'],
  ['RFC 9470', 'a weak login serves where a strong one is required', 'check acr and auth_time'],
  [
    'RFC 9700 §4.3.2',
    'the token lies in histories, in logs of proxies, and in Referer',
    'do not read tokens from the query',
  ],
]

/** What to say of a fault. */
export function adviceFor(clause: Clause, name: string, kind: FaultKind): Advice {
  if (kind !== 'accepted') return KINDS[kind]
  const row = ROWS.find(([start, , , names]) => isPartOf(clause, start) && (names === undefined || names.test(name)))
  const [, means = 'not known', mend = 'keep the clause'] = row ?? []
  return { means, mend }
}

/** Whether a clause is that one, or a part of it: §4.3 (9) of §4.3, and not §4.30. */
function isPartOf(clause: string, start: string): boolean {
  return clause.startsWith(start) && !/^\d/.test(clause.slice(start.length))
}
