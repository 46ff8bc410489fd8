import { createTestKey } from '@acme/auth-testing'
import type { ProofOptions } from '@acme/auth-testing'
import { describe, expect, it } from 'vitest'
import { NOW, createWorld, refused, request } from '../support.js'

const calls: string[] = []
const reserve = (proofKey: string): 'seen' => {
  calls.push(proofKey)
  return 'seen'
}
const world = await createWorld({ dpop: { replay: { reserve } } })
const token = await world.issuer.accessToken({ jkt: world.key.thumbprint })
const otherKey = await createTestKey('ES256')
const otherJwk = (({ kty, crv, x, y }) => ({ kty, crv, x, y }))(otherKey.publicJwk)

interface Defect {
  readonly reason: string
  readonly detail: RegExp
  readonly header?: Record<string, unknown>
  readonly claims?: Record<string, unknown>
  readonly options?: Partial<ProofOptions>
}

// The checks of RFC 9449 §4.3 in the order in which they are made, each with a proof that fails it. The thumbprint comes
// before the signature, so that no work is spent on a key of somebody else.
const DEFECTS: readonly Defect[] = [
  { reason: 'proof_repeated', detail: /^undefined$/ },
  { reason: 'proof_malformed', detail: /crit/, header: { crit: ['x'] } },
  { reason: 'proof_malformed', detail: /^typ is/, header: { typ: 'JWT' } },
  { reason: 'proof_malformed', detail: /^alg is/, header: { alg: 'none' } },
  { reason: 'proof_key', detail: /private/, header: { jwk: { ...otherJwk, d: 'AAAA' } } },
  { reason: 'key_mismatch', detail: /cnf\.jkt/, options: { key: otherKey } },
  { reason: 'proof_signature', detail: /^undefined$/, options: { signature: 'flipped' } },
  { reason: 'proof_method', detail: /^htm says/, claims: { htm: 'POST' } },
  { reason: 'proof_url', detail: /htu/, claims: { htu: 'https://api.test/other' } },
  { reason: 'proof_time', detail: /^iat is/, claims: { iat: NOW - 3600 } },
  { reason: 'proof_time', detail: /^exp was/, claims: { exp: NOW - 3600 } },
  { reason: 'proof_time', detail: /^nbf is/, claims: { nbf: NOW + 3600 } },
  { reason: 'proof_malformed', detail: /^jti has 0/, claims: { jti: '' } },
  { reason: 'proof_token', detail: /^ath is/, claims: { ath: 'x' } },
  { reason: 'proof_replayed', detail: /^want a new proof/ },
]

function merged(parts: readonly (object | undefined)[]): Record<string, unknown> {
  return Object.fromEntries(parts.flatMap((part) => Object.entries(part ?? {})))
}

describe('a proof with several defects is refused for the first of them', () => {
  it.each(DEFECTS.map((defect, index) => ({ ...defect, index })))(
    '$index: $reason $detail',
    async ({ reason, detail, index }) => {
      const rest = DEFECTS.slice(index)
      const proof = await world.proof(token, {
        ...merged(rest.map(({ options }) => options)),
        header: merged(rest.map(({ header }) => header)),
        claims: merged(rest.map(({ claims }) => claims)),
      })
      calls.length = 0
      const dpop = index === 0 ? [proof, proof] : proof
      const { error } = refused(await world.server.authenticate(request({ authorization: `DPoP ${token}`, dpop })))
      expect([error.reason, String(error.detail)]).toEqual([reason, expect.stringMatching(detail)])
      // Nothing unproven fills the store.
      expect(calls).toHaveLength(index === DEFECTS.length - 1 ? 1 : 0)
    },
  )
})

describe('the order of the whole', () => {
  it('a bad token is refused before its proof is looked at', async () => {
    const expired = await world.issuer.accessToken({ jkt: world.key.thumbprint, expiresIn: -60 })
    const { error } = refused(
      await world.server.authenticate(request({ authorization: `DPoP ${expired}`, dpop: ['', ''] })),
    )
    expect([error.reason, error.scheme]).toEqual(['token_expired', 'DPoP'])
  })

  it('a missing proof is refused before the URL is', async () => {
    const { error } = refused(await world.server.authenticate(request({ authorization: `DPoP ${token}`, host: [] })))
    expect(error.reason).toBe('proof_missing')
  })

  it('requirements are looked at after the proof', async () => {
    const used = request({ authorization: `DPoP ${token}`, dpop: await world.proof(token) })
    const { error } = refused(await world.server.authenticate(used, world.server.requirements('missing')))
    expect(error.reason).toBe('proof_replayed')
  })
})
