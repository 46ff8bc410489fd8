import { createTestKey } from '@acme/auth-testing'
import type { SecurityEventOptions } from '@acme/auth-testing'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { createStage, START } from './support.js'
import type { Stage } from './support.js'

let stage: Stage
beforeAll(async () => {
  stage = await createStage()
})
afterAll(() => stage.issuer.close())
beforeEach(() => {
  stage.epochs.calls.length = 0
  stage.told.length = 0
})

async function refuses(options: SecurityEventOptions, code = 'invalid_request'): Promise<void> {
  expect(await stage.send(options)).toBe(`400 ${code}`)
  expect(stage.epochs.calls).toEqual([])
  expect(stage.told).toEqual([expect.stringMatching(`^rejected: ${code}: `)])
}

it('takes a good one, once its keys are had by discovery', async () => {
  expect(await stage.send()).toBe('202')
  expect(stage.epochs.calls).toEqual([{ issuer: stage.issuer.issuer, subject: 'user-1', issuedBefore: START + 1 }])
  expect(stage.issuer.count('transmitter')).toBe(1)
  expect(stage.issuer.count('keys')).toBe(1)
})

describe('signature', () => {
  it('is not none', () => refuses({ header: { alg: 'none' }, signature: 'none' }, 'invalid_key'))
  it('is there', () => refuses({ signature: 'none' }, 'invalid_key'))
  it('is right', () => refuses({ signature: 'flipped' }, 'invalid_key'))
  it('is no HMAC', () => refuses({ header: { alg: 'HS256' } }, 'invalid_key'))
  it('is of an algorithm of the list', async () => {
    const key = await createTestKey('ES384')
    stage.issuer.addKey(key)
    await refuses({ key }, 'invalid_key')
  })
  it.each(['RS256', 'PS256', 'ES256', 'EdDSA'] as const)('may be %s', async (alg) => {
    const other = await createStage()
    const key = await createTestKey(alg)
    other.issuer.addKey(key)
    expect(await other.send({ key })).toBe('202')
    await other.issuer.close()
  })
  it('is not by a key that the header brings', async () => {
    const key = await createTestKey('ES256')
    const { kid } = stage.issuer.signingKey
    await refuses({ key, header: { kid, jwk: key.publicJwk, jku: 'http://127.0.0.1:1/' } }, 'invalid_key')
  })
  it('has no critical header that nobody knows', () => refuses({ header: { crit: ['x'], x: 1 } }))
})

describe('an unknown key', () => {
  it('is looked for once, and again after a pause: before, it is to come again', async () => {
    const other = await createStage()
    const key = await createTestKey('ES256')
    expect(await other.send()).toBe('202')
    const set = await other.issuer.securityEvent({ key })
    const { status, headers } = await other.push(set)
    expect([status, headers['retry-after']]).toEqual([503, '30'])
    expect(other.issuer.count('keys')).toBe(1)
    // Anybody can make up a kid: that is no outage.
    expect(other.signals.state()).toBe('up')
    await other.issuer.close()
  })
  it('is refused where the keys were read for it', async () => {
    const other = await createStage()
    expect(await other.send({ key: await createTestKey('ES256') })).toBe('400 invalid_key')
    await other.issuer.close()
  })
})

describe('kind', () => {
  it.each(['JWT', 'at+jwt', 'logout+jwt', 'secevent', undefined, 7])('%s is none', (typ) =>
    refuses({ header: { typ } }),
  )
  it.each(['application/secevent+jwt', 'SecEvent+JWT'])('%s is one', async (typ) => {
    expect(await stage.send({ header: { typ } })).toBe('202')
  })
  it('is no access token', async () => {
    const token = await stage.issuer.accessToken()
    const { status } = await stage.push(token)
    expect(status).toBe(400)
  })
  it('is not nested', async () => refuses({ header: { cty: 'JWT' }, rawPayload: await stage.issuer.securityEvent() }))
  it('is not encrypted', async () => {
    const { status } = await stage.push('a.b.c.d.e')
    expect(status).toBe(400)
  })
})

describe('claims', () => {
  it.each(['https://other.example.com/', undefined, 5, ['a']])('iss %s', (iss) =>
    refuses({ claims: { iss } }, 'invalid_issuer'),
  )
  it.each(['https://api.example.com', undefined, [], {}, ['x', 5]])('aud %s', (aud) =>
    refuses({ claims: { aud } }, 'invalid_audience'),
  )
  it('aud is one of several', async () => {
    expect(await stage.send({ claims: { aud: ['https://x.example.com', 'https://api.example.com/events'] } })).toBe(
      '202',
    )
  })
  it.each([undefined, '', 5, 'x'.repeat(257)])('jti %s', (jti) => refuses({ claims: { jti } }))
  it.each([undefined, 'now', START + 61, START - 86_461, null])('iat %s', (iat) => refuses({ claims: { iat } }))
  it('iat within the tolerance', async () => {
    expect(await stage.send({ claims: { iat: START + 60 } })).toBe('202')
    expect(await stage.send({ claims: { iat: START - 86_460 }, event: { event_timestamp: undefined } })).toBe('202')
  })
  it('exp is not wanted, and counts where it is', () => refuses({ claims: { exp: START - 61 } }))
  it.each([undefined, {}, [], 'x', { 'https://x': 'y' }, { 'https://x': null }])('events %j', (events) =>
    refuses({ claims: { events } }),
  )
  it('events are sixteen at most', async () => {
    const events = Object.fromEntries(Array.from({ length: 17 }, (_, index) => [`https://x.example.com/${index}`, {}]))
    await refuses({ claims: { events } })
  })
  it.each(['null', '[]', '5', '"x"', '{', ''])('is no JSON object: %s', (rawPayload) => refuses({ rawPayload }))
})

describe('size', () => {
  it('is 64 KiB at most', async () => {
    await refuses({ claims: { padding: 'x'.repeat(64 * 1024) } })
    stage.told.length = 0
    await refuses({ claims: { padding: 'x'.repeat(1024 * 1024) } })
  })
  it('may be deep', async () => {
    const deep = '['.repeat(10_000) + ']'.repeat(10_000)
    const payload = { ...JSON.parse('{}'), iss: stage.issuer.issuer }
    await refuses({ rawPayload: `{"events":${deep},"iss":${JSON.stringify(payload.iss)}}` }, 'invalid_audience')
  })
})

it('takes nothing from prototypes', async () => {
  const { issuer } = stage.issuer
  const claims = JSON.stringify({ iss: issuer, aud: 'https://api.example.com/events', iat: START, jti: 'p-1' })
  const events = '{"__proto__":{"polluted":1},"constructor":{},"toString":{}}'
  const subject = '{"__proto__":{"format":"iss_sub"},"iss":"x","sub":"user-1"}'
  const rawPayload = `${claims.slice(0, -1)},"events":${events},"sub_id":${subject}}`
  expect(await stage.send({ rawPayload })).toBe('202')
  expect(stage.epochs.calls).toEqual([])
  expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
})
