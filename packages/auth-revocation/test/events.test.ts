import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { memorySeen } from '../src/index.js'
import { meaningOf } from '../src/subject/subject-identifier.js'
import { createClock, createStage, START, user } from './support.js'
import type { Stage } from './support.js'

const RISC = 'https://schemas.openid.net/secevent/risc/event-type/'
const SSF = 'https://schemas.openid.net/secevent/ssf/event-type/'

let stage: Stage
beforeEach(async () => {
  stage = await createStage()
})
afterEach(() => stage.issuer.close())

describe('event types', () => {
  it.each([
    'session-revoked',
    'credential-change',
    'token-claims-change',
    `${RISC}account-disabled`,
    `${RISC}account-purged`,
    `${RISC}account-credential-change-required`,
    `${RISC}sessions-revoked`,
  ])('%s revokes', async (type) => {
    expect(await stage.send({ type })).toBe('202')
    expect(stage.epochs.calls).toHaveLength(1)
    expect(stage.events.map((each) => each.transition)).toEqual(['revoked'])
  })
  it.each([
    'assurance-level-change',
    'device-compliance-change',
    `${RISC}account-enabled`,
    'https://x.example.com/new',
  ])('%s is acknowledged, and changes nothing', async (type) => {
    expect(await stage.send({ type })).toBe('202')
    expect(stage.epochs.calls).toEqual([])
    expect(stage.events.map((each) => each.transition)).toEqual(['ignored'])
  })
  it('a credential that was added revokes nothing', async () => {
    await stage.send({ type: 'credential-change', event: { change_type: 'create' } })
    await stage.send({ type: 'credential-change', event: { change_type: 'revoke' } })
    expect(stage.events.map((each) => each.transition)).toEqual(['ignored', 'revoked'])
  })
  it('are what the application says', async () => {
    const type = 'https://schemas.openid.net/secevent/caep/event-type/assurance-level-change'
    const own = await createStage({ events: { [type]: (event) => event['change_direction'] === 'decrease' } })
    await own.send({ type, event: { change_direction: 'increase' } })
    await own.send({ type, event: { change_direction: 'decrease' } })
    expect(own.events.map((each) => each.transition)).toEqual(['ignored', 'revoked'])
    await own.issuer.close()
  })
  it('two are both carried out, or neither', async () => {
    const caep = 'https://schemas.openid.net/secevent/caep/event-type/'
    const events = { [`${caep}session-revoked`]: { event_timestamp: START - 9 }, [`${RISC}account-disabled`]: {} }
    await stage.send({ claims: { events } })
    expect(stage.epochs.calls.map((each) => each.issuedBefore)).toEqual([START - 8, START + 1])
    const bad = { ...events, [`${RISC}account-purged`]: { event_timestamp: 'x' } }
    expect(await stage.send({ claims: { events: bad } })).toBe('400 invalid_request')
    expect(stage.epochs.calls).toHaveLength(2)
  })
  it('tells a type as one line', async () => {
    await stage.send({ type: `https://x.example.com/\n${'y'.repeat(500)}` })
    expect(stage.events[0]?.eventType).toMatch(/^https:\/\/x\.example\.com\/\?y{100,}$/)
  })
})

