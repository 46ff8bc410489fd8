import { createTestKey } from '@acme/auth-testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { endedBy, endsOf, startPair, stillOpen, whenClosed } from './pair.js'
import type { Pair } from './pair.js'

const REVOKED = '401 AUTH_1018'
const MAX_AGE = 600

let pair: Pair
beforeAll(async () => {
  pair = await startPair([], { eventMaxAge: MAX_AGE })
})
afterAll(() => pair.close())

const seconds = (): number => Math.floor(Date.now() / 1000)

/** Ends sessions of a subject that began before a time. */
async function revoking(sub: string, { ago = 0, ...more }: { ago?: number; sid?: string } = {}): Promise<string> {
  const user = { format: 'iss_sub', iss: pair.issuer.issuer, sub }
  const session = { format: 'opaque', id: more.sid }
  const subject = more.sid === undefined ? user : { format: 'complex', user, session }
  return pair.issuer.securityEvent({ subject, event: { event_timestamp: seconds() - ago } })
}

/** Waits until both replicas have heard of something that was pushed later: what was pushed before has had its effect. */
async function allHeard(): Promise<void> {
  const marker = `marker-${crypto.randomUUID()}`
  const clients = await pair.openAll(await pair.token(marker, { age: 60 }))
  expect(await pair.push(await revoking(marker))).toBe('202')
  expect(await pair.push(await revoking(marker), pair.b)).toBe('202')
  await whenClosed(clients)
}

describe('a security event that one of two replicas gets', () => {
  it('reaches the tokens and connections of that session at both within a second, and no others', async () => {
    const hers = await pair.token('ada', { session: 'phone', age: 60 })
    const others = [
      await pair.token('ada', { session: 'laptop', age: 60 }),
      await pair.token('bob', { session: 'phone-of-bob', age: 60 }),
      await pair.token('bob', { age: 60 }),
    ]
    const clients = [...(await pair.openAll(hers))]
    const bystanders = (await Promise.all(others.map((token) => pair.openAll(token)))).flat()
    const event = await revoking('ada', { sid: 'phone' })

    const pushed = performance.now()
    expect(await pair.push(event)).toBe('202')
    await whenClosed(clients)
    expect(await pair.outcomes(hers)).toEqual([REVOKED, REVOKED])
    expect(performance.now() - pushed).toBeLessThan(1000)

    expect(endsOf(clients)).toEqual(endedBy('AUTH_1018'))
    await allHeard()
    expect(stillOpen(bystanders)).toBe(12)
    for (const token of others) expect(await pair.outcomes(token)).toEqual(['200', '200'])
  })

  it('changes nothing when it is forged, meant for others, or too old', async () => {
    const token = await pair.token('carol', { age: 60 })
    const clients = await pair.openAll(token)
    const { issuer } = pair
    const subject = { format: 'iss_sub', iss: issuer.issuer, sub: 'carol' }
    const key = await createTestKey('ES256')
    const forged: [name: string, event: Promise<string>, answer: string][] = [
      // The keys were read a moment ago: it may be a new one, and the event is to come again.
      ['by another key', issuer.securityEvent({ subject, key }), '503'],
      [
        'by another key under the name of the right one',
        issuer.securityEvent({ subject, key, header: { kid: issuer.signingKey.kid } }),
        '400 invalid_key',
      ],
      [
        'with alg none',
        issuer.securityEvent({ subject, header: { alg: 'none' }, signature: 'none' }),
        '400 invalid_key',
      ],
      ['of a changed signature', issuer.securityEvent({ subject, signature: 'flipped' }), '400 invalid_key'],
      ['without a signature', issuer.securityEvent({ subject, signature: 'none' }), '400 invalid_key'],
      ['from the future', issuer.securityEvent({ subject, claims: { iat: seconds() + 3600 } }), '400 invalid_request'],
      [
        'that is late',
        issuer.securityEvent({ subject, claims: { iat: seconds() - MAX_AGE - 3600 } }),
        '400 invalid_request',
      ],
      [
        'for another',
        issuer.securityEvent({ subject, claims: { aud: 'https://other.example.com' } }),
        '400 invalid_audience',
      ],
      [
        'of another',
        issuer.securityEvent({ subject, claims: { iss: 'https://other.example.com/' } }),
        '400 invalid_issuer',
      ],
      ['that is an access token', issuer.accessToken({ claims: { sub: 'carol' } }), '400 invalid_request'],
    ]
    for (const [name, event, answer] of forged) {
      expect([name, await pair.push(await event)]).toEqual([name, answer])
    }
    await allHeard()
    expect(stillOpen(clients)).toBe(4)
    expect(await pair.outcomes(token)).toEqual(['200', '200'])
  })

  it('changes nothing when it comes again, or after a later one', async () => {
    const before = await pair.token('grace', { age: 300 })
    const between = await pair.token('grace', { age: 150 })
    const clients = [...(await pair.openAll(before)), ...(await pair.openAll(between))]
    const [older, newer] = [await revoking('grace', { ago: 200 }), await revoking('grace', { ago: 100 })]
    expect(await pair.push(newer)).toBe('202')
    await whenClosed(clients)

    // She has logged in again.
    const since = await pair.token('grace')
    const open = await pair.openAll(since)
    for (const event of [newer, older, newer, older]) {
      expect(await pair.push(event)).toBe('202')
      expect(await pair.push(event, pair.b)).toBe('202')
    }
    await allHeard()
    expect(stillOpen(open)).toBe(4)
    expect(await pair.outcomes(since)).toEqual(['200', '200'])
    // The older event gives nothing back that the newer took.
    for (const token of [before, between]) expect(await pair.outcomes(token)).toEqual([REVOKED, REVOKED])
  })
})
