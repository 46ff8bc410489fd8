import { array, assert, constantFrom, integer, property, record, tuple } from 'fast-check'
import { describe, expect, it } from 'vitest'

import { createEpochs } from '../../src/revocation/epochs.js'
import type { Epochs } from '../../src/revocation/epochs.js'
import type { RevocableToken, RevokedTokens } from '../../src/revocation/revocation-source.js'
import { createClock, NOW } from '../support.js'

const ISSUER = 'https://issuer.example.com/'

function token(more: Partial<RevocableToken> = {}): RevocableToken {
  return {
    issuer: ISSUER,
    subject: 'user-1',
    clientId: 'client-1',
    sessionId: 'session-1',
    tokenId: 'token-1',
    issuedAt: NOW - 10,
    expiresAt: NOW + 60,
    claims: { iss: ISSUER, aud: '', exp: NOW + 60 },
    ...more,
  }
}

function made(): Epochs {
  return createEpochs({ now: () => NOW })
}

describe('an epoch', () => {
  it.each<[string, RevokedTokens]>([
    ['the subject', { subject: 'user-1' }],
    ['the subject at its issuer', { issuer: ISSUER, subject: 'user-1' }],
    ['the client', { clientId: 'client-1' }],
    ['the session', { sessionId: 'session-1' }],
    ['the token', { tokenId: 'token-1' }],
    ['the issuer', { issuer: ISSUER }],
    [
      'all at once',
      { issuer: ISSUER, subject: 'user-1', clientId: 'client-1', sessionId: 'session-1', tokenId: 'token-1' },
    ],
  ])('refuses what was issued before it, by %s', (_, tokens) => {
    const epochs = made()
    epochs.add(tokens)
    expect(epochs.check(token()).revoked).toBe(true)
    expect(epochs.check(token({ issuedAt: NOW })).revoked).toBe(false)
  })

  it.each<[string, RevokedTokens]>([
    ['another subject', { subject: 'user-2' }],
    ['another issuer of the same subject', { issuer: 'https://other.example.com/', subject: 'user-1' }],
    ['another client of the same subject', { subject: 'user-1', clientId: 'client-2' }],
    ['a client by the name of the subject', { clientId: 'user-1' }],
  ])('leaves alone %s', (_, tokens) => {
    const epochs = made()
    epochs.add(tokens)
    expect(epochs.check(token())).toEqual({ revoked: false })
  })

  it('takes a token that does not say when it was issued for one of before', () => {
    const epochs = made()
    epochs.add({ subject: 'user-1' }, NOW - 1000)
    expect(epochs.check(token({ issuedAt: undefined })).revoked).toBe(true)
  })

  it('tells the second of a revocation apart from the one after it', () => {
    const epochs = createEpochs({ now: () => NOW + 0.5 })
    epochs.add({ subject: 'user-1' })
    expect(epochs.check(token({ issuedAt: NOW })).revoked).toBe(true)
    expect(epochs.check(token({ issuedAt: NOW + 1 })).revoked).toBe(false)
  })

  it('never goes back: a late message of an earlier time changes nothing', () => {
    const epochs = made()
    expect(epochs.add({ subject: 'user-1' }, NOW - 5)).toBe(true)
    expect(epochs.add({ subject: 'user-1' }, NOW - 8)).toBe(false)
    expect(epochs.add({ subject: 'user-1' }, NOW - 5)).toBe(false)
    expect(epochs.check(token({ issuedAt: NOW - 6 })).revoked).toBe(true)
    expect([...epochs.entries()]).toEqual([{ tokens: { subject: 'user-1' }, issuedBefore: NOW - 5 }])
  })

  it('says why, without a name', () => {
    const epochs = made()
    epochs.add({ issuer: ISSUER, subject: 'user-1' })
    expect(epochs.check(token()).detail).toBe('issued before 2025-10-09T08:53:20.000Z, by issuer and subject')
  })

  it('holds whatever the order in which epochs come', () => {
    const texts = constantFrom('a', 'b')
    const some = record(
      { issuer: texts, subject: texts, clientId: texts, sessionId: texts },
      { requiredKeys: [] },
    ).filter((one) => Object.keys(one).length > 0)
    const epoch = tuple(some, integer({ min: NOW - 5, max: NOW }))
    const asked = record({ issuer: texts, subject: texts, clientId: texts, sessionId: texts })
    assert(
      property(array(epoch, { maxLength: 12 }), asked, integer({ min: NOW - 6, max: NOW }), (all, who, iat) => {
        const epochs = made()
        for (const [tokens, before] of all) epochs.add(tokens, before)
        const names = ['issuer', 'subject', 'clientId', 'sessionId'] as const
        const matches = (tokens: RevokedTokens): boolean =>
          names.every((name) => tokens[name] === undefined || tokens[name] === who[name])
        const wanted = all.some(([tokens, before]) => matches(tokens) && iat < before)
        expect(epochs.check(token({ ...who, issuedAt: iat })).revoked).toBe(wanted)
      }),
    )
  })
})