describe('time', () => {
  it.each([
    [{ event: { event_timestamp: START - 100 } }, START - 99],
    [{ event: { event_timestamp: START - 100.5 } }, START - 100],
    [{ event: { event_timestamp: undefined }, claims: { toe: START - 50 } }, START - 49],
    [{ event: { event_timestamp: START - 100 }, claims: { toe: START - 50 } }, START - 99],
    [{ event: { event_timestamp: undefined } }, START + 1],
  ])('%j: before %d', async (options, issuedBefore) => {
    expect(await stage.send(options)).toBe('202')
    expect(stage.epochs.calls.map((each) => each.issuedBefore)).toEqual([issuedBefore])
  })
  it.each([START * 1000, START + 61, -1, '1', null, [], true])('%j is none', async (time) => {
    expect(await stage.send({ event: { event_timestamp: time } })).toBe('400 invalid_request')
    if (time !== null) expect(await stage.send({ claims: { toe: time } })).toBe('400 invalid_request')
    expect(stage.epochs.calls).toEqual([])
  })
  it('an event that comes late leaves those alone who have logged in since', async () => {
    const late = await stage.issuer.securityEvent({ event: { event_timestamp: START } })
    stage.advance(3600)
    await stage.push(late)
    expect(stage.epochs.isRevoked({ subject: 'user-1', issuedAt: START })).toBe(true)
    expect(stage.epochs.isRevoked({ subject: 'user-1', issuedAt: START + 1 })).toBe(false)
  })
  it('an older event gives nothing back', async () => {
    const older = await stage.issuer.securityEvent({ event: { event_timestamp: START - 500 } })
    await stage.send({ event: { event_timestamp: START - 10 } })
    await stage.push(older)
    expect(stage.epochs.isRevoked({ subject: 'user-1', issuedAt: START - 20 })).toBe(true)
    await stage.send({ type: `${RISC}account-enabled` })
    expect(stage.epochs.isRevoked({ subject: 'user-1', issuedAt: START - 20 })).toBe(true)
  })
})

describe('an event that comes again', () => {
  it('is acknowledged, and nothing more', async () => {
    const set = await stage.issuer.securityEvent()
    for (let times = 0; times < 3; times++) expect((await stage.push(set)).status).toBe(202)
    expect(stage.epochs.calls).toHaveLength(1)
    expect(stage.events.map((each) => each.transition)).toEqual(['revoked', 'duplicate', 'duplicate'])
  })
  it('at another replica is carried out to no effect, and told once', async () => {
    const known = new Set<string>()
    const seen = { add: (id: string) => !known.has(id) && known.add(id).has(id) }
    const own = await createStage({ seen })
    const set = await own.issuer.securityEvent()
    await own.push(set)
    await own.push(set)
    expect(own.epochs.calls.map((each) => each.issuedBefore)).toEqual([START + 1, START + 1])
    expect(own.events.map((each) => each.transition)).toEqual(['revoked', 'duplicate'])
    await own.issuer.close()
  })
  it('is carried out when it could not be before', async () => {
    let fails = true
    const calls: unknown[] = []
    const revoke = (tokens: unknown): void => {
      if (fails) throw new Error('the password is hunter2')
      calls.push(tokens)
    }
    const own = await createStage({ revocations: { revoke } })
    const set = await own.issuer.securityEvent()
    expect((await own.push(set)).status).toBe(503)
    expect(own.signals.state()).toBe('down')
    fails = false
    expect((await own.push(set)).status).toBe(202)
    expect(calls).toHaveLength(1)
    expect(own.told).toEqual(['down: tokens could not be revoked', 'up'])
    expect(JSON.stringify(own.events)).not.toContain('hunter2')
    await own.issuer.close()
  })
  it('a store of seen events that fails stops none', async () => {
    const fail = (): never => {
      throw new Error('down')
    }
    const own = await createStage({ seen: { add: fail, has: fail } })
    expect(await own.send()).toBe('202')
    expect(own.epochs.calls).toHaveLength(1)
    await own.issuer.close()
  })
  it('is remembered within bounds', () => {
    const clock = createClock()
    const seen = memorySeen({ maxEntries: 2, now: clock.now })
    expect(['a', 'b', 'a', 'c'].map((id) => seen.add(id, 10))).toEqual([true, true, false, true])
    expect(['a', 'b', 'c'].map((id) => seen.has(id))).toEqual([true, false, true])
    clock.advance(10)
    expect(seen.add('a', 10)).toBe(true)
  })
})

