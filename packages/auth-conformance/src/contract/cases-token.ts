import { createTestKey } from '@acme/auth-testing'

import { attack, asUser, honest } from './case.js'
import type { ContractCase } from './contract.js'
import { accepted } from './expectations.js'
import { expiredToken, invalidToken } from './refusals.js'

const now = (): number => Math.floor(Date.now() / 1000)
const encode = (text: string): Uint8Array => new TextEncoder().encode(text)

/** A claim that is refused whatever the signature says. */
function badClaim(name: string, value: unknown, label: string = JSON.stringify(value)): ContractCase {
  return attack(`${name} is ${label}`, invalidToken(), (c) => c.bearer({ claims: { [name]: value } }))
}

function badHeader(name: string, value: unknown): ContractCase {
  return attack(`the token's ${name} is ${JSON.stringify(value)}`, invalidToken(), (c) =>
    c.bearer({ header: { [name]: value } }),
  )
}

function badBytes(part: 'header' | 'payload', label: string, bytes: string | Uint8Array): ContractCase {
  return attack(`the token's ${part} is ${label}`, invalidToken(), (c) => c.rawToken(part, bytes))
}

function badText(label: string, change: (token: string) => string): ContractCase {
  return attack(label, invalidToken(), async (c) => c.authorization(`Bearer ${change(await c.issuer.accessToken())}`))
}

const segments = (change: (header: string, payload: string, signature: string) => string) => (token: string) => {
  const [header = '', payload = '', signature = ''] = token.split('.')
  return change(header, payload, signature)
}

