import { createTestKey } from '@acme/auth-testing'
import { exportJWK } from 'jose'
import { describe, expect, it } from 'vitest'

import { attackApi } from '../../src/index.js'
import type { AttackReport, GivenToken } from '../../src/index.js'
import type { Defects } from '../foreign-server.js'
import { attackedApis, namesOf } from './api.js'

const apis = attackedApis()

async function attackedWith(given: GivenToken, defects: Defects = {}): Promise<AttackReport> {
  return attackApi(`${await apis.start(defects)}/any`, { given, rate: 1000 })
}

async function boundToken(): Promise<GivenToken> {
  const key = await createTestKey('ES256')
  const token = await apis.fixture.issuer.accessToken({ jkt: key.thumbprint })
  return { token, key: { ...(await exportJWK(key.privateKey)) } }
}

describe('a given token', () => {
  it('is enough for what needs no key of the issuer', async () => {
    const report = await attackedWith({ token: await apis.fixture.issuer.accessToken() })
    expect([report.ok, report.dpop, namesOf(report, 'failed')]).toEqual([true, 'disabled', []])
    const passed = namesOf(report, 'passed')
    expect(passed).toContain('access tokens: a flipped signature')
    expect(passed).toContain('access tokens: the key of another issuer')
    expect(passed).toContain('access tokens: the token\'s alg is "none"')
    expect(namesOf(report, 'skipped')).toContain('access tokens: exp is missing')
  })

  it('finds who does not look at signatures', async () => {
    const report = await attackedWith(
      { token: await apis.fixture.issuer.accessToken() },
      { acceptsBadSignatures: true },
    )
    expect(namesOf(report, 'failed')).toContain('access tokens: a flipped signature')
    expect(namesOf(report, 'failed')).toContain('access tokens: the key of another issuer')
  })

  it('with its key is enough for bad proofs', async () => {
    const report = await attackedWith(await boundToken())
    expect([report.ok, report.dpop, namesOf(report, 'failed')]).toEqual([true, 'required', []])
    expect(namesOf(report, 'passed')).toContain('DPoP proofs: proof: for another method')
    expect(namesOf(report, 'passed')).toContain('URL of a proof: a proof for another path')
    expect(namesOf(report, 'passed')).toContain('credentials: a bound token as Bearer')
    expect(new Set(report.results.map(({ reason }) => reason))).toContain('the token at hand is bound to a key')
  })

  it('with its key finds who looks at proofs, and not at signatures of tokens', async () => {
    const report = await attackedWith(await boundToken(), { acceptsBadSignatures: true })
    expect(report.dpop).toBe('required')
    expect(namesOf(report, 'failed')).toContain('access tokens: a flipped signature')
    expect(namesOf(report, 'failed')).toContain('access tokens: the key of another issuer')
  })

  it('is in no report, nor is its key', async () => {
    const given = await boundToken()
    const text = JSON.stringify(await attackedWith(given, { echoesToken: true }))
    for (const segment of given.token.split('.')) expect(text).not.toContain(segment)
    expect(text).not.toContain(String(given.key?.['d']))
  })

  it('that is expired stops it', async () => {
    const { stopped } = await attackedWith({ token: await apis.fixture.issuer.accessToken({ expiresIn: -60 }) })
    expect(stopped?.mend).toContain('give a token that is valid now')
  })

  it.each(['opaque', 'a.b.c', 'eyJhbGciOiJub25lIn0.e30.', ''])(
    'that is none, such as %j, is not shown',
    async (token) => {
      await expect(attackedWith({ token })).rejects.toThrow(/^the token is no signed JWT$/)
    },
  )

  it('with the key of another is refused', async () => {
    const { token } = await boundToken()
    const { key } = await boundToken()
    await expect(attackedWith({ token, ...(key && { key }) })).rejects.toThrow('the token is not bound to that key')
    await expect(attackedWith({ token, key: { kty: 'EC', crv: 'P-256' } })).rejects.toThrow('no private key')
  })
})
