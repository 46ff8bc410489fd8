import { createPublicKey } from 'node:crypto'
import type { JsonWebKeyInput } from 'node:crypto'

import { badBytes, badHeader } from './bad-token.js'
import { attack, demandedBy } from './case.js'
import type { ContractCase } from './contract.js'
import { invalidToken } from './refusals.js'

const now = (): number => Math.floor(Date.now() / 1000)
const encode = (text: string): Uint8Array => new TextEncoder().encode(text)

/** As libraries take public keys, and so, by mistake, secrets. */
function pemOf(key: JsonWebKeyInput['key']): string {
  return createPublicKey({ key, format: 'jwk' }).export({ type: 'spki', format: 'pem' }).toString()
}

/** A token whose text is changed. */
function badText(label: string, change: (token: string) => string): ContractCase {
  return attack(label, invalidToken(), async (c) => c.bearer(change(await c.issuer.accessToken())))
}

const segments = (change: (header: string, payload: string, signature: string) => string) => (token: string) => {
  const [header = '', payload = '', signature = ''] = token.split('.')
  return change(header, payload, signature)
}

/** What an access token is made of, and its signature: RFC 7515 §5.2, RFC 7519 §7.2, RFC 8725 §3.1. */
export const tokenFormCases: readonly ContractCase[] = [
  ...demandedBy('RFC 7515 §5.2 (8)', [
    attack('a flipped signature', invalidToken(), (c) => c.bearer({ signature: 'flipped' })),
    attack('an empty signature', invalidToken(), (c) => c.bearer({ signature: 'none' })),
    attack('the key of another issuer', invalidToken(), (c) => c.bearer({ key: c.fixture.strangerIssuer.signingKey })),
    attack('the key of another issuer under the kid of this one', invalidToken(), (c) =>
      c.bearer({ key: c.fixture.strangerIssuer.signingKey, header: { kid: c.issuer.signingKey.kid } }),
    ),
    badText(
      'an empty payload',
      segments((header, _payload, signature) => `${header}..${signature}`),
    ),
    badText(
      'the payload of another token',
      segments((header, _payload, signature) => `${header}.eyJzdWIiOiJyb290In0.${signature}`),
    ),
  ]),

  ...demandedBy('RFC 8725 §3.1', [
    attack('HS256 with the public key as secret', invalidToken(), async (c) =>
      c.bearer(await c.symmetric('HS256', encode(JSON.stringify(c.issuer.signingKey.publicJwk)))),
    ),
    attack('HS256 with the public key in PEM as secret', invalidToken(), async (c) =>
      c.bearer(await c.symmetric('HS256', encode(pemOf(c.issuer.signingKey.publicJwk)))),
    ),
    attack('HS512 with an empty-looking secret', invalidToken(), async (c) =>
      c.bearer(await c.symmetric('HS512', encode('secret'))),
    ),
    attack('another algorithm of the same key', invalidToken(), (c) => c.bearer({ header: { alg: 'PS256' } })),
  ]),

  ...demandedBy('RFC 7515 §4.1.1', [
    badHeader('alg', 'None'),
    badHeader('alg', 'nOnE'),
    badHeader('alg', 'rs256'),
    badHeader('alg', 256),
    badHeader('alg', ['RS256']),
    badHeader('alg', null),
  ]),

  ...demandedBy('RFC 7515 §4.1.11', [badHeader('crit', ['exp'])]),

  ...demandedBy('RFC 7515 §5.2 (1)', [
    badText('one segment', () => 'abc'),
    badText(
      'two segments',
      segments((header, payload) => `${header}.${payload}`),
    ),
    badText('four segments', (token) => `${token}.e30`),
    badText('five segments, as of a JWE', (token) => `${token}.e30.e30`),
  ]),

  ...demandedBy('RFC 7515 §5.2 (3)', [
    badText(
      'an empty header',
      segments((_header, payload, signature) => `.${payload}.${signature}`),
    ),
    badText('only dots', () => '..'),
    badBytes('header', 'an array', '["RS256"]'),
    badBytes('header', 'a number', '1'),
    badBytes('header', 'null', 'null'),
    badBytes('header', 'text', '"RS256"'),
    badBytes('header', 'not JSON', '{'),
    badBytes('header', 'not UTF-8', new Uint8Array([0x7b, 0xff, 0xfe, 0x7d])),
  ]),

  ...demandedBy('RFC 7515 §5.2 (7)', [
    badText('a padded signature', (token) => `${token}==`),
    badText(
      'base64 instead of base64url',
      segments((header, payload, signature) => `${header}.${payload}.${signature}+/`),
    ),
  ]),

  ...demandedBy('RFC 7519 §7.2', [
    badBytes('payload', 'an array', '[]'),
    badBytes('payload', 'a number', '42'),
    badBytes('payload', 'null', 'null'),
    badBytes('payload', 'true', 'true'),
    badBytes('payload', 'not JSON', 'sub=user-1'),
    badBytes('payload', 'not UTF-8', new Uint8Array([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x7d])),
    badBytes('payload', 'ten thousand arrays deep', '['.repeat(5000) + ']'.repeat(5000)),
  ]),

  ...demandedBy('RFC 7519 §4', [
    attack('a repeated iss, this issuer first', invalidToken(), (c) =>
      c.rawToken(
        'payload',
        `{"iss":${JSON.stringify(c.issuer.issuer)},"aud":"https://api.test/","exp":${now() + 60},"iss":"https://evil.test/"}`,
      ),
    ),
  ]),
]
