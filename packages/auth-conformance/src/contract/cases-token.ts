import { createTestKey } from '@acme/auth-testing'

import { badBytes, badClaim, badHeader } from './bad-token.js'
import { asUser, attack, demandedBy, honest } from './case.js'
import { tokenFormCases } from './cases-token-form.js'
import type { ContractCase } from './contract.js'
import { accepted } from './expectations.js'
import { expiredToken, invalidToken } from './refusals.js'

const now = (): number => Math.floor(Date.now() / 1000)
// Seconds: more than any tolerance.
const HOUR = 3600

/** Access tokens: RFC 7519 §7.2, RFC 8725 §3, RFC 9068 §4. */
export const tokenCases: readonly ContractCase[] = [
  ...tokenFormCases,

  ...demandedBy('RFC 7519 §4.1.3', [
    honest('several audiences, this one among them', asUser, (c) =>
      c.bearer({ claims: { aud: ['https://other.test/', c.issuer.audience] } }),
    ),
  ]),

  ...demandedBy('RFC 9068 §4', [
    honest('typ application/at+jwt', asUser, (c) => c.bearer({ header: { typ: 'application/at+jwt' } })),
    honest('a token by RFC 9068 where that is demanded', asUser, (c) => c.bearer(), { configuration: 'rfc9068' }),
    attack('typ JWT where RFC 9068 is demanded', invalidToken(), (c) => c.bearer({ header: { typ: 'JWT' } }), {
      configuration: 'rfc9068',
    }),
    badHeader('alg', 'none'),
    badHeader('typ', 'dpop+jwt'),
    badHeader('typ', 'id_token'),
    badHeader('typ', 'logout+jwt'),
    badHeader('typ', ['JWT']),
    badBytes('payload', 'an empty object', '{}'),
    badClaim('iss', undefined, 'missing'),
    badClaim('iss', 1),
    badClaim('iss', ['https://issuer.test/']),
    badClaim('iss', 'https://evil.test/'),
    attack('iss without its trailing slash', invalidToken(), (c) =>
      c.bearer({ claims: { iss: c.issuer.issuer.replace(/\/$/, '') } }),
    ),
    badClaim('aud', undefined, 'missing'),
    badClaim('aud', 'https://other.test/'),
    badClaim('aud', 'https://api.test'),
    badClaim('aud', []),
    badClaim('aud', 1),
    badClaim('aud', { 'https://api.test/': true }),
    badClaim('exp', undefined, 'missing'),
  ]),

  ...demandedBy('RFC 7519 §2', [
    honest('a fractional exp', asUser, (c) => c.bearer({ claims: { exp: now() + 60.5 } })),
  ]),

  ...demandedBy('RFC 7519 §4.1.4', [
    honest('an expired token', expiredToken(), (c) => c.bearer({ expiresIn: -HOUR })),
    badClaim('exp', null),
    badClaim('exp', '9999999999'),
    badClaim('exp', [9_999_999_999]),
    badClaim('exp', -1),
  ]),

  ...demandedBy('RFC 8725 §3.8', [
    attack(
      'one trusted issuer signs for the other',
      invalidToken(),
      async (c) => c.bearer({ key: c.fixture.secondIssuer.signingKey }),
      { configuration: 'two issuers' },
    ),
    attack('an issuer that is not trusted', invalidToken(), async (c) =>
      c.bearer(await c.fixture.strangerIssuer.accessToken()),
    ),
    attack("a key of the token's own in jwk", invalidToken(), async (c) => {
      const key = await createTestKey('RS256')
      return c.bearer({ key, header: { jwk: key.publicJwk } })
    }),
    attack("a key set of the token's own in jku", invalidToken(), (c) =>
      c.bearer({ key: c.fixture.strangerIssuer.signingKey, header: { jku: c.fixture.strangerIssuer.jwksUri } }),
    ),
    attack("a certificate of the token's own in x5u", invalidToken(), (c) =>
      c.bearer({ key: c.fixture.strangerIssuer.signingKey, header: { x5u: c.fixture.strangerIssuer.jwksUri } }),
    ),
  ]),

  ...demandedBy('RFC 7519 §4.1.5', [badClaim('nbf', '0'), badClaim('nbf', 4_000_000_000)]),

  // What RFCs leave open.
  honest('typ JWT, as Auth0 issues it', asUser, (c) => c.bearer({ header: { typ: 'JWT' } })),
  honest('no typ', asUser, (c) => c.bearer({ header: { typ: undefined } })),
  honest('expired within the tolerance', asUser, (c) => c.bearer({ claims: { exp: now() - 2 } })),
  honest('nbf and iat within the tolerance', asUser, (c) => c.bearer({ claims: { nbf: now() + 3, iat: now() + 3 } })),
  honest('no iat and no jti', asUser, (c) => c.bearer({ claims: { iat: undefined, jti: undefined } })),
  honest('no subject', accepted({ scheme: 'Bearer', scopes: [] }), (c) => c.bearer({ claims: { sub: undefined } })),
  honest('scope as a list', accepted({ sub: 'user-1', scheme: 'Bearer', scopes: ['a', 'b'] }), (c) =>
    c.bearer({ claims: { scope: ['a', 'b'] } }),
  ),
  honest('the second of two issuers', asUser, async (c) => c.bearer(await c.fixture.secondIssuer.accessToken()), {
    configuration: 'two issuers',
  }),
  attack(
    'no client_id where RFC 9068 is demanded',
    invalidToken(),
    (c) => c.bearer({ claims: { client_id: undefined } }),
    {
      configuration: 'rfc9068',
    },
  ),
  attack('no sub where RFC 9068 is demanded', invalidToken(), (c) => c.bearer({ claims: { sub: undefined } }), {
    configuration: 'rfc9068',
  }),
  attack('no iat where RFC 9068 is demanded', invalidToken(), (c) => c.bearer({ claims: { iat: undefined } }), {
    configuration: 'rfc9068',
  }),
  attack('an unknown kid', invalidToken(), (c) => c.bearer({ header: { kid: 'unknown' } })),
  badHeader('kid', 7),
  badHeader('kid', ['a']),
  badHeader('crit', []),
  badHeader('b64', false),
  badHeader('zip', 'DEF'),
  badBytes('payload', 'preceded by a byte order mark', '\ufeff{}'),
  attack('a claim nested five thousand deep', invalidToken(), (c) =>
    c.rawToken('payload', `{"iss":${JSON.stringify(c.issuer.issuer)},"x":${'['.repeat(2500)}${']'.repeat(2500)}}`),
  ),
  attack('a member named __proto__', invalidToken(), (c) =>
    c.rawToken(
      'payload',
      `{"iss":${JSON.stringify(c.issuer.issuer)},"aud":"https://api.test/","exp":${now() + 60},"__proto__":{"scope":"admin"}}`,
    ),
  ),
  attack('an exp beyond all numbers', invalidToken(), (c) =>
    c.rawToken('payload', `{"iss":${JSON.stringify(c.issuer.issuer)},"aud":"https://api.test/","exp":1e999}`),
  ),
  badClaim('aud', ['https://api.test/', 1]),
  badClaim('exp', 1e300),
  badClaim('iat', 'now'),
  badClaim('iat', 4_000_000_000),
  badClaim('sub', 1),
  badClaim('sub', { admin: true }),
  badClaim('scope', 1),
  badClaim('scope', { 'read:messages': true }),
  badClaim('scope', ['read:messages', 1]),
  badClaim('cnf', 'jkt'),
  badClaim('cnf', []),
  badClaim('cnf', null),
  badClaim('cnf', {}),
  badClaim('cnf', { jkt: 1 }),
  badClaim('cnf', { jkt: 'short' }),
  badClaim('cnf', { 'x5t#S256': 'bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2' }),
]