describe('what is kept', () => {
  it('is bounded: no more fit in, and nothing is forgotten for it', () => {
    const epochs = createEpochs({ now: () => NOW, maxEntries: 2 })
    epochs.add({ subject: 'user-1' })
    epochs.add({ subject: 'user-2' })
    expect(() => epochs.add({ subject: 'user-3' })).toThrow('2 are kept, and no more fit in; raise maxEntries')
    expect(epochs.check(token()).revoked).toBe(true)
    expect(epochs.add({ subject: 'user-1' }, NOW + 1)).toBe(true)
  })

  it('is bounded in bytes', () => {
    const epochs = createEpochs({ now: () => NOW, maxEntries: 4 })
    epochs.add({ subject: 'x'.repeat(400) })
    expect(() => epochs.add({ subject: 'y'.repeat(400) })).toThrow('no more fit in')
  })

  it('makes room of what no token can be older than, and says so of one that is', () => {
    const clock = createClock()
    const epochs = createEpochs({ now: clock.now, maxEntries: 1, retention: 100 })
    epochs.add({ subject: 'user-1' })
    clock.advance(101)
    epochs.add({ subject: 'user-2' })
    expect(epochs.check(token())).toEqual({ revoked: true, detail: expect.stringContaining('older than 100 s') })
    expect(epochs.check(token({ issuedAt: undefined })).revoked).toBe(true)
    expect(epochs.check(token({ issuedAt: NOW + 50 }))).toEqual({ revoked: false })
  })

  it.each<[string, unknown, string]>([
    ['nobody', {}, 'at least one of issuer, subject'],
    ['a misspelt member', { sub: 'user-1' }, 'unknown option "sub"'],
    ['a member that is undefined', { issuer: ISSUER, subject: undefined }, 'revoke().subject: got undefined'],
    ['an empty subject', { subject: '' }, 'revoke().subject: got ""'],
    ['a number', { subject: 1 }, 'revoke().subject: got 1'],
    ['a long subject', { subject: 'x'.repeat(513) }, 'text of at most 512 characters'],
    ['text', 'user-1', 'revoke(): got "user-1"'],
    ['nothing', undefined, 'revoke(): got undefined'],
  ])('refuses %s', (_, tokens, message) => {
    expect(() => made().add(tokens as RevokedTokens)).toThrow(message)
  })

  it.each([Number.NaN, Infinity, -1, NOW + 61, '5'])('refuses the time %s', (time) => {
    expect(() => made().add({ subject: 'user-1' }, time as number)).toThrow('issuedBefore')
  })

  it.each<[string, object]>([
    ['retention', { retention: 0 }],
    ['maxEntries', { maxEntries: 0 }],
    ['maxEntries', { maxEntries: undefined }],
    ['now', { now: 5 }],
    ['options', { maxEntrys: 5 }],
  ])('refuses a bad %s', (name, options) => {
    expect(() => createEpochs(options)).toThrow(name)
  })
})
