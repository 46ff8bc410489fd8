import { deflateSync, gzipSync } from 'node:zlib'

import type { RevocableToken, RevocationAnswer, RevocationSource } from '@acme/auth-core'
import { base64url, createTestKey, startTestIssuer } from '@acme/auth-testing'
import type { ListeningTestIssuer, TestStatusList, TestStatusListOptions } from '@acme/auth-testing'
import { eventually } from '@acme/tests-servers'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { tokenStatusList } from '../src/index.js'
import type { StatusListIssuer, TokenStatusListOptions } from '../src/index.js'
import { inflate } from '../src/status-list/inflate.js'
import { isAllowed } from '../src/status-list/status-claim.js'
import { createClock, START } from './support.js'
import type { Clock } from './support.js'

let clock: Clock
let issuer: ListeningTestIssuer
beforeEach(async () => {
  clock = createClock()
  issuer = await startTestIssuer({ now: clock.now })
})
afterEach(() => issuer.close())

interface Own extends Partial<Omit<TokenStatusListOptions, 'issuers'>> {
  readonly of?: Partial<StatusListIssuer>
}

function source({ of, ...options }: Own = {}): RevocationSource {
  return tokenStatusList({ issuers: [{ issuer: issuer.issuer, ...of }], now: clock.now, ...options })
}

function token(status: unknown, further: Partial<RevocableToken> = {}): RevocableToken {
  // as: of its claims, one is looked at
  const claims = { status } as unknown as RevocableToken['claims']
  const none = { subject: undefined, clientId: undefined, sessionId: undefined, tokenId: undefined, issuedAt: START }
  return { issuer: issuer.issuer, ...none, expiresAt: START + 3600, claims, ...further }
}

async function ask(
  from: RevocationSource,
  status: unknown,
  further: Partial<RevocableToken> = {},
): Promise<RevocationAnswer> {
  const answer = await from.check(token(status, further))
  if (typeof answer === 'boolean') throw new Error('an answer without a detail')
  return answer
}

const isRevoked = async (from: RevocationSource, list: TestStatusList, index: number): Promise<boolean> =>
  (await ask(from, list.claim(index))).revoked

it('finds the status of a token', async () => {
  const list = issuer.statusList([0, 1, 2, 0, 3])
  const from = source()
  const answers = await Promise.all([0, 1, 2, 3, 4].map((index) => ask(from, list.claim(index))))
  expect(answers).toEqual([
    { revoked: false, detail: 'status 0, valid' },
    { revoked: true, detail: 'status 1, invalid' },
    { revoked: true, detail: 'status 2, suspended' },
    { revoked: false, detail: 'status 0, valid' },
    { revoked: true, detail: 'status 3, of the application' },
  ])
  // One fetch for all who ask at once, and for who asks later.
  expect(await isRevoked(from, list, 1)).toBe(true)
  expect(issuer.count('statusList')).toBe(1)
  expect(from.state?.()).toBe('up')
})

it.each([1, 2, 4, 8])('reads statuses of %d bits', async (bits) => {
  const statuses = Array.from({ length: 40 }, (_, index) => index % 2 ** Math.min(bits, 4))
  const list = issuer.statusList(statuses, { bits })
  const from = source()
  for (const [index, status] of statuses.entries()) expect(await isRevoked(from, list, index)).toBe(status !== 0)
})

it('reads the example of the draft', async () => {
  // draft-ietf-oauth-status-list §4.1: statuses of one bit, 0xB9 0xA3.
  const list = issuer.statusList([0], { claims: { status_list: { bits: 1, lst: 'eNrbuRgAAhcBXQ' } } })
  const from = source()
  const statuses: number[] = []
  for (let index = 0; index < 16; index++) statuses.push((await isRevoked(from, list, index)) ? 1 : 0)
  expect(statuses).toEqual([1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1])
})