describe('subjects', () => {
  const revoked = async (subject: Record<string, unknown>): Promise<unknown> => {
    stage.epochs.calls.length = 0
    const answer = await stage.send({ subject })
    return stage.epochs.calls.length > 0 ? stage.epochs.calls.map(({ issuedBefore: _, ...each }) => each) : answer
  }

  it('are understood', async () => {
    const { issuer } = stage.issuer
    const session = { format: 'opaque', id: 'session-1' }
    expect(await revoked(user(stage.issuer))).toEqual([{ issuer, subject: 'user-1' }])
    expect(await revoked({ format: 'opaque', id: 'user-2' })).toEqual([{ issuer, subject: 'user-2' }])
    expect(await revoked({ format: 'jwt_id', iss: issuer, jti: 't-1' })).toEqual([{ issuer, tokenId: 't-1' }])
    expect(await revoked({ subject_type: 'iss-sub', iss: issuer, sub: 'x' })).toEqual([{ issuer, subject: 'x' }])
    expect(await revoked({ format: 'complex', user: user(stage.issuer), session })).toEqual([
      { issuer, subject: 'user-1', sessionId: 'session-1' },
    ])
    expect(await revoked({ format: 'complex', session })).toEqual([{ issuer, sessionId: 'session-1' }])
    expect(await revoked({ user: user(stage.issuer), device: { format: 'opaque', id: 'd' } })).toEqual([
      { issuer, subject: 'user-1' },
    ])
    const application = { format: 'opaque', id: 'client-1' }
    expect(await revoked({ format: 'complex', user: user(stage.issuer), application })).toEqual([
      { issuer, subject: 'user-1', clientId: 'client-1' },
    ])
    const identifiers = [{ format: 'email', email: 'a@example.com' }, user(stage.issuer), { format: 'opaque', id: 'u' }]
    expect(await revoked({ format: 'aliases', identifiers })).toEqual([
      { issuer, subject: 'user-1' },
      { issuer, subject: 'u' },
    ])
  })
  it('stand in the event in older drafts', async () => {
    await stage.send({ claims: { sub_id: undefined }, event: { subject: user(stage.issuer, 'old') } })
    expect(stage.epochs.calls.map((each) => each.subject)).toEqual(['old'])
  })
  it.each([
    { format: 'email', email: 'a@example.com' },
    { format: 'phone_number', phone_number: '+1' },
    { format: 'account', uri: 'acct:a@example.com' },
    { format: 'did', url: 'did:x' },
    { format: 'toString' },
    { format: 'complex', tenant: { format: 'opaque', id: 't' } },
    { format: 'complex', application: { format: 'opaque', id: 'c' } },
    { format: 'complex', user: { format: 'email', email: 'a@example.com' } },
  ])('%j means nothing, and is acknowledged', async (subject) => {
    expect(await revoked(subject)).toBe('202')
    expect(stage.events.map((each) => each.transition)).toEqual(['ignored'])
  })
  it.each([
    {},
    { format: 5 },
    { format: 'iss_sub' },
    { format: 'iss_sub', iss: 'x', sub: '' },
    { format: 'iss_sub', iss: 'x', sub: ['user-1'] },
    { format: 'opaque', id: 'x'.repeat(513) },
    { format: 'aliases', identifiers: [] },
    { format: 'aliases', identifiers: [{ format: 'aliases', identifiers: [{ format: 'opaque', id: 'x' }] }] },
    { format: 'aliases', identifiers: Array.from({ length: 17 }, () => ({ format: 'opaque', id: 'x' })) },
    { format: 'complex', user: { format: 'complex', user: { format: 'opaque', id: 'x' } } },
    { format: 'complex', user: 'user-1' },
    { format: 'complex', user: { format: 'opaque', id: 'x' }, session: 7 },
  ])('%j is none', async (subject) => {
    expect(await revoked(subject)).toBe('400 invalid_request')
  })
  it('of another issuer are refused, but where that is configured', async () => {
    const foreign = { format: 'iss_sub', iss: 'https://other.example.com/', sub: 'user-1' }
    const session = { format: 'iss_sub', iss: 'https://other.example.com/', sub: 's' }
    expect(await revoked(foreign)).toBe('400 access_denied')
    expect(await revoked({ format: 'aliases', identifiers: [foreign] })).toBe('400 access_denied')
    expect(await revoked({ format: 'complex', user: foreign })).toBe('400 access_denied')
    expect(await revoked({ format: 'complex', user: user(stage.issuer), session })).toBe('400 access_denied')
    const own = await createStage((issuer) => ({ issuers: [issuer.issuer, foreign.iss] }))
    expect(await own.send({ subject: foreign })).toBe('202')
    expect(own.epochs.calls.map(({ issuer }) => issuer)).toEqual([foreign.iss])
    // Whose it is is not said.
    await own.send({ subject: { format: 'opaque', id: 'user-1' } })
    await own.send({ subject: { format: 'complex', session: { format: 'opaque', id: 's' } } })
    // A user of one and a session of another.
    expect(await own.send({ subject: { format: 'complex', user: user(own.issuer), session } })).toBe(
      '400 access_denied',
    )
    expect(own.epochs.calls).toHaveLength(1)
    await own.issuer.close()
  })
  it('are mapped by the application', async () => {
    const own = await createStage({
      subject: async ({ format, email }) => (format === 'email' ? { subject: `user of ${String(email)}` } : undefined),
    })
    const email = { format: 'email', email: 'a@example.com' }
    await own.send({ subject: email })
    await own.send({ subject: { format: 'complex', user: email, session: { format: 'opaque', id: 's' } } })
    expect(own.epochs.calls.map(({ subject, sessionId }) => [subject, sessionId])).toEqual([
      ['user of a@example.com', undefined],
      ['user of a@example.com', 's'],
    ])
    await own.issuer.close()
  })
  it('that are mapped to everybody are a fault', async () => {
    for (const everybody of [{}, { issuer: 'https://x' }, { subject: '' }]) {
      const own = await createStage({ subject: () => everybody })
      expect(await own.send()).toBe('503')
      expect(own.epochs.calls).toEqual([])
      await own.issuer.close()
    }
  })
  it('never mean everybody, nor those of another issuer', async () => {
    const issuers = ['https://a.example.com/']
    const text = fc.constantFrom('https://a.example.com/', 'https://b.example.com/', '', 'x', '__proto__')
    const name = fc.constantFrom(
      'format',
      'subject_type',
      'iss',
      'sub',
      'id',
      'jti',
      'user',
      'session',
      'identifiers',
      'application',
    )
    const format = fc.constantFrom('iss_sub', 'opaque', 'aliases', 'complex', 'jwt_id', 'email')
    const { identifier } = fc.letrec((tie) => ({
      identifier: fc.oneof(
        { maxDepth: 4 },
        fc.dictionary(name, fc.oneof(text, format, fc.integer(), fc.constant(null))),
        fc
          .tuple(format, fc.dictionary(name, fc.oneof(text, tie('identifier'), fc.array(tie('identifier')))))
          .map(([of, rest]) => ({ ...rest, format: of })),
      ),
    }))
    await fc.assert(
      fc.asyncProperty(identifier, async (each) => {
        const meaning = await meaningOf(each, { issuers, subject: undefined })
        for (const tokens of 'tokens' in meaning ? meaning.tokens : []) {
          expect(tokens.issuer).toBe('https://a.example.com/')
          expect(tokens.subject ?? tokens.sessionId ?? tokens.tokenId ?? '').not.toBe('')
        }
      }),
      { numRuns: 500 },
    )
  })
})

it('a stream that is paused or disabled is told', async () => {
  const type = `${SSF}stream-updated`
  const subject = { format: 'opaque', id: 'stream-1' }
  await stage.send({ type, subject, event: { status: 'paused', reason: 'licence\nover' } })
  expect(stage.signals.state()).toBe('down')
  await stage.send({ type, subject, event: { status: 'enabled' } })
  expect(stage.signals.state()).toBe('up')
  expect(stage.told).toEqual(['down: the stream is paused', 'up'])
  expect(stage.events.map((each) => each.detail)).toEqual(['paused: licence?over', 'enabled'])
  expect(stage.signals.check()).toBe(false)
})
