import { calculateJwkThumbprint } from 'jose/jwk/thumbprint'

import { badJwk, badProof as bad } from './bad-proof.js'
import { attack, demandedBy } from './case.js'
import type { ContractCase } from './contract.js'
import * as answer from './refusals.js'

/** What a DPoP proof is made of, and its signature: RFC 9449 §4.3 (1) to (7). */
export const proofFormCases: readonly ContractCase[] = [
  ...demandedBy('RFC 9449 §4.3 (1)', [
    attack('two proofs', answer.repeatedProof(), async (c) => {
      const headers = await c.dpopHeaders('/any')
      return c.request('/any', [...headers, ...headers.slice(1)])
    }),
  ]),

  ...demandedBy('RFC 9449 §4.3 (2)', [
    attack('two proofs in one line', answer.repeatedProof(), async (c) => {
      const [authorization = ['Authorization', ''], [, proof = ''] = []] = await c.dpopHeaders('/any')
      return c.request('/any', [authorization, ['DPoP', `${proof}, ${proof}`]])
    }),
    attack('an empty proof', answer.malformedProof(), async (c) =>
      c.request('/any', [
        ['Authorization', `DPoP ${await c.boundToken()}`],
        ['DPoP', ''],
      ]),
    ),
    attack('a proof that is no JWS', answer.malformedProof(), async (c) =>
      c.request('/any', [
        ['Authorization', `DPoP ${await c.boundToken()}`],
        ['DPoP', 'proof'],
      ]),
    ),
    bad('the header is an array', answer.malformedProof(), { rawHeader: '[]' }),
    bad('the payload is a number', answer.malformedProof(), { rawPayload: '1' }),
    bad('the payload is not UTF-8', answer.malformedProof(), { rawPayload: new Uint8Array([0x7b, 0xff, 0x7d]) }),
  ]),

  ...demandedBy('RFC 9449 §4.3 (3)', [
    bad('the payload is empty', answer.proofMethod(), { rawPayload: '{}' }),
    bad('htm is missing', answer.proofMethod(), { claims: { htm: undefined } }),
    bad('iat is missing', answer.malformedProof(), { claims: { iat: undefined } }),
    bad('jti is missing', answer.malformedProof(), { claims: { jti: undefined } }),
  ]),

  ...demandedBy('RFC 9449 §4.3 (4)', [
    attack('the access token as proof', answer.malformedProof(), async (c) => {
      const token = await c.boundToken()
      return c.request('/any', [
        ['Authorization', `DPoP ${token}`],
        ['DPoP', token],
      ])
    }),
    bad('typ is missing', answer.malformedProof(), { header: { typ: undefined } }),
    bad('typ is JWT', answer.malformedProof(), { header: { typ: 'JWT' } }),
    bad('typ is at+jwt', answer.malformedProof(), { header: { typ: 'at+jwt' } }),
    bad('typ is a list', answer.malformedProof(), { header: { typ: ['dpop+jwt'] } }),
    attack('a known key, and a header of the same client with another typ', answer.malformedProof(), async (c) => [
      await c.dpop(),
      await c.dpop({ header: { typ: 'jwt' } }),
    ]),
  ]),

  ...demandedBy('RFC 9449 §4.3 (5)', [
    bad('alg is none', answer.malformedProof(), { header: { alg: 'none' } }),
    bad('alg is none, without a signature', answer.malformedProof(), { header: { alg: 'none' }, signature: 'none' }),
    bad('alg is HS256', answer.malformedProof(), { header: { alg: 'HS256' } }),
    bad('alg is a number', answer.malformedProof(), { header: { alg: 256 } }),
  ]),

  ...demandedBy('RFC 9449 §4.3 (6)', [
    badJwk('missing', () => undefined),
    badJwk('null', () => null),
    badJwk('text', () => 'key'),
    badJwk('a list', (jwk) => [jwk]),
    badJwk('symmetric', () => ({ kty: 'oct', k: 'c2VjcmV0' })),
    badJwk('of another curve', (jwk) => ({ ...jwk, crv: 'P-384' })),
    badJwk('of another curve by name only', (jwk) => ({ ...jwk, crv: 'secp256k1' })),
    badJwk('with a short coordinate', (jwk) => ({ ...jwk, x: 'AAAA' })),
    badJwk('of another type', (_jwk, c) => ({ kty: 'RSA', n: c.fixture.rsaKey.publicJwk.n, e: 'AQAB' })),
    attack('proof key: not on its curve, and the token bound to it', answer.proofKey(), async (c) => {
      const { kty, crv, x } = c.fixture.clientKey.publicJwk
      const jwk = { kty: String(kty), crv: String(crv), x: String(x), y: String(x) }
      return c.dpop({ header: { jwk }, token: { jkt: await calculateJwkThumbprint(jwk) } })
    }),
    attack("proof key: somebody else's, and no curve's either", answer.keyMismatch({ scheme: 'DPoP' }), (c) => {
      const { kty, crv, x } = c.fixture.clientKey.publicJwk
      return c.proofWithJwk({ kty, crv, x, y: x })
    }),
    bad('a flipped signature', answer.proofSignature(), { signature: 'flipped' }),
    bad('a signature in DER', answer.proofSignature(), { signature: 'der' }),
    bad('a signature of zeros', answer.proofSignature(), { signature: new Uint8Array(64) }),
    bad('a short signature', answer.proofSignature(), { signature: new Uint8Array([1]) }),
    bad('no signature', answer.malformedProof(), { signature: 'none' }),
    bad('signed by another key than it shows', answer.proofSignature(), (c) => {
      const { kty, crv, x, y } = c.fixture.clientKey.publicJwk
      return { key: c.fixture.otherKey, header: { jwk: { kty, crv, x, y } } }
    }),
  ]),

  ...demandedBy('RFC 9449 §4.3 (7)', [badJwk('with a private member', (jwk) => ({ ...jwk, d: 'AAAA' }))]),

  ...demandedBy('RFC 7515 §4.1.11', [bad('crit', answer.malformedProof(), { header: { crit: ['htm'] } })]),
]