describe('a token', () => {
  it('without a status is not revoked, unless one is required', async () => {
    expect(await ask(source(), undefined)).toMatchObject({ revoked: false })
    expect(await ask(source(), { other: {} })).toMatchObject({ revoked: false })
    expect(await ask(source({ required: true }), undefined)).toMatchObject({ revoked: true })
    expect(await ask(source({ required: true }), { other: {} })).toMatchObject({ revoked: true })
  })
  it.each([-1, 0.5, 2 ** 53, 1e300, '0', null, undefined, [0], 8, 2 ** 31, 2 ** 52])(
    'with idx %j is refused',
    async (idx) => {
      const { uri } = issuer.statusList([0, 0, 0])
      expect(await ask(source(), { status_list: { idx, uri } })).toMatchObject({ revoked: true })
    },
  )
  it.each([
    'x',
    5,
    null,
    [],
    { status_list: 5 },
    { status_list: null },
    { status_list: {} },
    { status_list: { idx: 0 } },
  ])('with the status %j is refused', async (status) => {
    expect(await ask(source(), status)).toMatchObject({ revoked: true })
  })
  it('of another issuer is refused', async () => {
    const status = issuer.statusList([0]).claim(0)
    expect(await ask(source(), status, { issuer: 'https://other.example.com/' })).toMatchObject({ revoked: true })
    expect(await ask(source(), undefined, { issuer: 'https://other.example.com/' })).toMatchObject({ revoked: false })
  })
  it('sends nobody where it is not allowed', async () => {
    const victim = await startTestIssuer()
    const { origin } = new URL(issuer.issuer)
    const uris = [
      victim.statusList([0]).uri,
      'http://169.254.169.254/latest',
      'file:///etc/passwd',
      `${origin.replace('http://', 'http://x:y@')}/status-list?list=1`,
      `${origin}.example.com/`,
      `${origin}@example.com/`,
      'not a url',
      '',
      `${origin}/x#fragment`,
    ]
    issuer.statusList([0])
    for (const uri of uris) {
      expect(await ask(source(), { status_list: { idx: 0, uri } })).toEqual({
        revoked: true,
        detail: 'a status list at a place that is not allowed',
      })
    }
    expect([victim.count('all'), issuer.count('all')]).toEqual([0, 0])
    await victim.close()
  })
  it('may name the places that are configured', async () => {
    const list = issuer.statusList([0])
    expect(await isRevoked(source({ of: { uris: [list.uri] } }), list, 0)).toBe(false)
    expect(await isRevoked(source({ of: { uris: [`${list.uri}0`] } }), list, 0)).toBe(true)
    expect(isAllowed('https://a.example/lists/../x', ['https://a.example/lists/'])).toBe(false)
    expect(isAllowed('https://a.example/lists/%2e%2e/x', ['https://a.example/lists/'])).toBe(false)
    expect(isAllowed('https://a.example/lists/1?x=2', ['https://a.example/lists/'])).toBe(true)
    expect(isAllowed('https://a.example/lists', ['https://a.example/lists/'])).toBe(false)
  })
})

describe('a list is an outage', () => {
  const bomb = (): string => base64url(deflateSync(new Uint8Array(17 * 1024 * 1024)))
  it.each<[string, () => TestStatusListOptions | Promise<TestStatusListOptions>]>([
    ['with a wrong signature', () => ({ signature: 'flipped' })],
    ['without a signature', () => ({ header: { alg: 'none' }, signature: 'none' })],
    ['by another key', async () => ({ key: await createTestKey('ES256') })],
    ['of another kind', () => ({ header: { typ: 'at+jwt' } })],
    ['without a kind', () => ({ header: { typ: undefined } })],
    ['of another uri', () => ({ claims: { sub: `${issuer.issuer}status-list?list=2` } })],
    ['without sub', () => ({ claims: { sub: undefined } })],
    ['of another issuer', () => ({ claims: { iss: 'https://other.example.com/' } })],
    ['that expired', () => ({ expiresIn: -61 })],
    ['from the future', () => ({ claims: { iat: START + 61 } })],
    ['without iat', () => ({ claims: { iat: undefined } })],
    ['with a negative ttl', () => ({ ttl: -1 })],
    ['with a ttl that is text', () => ({ claims: { ttl: '300' } })],
    ['without a list', () => ({ claims: { status_list: undefined } })],
    ['of three bits', () => ({ claims: { status_list: { bits: 3, lst: 'eNrbuRgAAhcBXQ' } } })],
    ['without lst', () => ({ claims: { status_list: { bits: 1 } } })],
    ['that is not compressed', () => ({ claims: { status_list: { bits: 1, lst: base64url('AAAA') } } })],
    ['in gzip', () => ({ claims: { status_list: { bits: 1, lst: base64url(gzipSync('AAAA')) } } })],
    ['that is cut off', () => ({ claims: { status_list: { bits: 1, lst: 'eNrbuRg' } } })],
    ['that is no base64url', () => ({ claims: { status_list: { bits: 1, lst: '***' } } })],
    ['that is a bomb', () => ({ claims: { status_list: { bits: 1, lst: bomb() } } })],
  ])('%s', async (_, change) => {
    const list = issuer.statusList([0], await change())
    const from = source()
    const told: string[] = []
    from.subscribe?.({ revoked: () => told.push('revoked'), rejected: () => told.push('rejected') })
    await expect(isRevoked(from, list, 0)).rejects.toThrow(/./)
    expect(told).toEqual(['rejected'])
    expect(from.state?.()).toBe('down')
  })
  it.each([
    ['missing', { status: 404 }, 'status 404'],
    ['redirected', 'redirect-loop', 'a redirect, not followed'],
    ['reset', 'reset', 'no connection'],
    ['slow', 'trickle', 'no answer within 0.3 s'],
    [
      'too large',
      { body: 'x'.repeat(11 * 1024 * 1024), contentType: 'application/statuslist+jwt' },
      'more than 10485760',
    ],
    ['no token', { body: 'x', contentType: 'application/statuslist+jwt' }, 'not a list'],
    ['of another type', { body: 'x', contentType: 'text/html' }, 'not application/statuslist+jwt'],
  ] as const)('that is %s', async (_, fault, why) => {
    const list = issuer.statusList([0])
    issuer.fail('statusList', fault)
    const from = source({ timeout: why.startsWith('no answer') ? 0.3 : 5 })
    await expect(isRevoked(from, list, 0)).rejects.toThrow(why)
  })
})