/** Access tokens: RFC 7519 §7.2, RFC 8725 §3, RFC 9068 §4. */
export const tokenCases: readonly ContractCase[] = [
  honest('several audiences, this one among them', asUser, (c) =>
    c.bearer({ claims: { aud: ['https://other.test/', c.issuer.audience] } }),
  ),
  honest('typ JWT, as Auth0 issues it', asUser, (c) => c.bearer({ header: { typ: 'JWT' } })),
  honest('typ application/at+jwt', asUser, (c) => c.bearer({ header: { typ: 'application/at+jwt' } })),
  honest('no typ', asUser, (c) => c.bearer({ header: { typ: undefined } })),
  honest('a fractional exp', asUser, (c) => c.bearer({ claims: { exp: now() + 60.5 } })),
  honest('expired within the tolerance', asUser, (c) => c.bearer({ claims: { exp: now() - 2 } })),
  honest('nbf and iat within the tolerance', asUser, (c) => c.bearer({ claims: { nbf: now() + 3, iat: now() + 3 } })),
  honest('no iat and no jti', asUser, (c) => c.bearer({ claims: { iat: undefined, jti: undefined } })),
  honest('no subject', accepted({ scheme: 'Bearer', scopes: [] }), (c) => c.bearer({ claims: { sub: undefined } })),
  honest('scope as a list', accepted({ sub: 'user-1', scheme: 'Bearer', scopes: ['a', 'b'] }), (c) =>
    c.bearer({ claims: { scope: ['a', 'b'] } }),
  ),
  honest('an expired token', expiredToken(), (c) => c.bearer({ expiresIn: -60 })),
  honest('the second of two issuers', asUser, async (c) => c.bearer(await c.fixture.secondIssuer.accessToken()), {
    configuration: 'two issuers',
  }),
  honest('a token by RFC 9068 where that is demanded', asUser, (c) => c.bearer(), { configuration: 'rfc9068' }),
  attack('typ JWT where RFC 9068 is demanded', invalidToken(), (c) => c.bearer({ header: { typ: 'JWT' } }), {
    configuration: 'rfc9068',
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

  attack('a flipped signature', invalidToken(), (c) => c.bearer({ signature: 'flipped' })),
  attack('an empty signature', invalidToken(), (c) => c.bearer({ signature: 'none' })),
  attack('the key of another issuer', invalidToken(), (c) => c.bearer({ key: c.fixture.strangerIssuer.signingKey })),
  attack('the key of another issuer under the kid of this one', invalidToken(), (c) =>
    c.bearer({ key: c.fixture.strangerIssuer.signingKey, header: { kid: c.issuer.signingKey.kid } }),
  ),
  attack(
    'one trusted issuer signs for the other',
    invalidToken(),
    async (c) => c.bearer({ key: c.fixture.secondIssuer.signingKey }),
    { configuration: 'two issuers' },
  ),
  attack('an issuer that is not trusted', invalidToken(), async (c) =>
    c.bearer(await c.fixture.strangerIssuer.accessToken()),
  ),
  attack('an unknown kid', invalidToken(), (c) => c.bearer({ header: { kid: 'unknown' } })),
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
  attack('HS256 with the public key as secret', invalidToken(), async (c) =>
    c.bearer(await c.symmetric('HS256', encode(JSON.stringify(c.issuer.signingKey.publicJwk)))),
  ),
  attack('HS512 with an empty-looking secret', invalidToken(), async (c) =>
    c.bearer(await c.symmetric('HS512', encode('secret'))),
  ),
  attack('another algorithm of the same key', invalidToken(), (c) => c.bearer({ header: { alg: 'PS256' } })),
  badHeader('alg', 'none'),
  badHeader('alg', 'None'),
  badHeader('alg', 'nOnE'),
  badHeader('alg', 'rs256'),
  badHeader('alg', 256),
  badHeader('alg', ['RS256']),
  badHeader('alg', null),
  badHeader('kid', 7),
  badHeader('kid', ['a']),
  badHeader('crit', ['exp']),
  badHeader('crit', []),
  badHeader('b64', false),
  badHeader('zip', 'DEF'),
  badHeader('typ', 'dpop+jwt'),
  badHeader('typ', 'id_token'),
  badHeader('typ', 'logout+jwt'),
  badHeader('typ', ['JWT']),

  badText('one segment', () => 'abc'),
  badText(
    'two segments',
    segments((header, payload) => `${header}.${payload}`),
  ),
  badText('four segments', (token) => `${token}.e30`),
  badText('five segments, as of a JWE', (token) => `${token}.e30.e30`),
  badText(
    'an empty header',
    segments((_header, payload, signature) => `.${payload}.${signature}`),
  ),
  badText(
    'an empty payload',
    segments((header, _payload, signature) => `${header}..${signature}`),
  ),
  badText('only dots', () => '..'),
  badText('a padded signature', (token) => `${token}==`),
  badText(
    'base64 instead of base64url',
    segments((header, payload, signature) => `${header}.${payload}.${signature}+/`),
  ),
  badText(
    'the payload of another token',
    segments((header, _payload, signature) => `${header}.eyJzdWIiOiJyb290In0.${signature}`),
  ),

  badBytes('header', 'an array', '["RS256"]'),
  badBytes('header', 'a number', '1'),
  badBytes('header', 'null', 'null'),
  badBytes('header', 'text', '"RS256"'),
  badBytes('header', 'not JSON', '{'),
  badBytes('header', 'not UTF-8', new Uint8Array([0x7b, 0xff, 0xfe, 0x7d])),
  badBytes('payload', 'an array', '[]'),
  badBytes('payload', 'a number', '42'),
  badBytes('payload', 'null', 'null'),
  badBytes('payload', 'true', 'true'),
  badBytes('payload', 'an empty object', '{}'),
  badBytes('payload', 'not JSON', 'sub=user-1'),
  badBytes('payload', 'not UTF-8', new Uint8Array([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x7d])),
  badBytes('payload', 'preceded by a byte order mark', '\ufeff{}'),
  badBytes('payload', 'ten thousand arrays deep', '['.repeat(5000) + ']'.repeat(5000)),
  attack('a claim nested five thousand deep', invalidToken(), (c) =>
    c.rawToken('payload', `{"iss":${JSON.stringify(c.issuer.issuer)},"x":${'['.repeat(2500)}${']'.repeat(2500)}}`),
  ),
  attack('a member named __proto__', invalidToken(), (c) =>
    c.rawToken(
      'payload',
      `{"iss":${JSON.stringify(c.issuer.issuer)},"aud":"https://api.test/","exp":${now() + 60},"__proto__":{"scope":"admin"}}`,
    ),
  ),
  attack('a repeated iss, this issuer first', invalidToken(), (c) =>
    c.rawToken(
      'payload',
      `{"iss":${JSON.stringify(c.issuer.issuer)},"aud":"https://api.test/","exp":${now() + 60},"iss":"https://evil.test/"}`,
    ),
  ),
  attack('an exp beyond all numbers', invalidToken(), (c) =>
    c.rawToken('payload', `{"iss":${JSON.stringify(c.issuer.issuer)},"aud":"https://api.test/","exp":1e999}`),
  ),

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
  badClaim('aud', ['https://api.test/', 1]),
  badClaim('exp', undefined, 'missing'),
  badClaim('exp', null),
  badClaim('exp', '9999999999'),
  badClaim('exp', [9_999_999_999]),
  badClaim('exp', 1e300),
  badClaim('exp', -1),
  badClaim('nbf', '0'),
  badClaim('nbf', 4_000_000_000),
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
