import { createProof } from '@acme/auth-testing'

import { badJwk, badProof as bad } from './bad-proof.js'
import { asDpopUser, attack, demandedBy, honest } from './case.js'
import { proofFormCases } from './cases-dpop-form.js'
import type { ContractCase } from './contract.js'
import * as answer from './refusals.js'

const now = (): number => Math.floor(Date.now() / 1000)
// Seconds: more than any tolerance.
const HOUR = 3600

/** DPoP proofs: RFC 9449 §4.3, §7 and §11.1. */
export const dpopCases: readonly ContractCase[] = [
  ...proofFormCases,

  ...demandedBy('RFC 9449 §7.1', [
    honest('a good proof', asDpopUser, (c) => c.dpop()),
    honest('a good proof where DPoP is required', asDpopUser, (c) => c.dpop(), { configuration: 'required' }),
    honest('two proofs of one client, one after the other', asDpopUser, async (c) => [await c.dpop(), await c.dpop()]),
    attack('no proof', answer.missingProof(), async (c) => c.authorization(`DPoP ${await c.boundToken()}`)),
  ]),

  ...demandedBy('RFC 9110 §11.1', [
    honest('the scheme in lower case', asDpopUser, async (c) => {
      const [[, authorization = ''] = [], proof = ['DPoP', '']] = await c.dpopHeaders('/any')
      return c.request('/any', [['Authorization', authorization.replace('DPoP', 'dpop')], proof])
    }),
  ]),

  ...demandedBy('RFC 9449 §4.3 (8)', [
    honest('a POST', asDpopUser, async (c) =>
      c.request('/any', [...(await c.dpopHeaders('/any', { method: 'POST' })), ['Content-Length', '0']], 'POST'),
    ),
    attack('proof: for another method', answer.proofMethod(), async (c) =>
      c.request('/any', await c.dpopHeaders('/any', { method: c.otherMethod })),
    ),
    bad('htm in lower case', answer.proofMethod(), { claims: { htm: 'get' } }),
    bad('htm is a list', answer.proofMethod(), { claims: { htm: ['GET'] } }),
    attack('a proof that was refused is not spent', answer.proofMethod(), async (c) => {
      const token = await c.boundToken()
      const proof = await createProof({ key: c.fixture.clientKey, url: c.url('/any'), accessToken: token })
      const headers = [
        ['Authorization', `DPoP ${token}`],
        ['DPoP', proof],
      ] as const
      return [c.request('/any', headers), c.request('/any', [...headers, ['Content-Length', '0']], 'POST')]
    }),
  ]),

  ...demandedBy('RFC 7519 §2', [
    honest('a fractional iat', asDpopUser, (c) => c.dpop({ claims: { iat: now() - 0.5 } })),
  ]),

  ...demandedBy('RFC 7519 §4.1.6', [bad('iat is text', answer.malformedProof(), { claims: { iat: String(now()) } })]),

  ...demandedBy('RFC 9449 §4.3 (11)', [
    bad('iat is huge', answer.proofTime(), { claims: { iat: 1e300 } }),
    bad('iat is negative', answer.proofTime(), { claims: { iat: -1 } }),
  ]),

  ...demandedBy('RFC 7519 §4.1.4', [
    // RFC 7519 §4.1.4 and §4.1.5: not needed in a proof, and meant where they are.
    honest('exp to come and nbf gone by', asDpopUser, (c) => c.dpop({ claims: { exp: now() + 60, nbf: now() - 60 } })),
    bad('exp is over', answer.proofTime(), () => ({ claims: { exp: now() - HOUR } })),
    bad('exp is text', answer.malformedProof(), () => ({ claims: { exp: String(now() + 60) } })),
    bad('exp is null', answer.malformedProof(), { claims: { exp: null } }),
    attack('a bound token that is expired', answer.expiredToken({ scheme: 'DPoP' }), (c) =>
      c.dpop({ token: { expiresIn: -HOUR } }),
    ),
  ]),

  ...demandedBy('RFC 7519 §4.1.5', [
    bad('nbf is to come', answer.proofTime(), () => ({ claims: { nbf: now() + HOUR } })),
    bad('nbf is text', answer.malformedProof(), () => ({ claims: { nbf: String(now() - 60) } })),
    bad('nbf is a list', answer.malformedProof(), () => ({ claims: { nbf: [now() - 60] } })),
  ]),

  ...demandedBy('RFC 9449 §4.3 (12)', [
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
  ]),

  ...demandedBy('RFC 7515 §5.2 (8)', [
    attack('a bound token with a flipped signature', answer.invalidToken({ scheme: 'DPoP' }), (c) =>
      c.dpop({ token: { signature: 'flipped' } }),
    ),
  ]),

  // What RFCs leave open.
  honest('a good proof on a route that requires DPoP', asDpopUser, (c) => c.dpop({}, '/dpop-only')),
  honest('one jti with two keys', asDpopUser, async (c) => {
    const token = { jkt: c.fixture.otherKey.thumbprint }
    const claims = { jti: crypto.randomUUID() }
    return [await c.dpop({ claims }), await c.dpop({ claims, key: c.fixture.otherKey, token })]
  }),
  honest('a proof from a little ahead', asDpopUser, (c) => c.dpop({ now: now() + 20 })),
  honest('a proof of almost the greatest age', asDpopUser, (c) => c.dpop({ now: now() - 320 })),
  honest('the longest jti', asDpopUser, (c) => c.dpop({ claims: { jti: crypto.randomUUID().padEnd(512, 'j') } })),
  honest('further members in header and payload', asDpopUser, (c) =>
    c.dpop({ header: { kid: 'mine' }, claims: { nonce: 'unasked', more: [1] } }),
  ),
  bad('above 8 KiB', answer.malformedProof(), { claims: { more: 'x'.repeat(8 * 1024) } }),
  bad('an algorithm that is not accepted', answer.malformedProof(), (c) => ({
    key: c.fixture.rsaKey,
    token: { jkt: c.fixture.rsaKey.thumbprint },
  })),
  bad('b64', answer.malformedProof(), { header: { b64: false } }),
  badJwk('with a symmetric member', (jwk) => ({ ...jwk, k: 'c2VjcmV0' })),
  badJwk('for another algorithm', (jwk) => ({ ...jwk, alg: 'ES384' })),
  badJwk('for encryption', (jwk) => ({ ...jwk, use: 'enc' })),
  bad('too old', answer.proofTime(), () => ({ now: now() - 340 })),
  bad('from the future', answer.proofTime(), () => ({ now: now() + 60 })),
  honest('exp and nbf within the tolerance', asDpopUser, (c) =>
    c.dpop({ claims: { exp: now() - 20, nbf: now() + 20 } }),
  ),
  honest('proofs of one key with headers that differ', asDpopUser, async (c) => {
    const kids = ['a', 'b', 'x'.repeat(2000), 'a']
    return Promise.all(kids.map((kid) => c.dpop({ header: { kid } })))
  }),
  bad('jti is empty', answer.malformedProof(), { claims: { jti: '' } }),
  bad('jti is a number', answer.malformedProof(), { claims: { jti: 1 } }),
  bad('jti is too long', answer.malformedProof(), { claims: { jti: 'j'.repeat(513) } }),
  bad('jti fills the proof', answer.malformedProof(), { claims: { jti: 'j'.repeat(5000) } }),
  bad('jti is an object', answer.malformedProof(), { claims: { jti: { id: 'j' } } }),
  attack('a certificate-bound token', answer.invalidToken({ scheme: 'DPoP' }), (c) =>
    c.dpop({ token: { claims: { cnf: { 'x5t#S256': 'bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2' } } } }),
  ),
]
