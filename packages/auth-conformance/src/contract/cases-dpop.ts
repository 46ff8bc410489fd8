import { createProof } from '@acme/auth-testing'
import { calculateJwkThumbprint } from 'jose/jwk/thumbprint'

import { attack, asDpopUser, honest } from './case.js'
import type { ContractCase } from './contract.js'
import type { Expected } from './expectations.js'
import * as answer from './refusals.js'
import type { ContractClient, ProofDefect } from './client.js'

const now = (): number => Math.floor(Date.now() / 1000)

/** A request whose proof has this defect. */
function bad(
  name: string,
  expected: Expected,
  defect: ProofDefect | ((client: ContractClient) => ProofDefect),
): ContractCase {
  return attack(`proof: ${name}`, expected, (c) => c.dpop(typeof defect === 'function' ? defect(c) : defect))
}

function badJwk(
  name: string,
  change: (jwk: Readonly<Record<string, unknown>>, client: ContractClient) => unknown,
): ContractCase {
  return attack(`proof key: ${name}`, answer.proofKey(), (c) => {
    const { kty, crv, x, y } = c.fixture.clientKey.publicJwk
    return c.proofWithJwk(change({ kty, crv, x, y }, c))
  })
}

/** DPoP proofs: RFC 9449 §4.3, §7 and §11.1. */
export const dpopCases: readonly ContractCase[] = [
  honest('a good proof', asDpopUser, (c) => c.dpop()),
  honest('a good proof where DPoP is required', asDpopUser, (c) => c.dpop(), { configuration: 'required' }),
  honest('a good proof on a route that requires DPoP', asDpopUser, (c) => c.dpop({}, '/dpop-only')),
  honest('the scheme in lower case', asDpopUser, async (c) => {
    const [[, authorization = ''] = [], proof = ['DPoP', '']] = await c.dpopHeaders('/any')
    return c.request('/any', [['Authorization', authorization.replace('DPoP', 'dpop')], proof])
  }),
  honest('a POST', asDpopUser, async (c) =>
    c.request('/any', [...(await c.dpopHeaders('/any', { method: 'POST' })), ['Content-Length', '0']], 'POST'),
  ),
  honest('two proofs of one client, one after the other', asDpopUser, async (c) => [await c.dpop(), await c.dpop()]),
  honest('one jti with two keys', asDpopUser, async (c) => {
    const token = { jkt: c.fixture.otherKey.thumbprint }
    const claims = { jti: crypto.randomUUID() }
    return [await c.dpop({ claims }), await c.dpop({ claims, key: c.fixture.otherKey, token })]
  }),
  honest('a proof from a little ahead', asDpopUser, (c) => c.dpop({ now: now() + 20 })),
  honest('a proof of almost the greatest age', asDpopUser, (c) => c.dpop({ now: now() - 320 })),
  honest('the longest jti', asDpopUser, (c) => c.dpop({ claims: { jti: crypto.randomUUID().padEnd(512, 'j') } })),
  honest('a fractional iat', asDpopUser, (c) => c.dpop({ claims: { iat: now() - 0.5 } })),
  honest('further members in header and payload', asDpopUser, (c) =>
    c.dpop({ header: { kid: 'mine' }, claims: { nonce: 'unasked', more: [1] } }),
  ),

  attack('no proof', answer.missingProof(), async (c) => c.authorization(`DPoP ${await c.boundToken()}`)),
  attack('two proofs', answer.repeatedProof(), async (c) => {
    const headers = await c.dpopHeaders('/any')
    return c.request('/any', [...headers, ...headers.slice(1)])
  }),
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
  attack('the access token as proof', answer.malformedProof(), async (c) => {
    const token = await c.boundToken()
    return c.request('/any', [
      ['Authorization', `DPoP ${token}`],
      ['DPoP', token],
    ])
  }),

  bad('above 8 KiB', answer.malformedProof(), { claims: { more: 'x'.repeat(8 * 1024) } }),
  bad('typ is missing', answer.malformedProof(), { header: { typ: undefined } }),
  bad('typ is JWT', answer.malformedProof(), { header: { typ: 'JWT' } }),
  bad('typ is at+jwt', answer.malformedProof(), { header: { typ: 'at+jwt' } }),
  bad('typ is a list', answer.malformedProof(), { header: { typ: ['dpop+jwt'] } }),
  bad('alg is none', answer.malformedProof(), { header: { alg: 'none' } }),
  bad('alg is none, without a signature', answer.malformedProof(), { header: { alg: 'none' }, signature: 'none' }),
  bad('alg is HS256', answer.malformedProof(), { header: { alg: 'HS256' } }),
  bad('alg is a number', answer.malformedProof(), { header: { alg: 256 } }),
  bad('an algorithm that is not accepted', answer.malformedProof(), (c) => ({
    key: c.fixture.rsaKey,
    token: { jkt: c.fixture.rsaKey.thumbprint },
  })),
  bad('crit', answer.malformedProof(), { header: { crit: ['htm'] } }),
  bad('b64', answer.malformedProof(), { header: { b64: false } }),
  bad('the header is an array', answer.malformedProof(), { rawHeader: '[]' }),
  bad('the payload is a number', answer.malformedProof(), { rawPayload: '1' }),
  bad('the payload is not UTF-8', answer.malformedProof(), { rawPayload: new Uint8Array([0x7b, 0xff, 0x7d]) }),
  bad('the payload is empty', answer.proofMethod(), { rawPayload: '{}' }),

  badJwk('missing', () => undefined),
  badJwk('null', () => null),
  badJwk('text', () => 'key'),
  badJwk('a list', (jwk) => [jwk]),
  badJwk('with a private member', (jwk) => ({ ...jwk, d: 'AAAA' })),
  badJwk('symmetric', () => ({ kty: 'oct', k: 'c2VjcmV0' })),
  badJwk('with a symmetric member', (jwk) => ({ ...jwk, k: 'c2VjcmV0' })),
  badJwk('of another curve', (jwk) => ({ ...jwk, crv: 'P-384' })),
  badJwk('of another curve by name only', (jwk) => ({ ...jwk, crv: 'secp256k1' })),
  badJwk('with a short coordinate', (jwk) => ({ ...jwk, x: 'AAAA' })),
  badJwk('for another algorithm', (jwk) => ({ ...jwk, alg: 'ES384' })),
  badJwk('for encryption', (jwk) => ({ ...jwk, use: 'enc' })),
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

  attack('proof: for another method', answer.proofMethod(), async (c) =>
    c.request('/any', await c.dpopHeaders('/any', { method: 'POST' })),
  ),
  bad('htm in lower case', answer.proofMethod(), { claims: { htm: 'get' } }),
  bad('htm is missing', answer.proofMethod(), { claims: { htm: undefined } }),
  bad('htm is a list', answer.proofMethod(), { claims: { htm: ['GET'] } }),

  bad('iat is missing', answer.malformedProof(), { claims: { iat: undefined } }),
  bad('iat is text', answer.malformedProof(), { claims: { iat: String(now()) } }),
  bad('iat is huge', answer.proofTime(), { claims: { iat: 1e300 } }),
  bad('iat is negative', answer.proofTime(), { claims: { iat: -1 } }),
  bad('too old', answer.proofTime(), () => ({ now: now() - 340 })),
  bad('from the future', answer.proofTime(), () => ({ now: now() + 60 })),

  // RFC 7519 §4.1.4 and §4.1.5: not needed in a proof, and meant where they are.
  honest('exp to come and nbf gone by', asDpopUser, (c) => c.dpop({ claims: { exp: now() + 60, nbf: now() - 60 } })),
  honest('exp and nbf within the tolerance', asDpopUser, (c) =>
    c.dpop({ claims: { exp: now() - 20, nbf: now() + 20 } }),
  ),
  bad('exp is over', answer.proofTime(), () => ({ claims: { exp: now() - 60 } })),
  bad('nbf is to come', answer.proofTime(), () => ({ claims: { nbf: now() + 60 } })),
  bad('exp is text', answer.malformedProof(), () => ({ claims: { exp: String(now() + 60) } })),
  bad('exp is null', answer.malformedProof(), { claims: { exp: null } }),
  bad('nbf is text', answer.malformedProof(), () => ({ claims: { nbf: String(now() - 60) } })),
  bad('nbf is a list', answer.malformedProof(), () => ({ claims: { nbf: [now() - 60] } })),

  honest('proofs of one key with headers that differ', asDpopUser, async (c) => {
    const kids = ['a', 'b', 'x'.repeat(2000), 'a']
    return Promise.all(kids.map((kid) => c.dpop({ header: { kid } })))
  }),
  attack('a known key, and a header of the same client with another typ', answer.malformedProof(), async (c) => [
    await c.dpop(),
    await c.dpop({ header: { typ: 'jwt' } }),
  ]),

  bad('jti is missing', answer.malformedProof(), { claims: { jti: undefined } }),
  bad('jti is empty', answer.malformedProof(), { claims: { jti: '' } }),
  bad('jti is a number', answer.malformedProof(), { claims: { jti: 1 } }),
  bad('jti is too long', answer.malformedProof(), { claims: { jti: 'j'.repeat(513) } }),
  bad('jti fills the proof', answer.malformedProof(), { claims: { jti: 'j'.repeat(5000) } }),
  bad('jti is an object', answer.malformedProof(), { claims: { jti: { id: 'j' } } }),

  bad('ath is missing', answer.proofToken(), { claims: { ath: undefined } }),
  bad('ath is empty', answer.proofToken(), { claims: { ath: '' } }),
  bad('ath is of another token', answer.proofToken(), { accessToken: 'another' }),
  bad('ath is padded', answer.proofToken(), { claims: { ath: 'fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo=' } }),

  attack("a stolen token with a proof of the thief's own key", answer.keyMismatch({ scheme: 'DPoP' }), (c) =>
    c.dpop({ key: c.fixture.otherKey }),
  ),
  attack('a stolen proof with another token of the same client', answer.proofToken(), async (c) => {
    const [, proof = ['DPoP', '']] = await c.dpopHeaders('/any')
    return c.request('/any', [['Authorization', `DPoP ${await c.boundToken()}`], proof])
  }),
  attack('a bound token that is expired', answer.expiredToken({ scheme: 'DPoP' }), (c) =>
    c.dpop({ token: { expiresIn: -60 } }),
  ),
  attack('a bound token with a flipped signature', answer.invalidToken({ scheme: 'DPoP' }), (c) =>
    c.dpop({ token: { signature: 'flipped' } }),
  ),
  attack('a certificate-bound token', answer.invalidToken({ scheme: 'DPoP' }), (c) =>
    c.dpop({ token: { claims: { cnf: { 'x5t#S256': 'bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2' } } } }),
  ),
  attack('a proof that was refused is not spent', answer.proofMethod(), async (c) => {
    const token = await c.boundToken()
    const proof = await createProof({ key: c.fixture.clientKey, url: c.url('/any'), accessToken: token })
    const headers = [
      ['Authorization', `DPoP ${token}`],
      ['DPoP', proof],
    ] as const
    return [c.request('/any', headers), c.request('/any', [...headers, ['Content-Length', '0']], 'POST')]
  }),
]