it('takes a list of ten megabytes, nearly', async () => {
  const noise = Uint8Array.from({ length: 5_000_000 }, (_, index) => (index * 2_654_435_761) >>> 13)
  const lst = base64url(deflateSync(noise, { level: 0 }))
  const list = issuer.statusList([0], { claims: { status_list: { bits: 1, lst } } })
  expect(await isRevoked(source(), list, 8)).toBe(((noise[1] ?? 0) & 1) === 1)
})

it('stops a bomb early, and takes nothing else for a list', async () => {
  const huge = base64url(deflateSync(new Uint8Array(256 * 1024 * 1024), { level: 9 }))
  expect(await inflate(huge)).toBeUndefined()
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.string(), fc.base64String()), async (text) => {
      const bytes = await inflate(text)
      expect(bytes === undefined || bytes.length < 1000).toBe(true)
    }),
    { numRuns: 300 },
  )
})

describe('time', () => {
  const asked = (): number => issuer.count('statusList')

  it('a list is used for its ttl, then fetched in the background', async () => {
    const list = issuer.statusList([0, 0], { ttl: 100 })
    const from = source()
    const told: unknown[] = []
    const end = from.subscribe?.({ revoked: (tokens) => told.push(tokens) })
    expect(await isRevoked(from, list, 0)).toBe(false)
    list.set(0, 1)
    clock.advance(99)
    expect(await isRevoked(from, list, 0)).toBe(false)
    expect(asked()).toBe(1)
    clock.advance(2)
    expect(await isRevoked(from, list, 0)).toBe(false)
    await eventually('fetched', async () => told.length === 1)
    expect(await isRevoked(from, list, 0)).toBe(true)
    expect([asked(), told]).toEqual([2, [{ issuer: issuer.issuer }]])
    end?.()
  })
  it('one that has not changed tells nobody', async () => {
    const list = issuer.statusList([0, 1], { ttl: 100 })
    const from = source()
    const told: unknown[] = []
    const end = from.subscribe?.({ revoked: (tokens) => told.push(tokens) })
    await isRevoked(from, list, 0)
    clock.advance(100)
    await isRevoked(from, list, 0)
    await eventually('fetched', async () => asked() === 2)
    clock.advance(100)
    await isRevoked(from, list, 0)
    await eventually('fetched', async () => asked() === 3)
    expect(told).toEqual([])
    end?.()
  })
  it('for those who listen, a list is fetched again by itself', async () => {
    const list = issuer.statusList([0], { ttl: 1 })
    const from = source()
    const told: unknown[] = []
    const end = from.subscribe?.({ revoked: (tokens) => told.push(tokens) })
    await isRevoked(from, list, 0)
    list.set(0, 1)
    await eventually('told', async () => told.length === 1)
    end?.()
  })
  it('an old list is used for a while when there is no new one, then that is an outage', async () => {
    const list = issuer.statusList([0, 1], { ttl: 100 })
    const from = source({ maxStale: 50 })
    const told: string[] = []
    const end = from.subscribe?.({ revoked: () => undefined, changed: (state) => told.push(state) })
    await isRevoked(from, list, 0)
    issuer.fail('statusList', { status: 500 })
    clock.advance(149)
    expect(await isRevoked(from, list, 0)).toBe(false)
    await eventually('down', async () => from.state?.() === 'down')
    clock.advance(2)
    await expect(isRevoked(from, list, 0)).rejects.toThrow('status 500')
    // Not asked again at once.
    const before = asked()
    await expect(isRevoked(from, list, 0)).rejects.toThrow('status 500')
    expect(asked()).toBe(before)
    issuer.fail('statusList', undefined)
    clock.advance(5)
    expect(await isRevoked(from, list, 1)).toBe(true)
    expect(told).toEqual(['down', 'up'])
    end?.()
  })
  it('no list is used beyond its exp, nor when the clock is set back', async () => {
    const list = issuer.statusList([0], { ttl: 1000, expiresIn: 10 })
    const from = source({ clockTolerance: 0 })
    await isRevoked(from, list, 0)
    issuer.fail('statusList', { status: 500 })
    clock.advance(10)
    await expect(isRevoked(from, list, 0)).rejects.toThrow('status 500')
    issuer.fail('statusList', undefined)
    clock.advance(3600)
    await isRevoked(from, list, 0)
    clock.advance(-3600)
    const before = asked()
    await isRevoked(from, list, 0)
    expect(asked()).toBe(before + 1)
  })
  it('a ttl is bounded', async () => {
    const list = issuer.statusList([0], { ttl: 1e12, expiresIn: 1e9 })
    const from = source({ maxTtl: 60, maxStale: 0 })
    await isRevoked(from, list, 0)
    clock.advance(61)
    await isRevoked(from, list, 0)
    expect(asked()).toBe(2)
  })
})

it('keeps a hundred lists, those that were used last', async () => {
  const lists = Array.from({ length: 101 }, () => issuer.statusList([0]))
  const from = source()
  for (const list of lists) await isRevoked(from, list, 0)
  for (const list of lists.slice(1)) await isRevoked(from, list, 0)
  expect(issuer.count('statusList')).toBe(101)
  await ask(from, lists[0]?.claim(0))
  expect(issuer.count('statusList')).toBe(102)
})

it('asks for sixteen lists at once at most', async () => {
  const lists = Array.from({ length: 17 }, () => issuer.statusList([0]))
  issuer.fail('statusList', { delay: 200 })
  const from = source()
  const answers = await Promise.allSettled(lists.map((list) => isRevoked(from, list, 0)))
  expect(answers.map(({ status }) => status).filter((status) => status === 'rejected')).toHaveLength(1)
})

it('takes no list that is signed by a key of another issuer', async () => {
  const other = await startTestIssuer({ now: clock.now })
  const list = issuer.statusList([0], { key: other.signingKey })
  await expect(isRevoked(source(), list, 0)).rejects.toThrow('not a list that is signed by the issuer')
  await other.close()
})

it('is up again once no token needs the list that failed', async () => {
  const [bad, good] = [issuer.statusList([0]), issuer.statusList([0], { expiresIn: 86_400 })]
  issuer.fail('statusList', { status: 404 }, { times: 1 })
  const from = source()
  const told: string[] = []
  const end = from.subscribe?.({ revoked: () => undefined, changed: (state) => told.push(state) })
  await expect(ask(from, bad.claim(0), { expiresAt: START + 60 })).rejects.toThrow('status 404')
  clock.advance(61)
  await isRevoked(from, good, 0)
  expect([from.state?.(), told]).toEqual(['up', ['down', 'up']])
  end?.()
})

it.each([
  [{ issuers: [] }, 'issuers'],
  [{ issuers: [{ issuer: 'http://x.example.com/' }] }, 'issuers: issuer'],
  [{ issuers: [{ issuer: 'https://x/', uris: ['http://x.example.com/'] }] }, 'issuers: uris'],
  [{ required: 1 }, 'required'],
  [{ ttl: 0 }, 'ttl'],
  [{ maxStale: Infinity }, 'maxStale'],
  [{ timeout: 61 }, 'timeout'],
  [{ onFailure: 'ajar' }, 'onFailure'],
  [{ maxstale: 1 }, 'unknown option'],
])('wants other options than %j', (options, name) => {
  const good = { issuers: [{ issuer: 'https://login.example.com/' }] }
  // as: what is wrong has the wrong type too
  const wrong = { ...good, ...options } as unknown as TokenStatusListOptions
  expect(() => tokenStatusList(wrong)).toThrow(`tokenStatusList: ${name}: want`)
})
