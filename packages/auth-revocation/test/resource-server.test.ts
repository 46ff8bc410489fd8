import { createResourceServer, memoryRevocations } from '@acme/auth-core'
import type { AuthEvent, MemoryRevocations, ResourceServer } from '@acme/auth-core'
import { startTestIssuer } from '@acme/auth-testing'
import type { ListeningTestIssuer } from '@acme/auth-testing'
import { eventually } from '@acme/tests-servers'
import { afterEach, beforeEach, expect, it } from 'vitest'

import { globalTokenRevocation, sharedSignals, tokenStatusList } from '../src/index.js'
import type { SharedSignals } from '../src/index.js'
import { createClock } from './support.js'
import type { Clock } from './support.js'

const AUDIENCE = 'https://api.example.com'

let clock: Clock
let issuer: ListeningTestIssuer
let signals: SharedSignals
let server: ResourceServer
let events: AuthEvent[]
let epochs: MemoryRevocations

beforeEach(async () => {
  clock = createClock()
  issuer = await startTestIssuer({ audience: AUDIENCE, now: clock.now })
  epochs = memoryRevocations({ now: clock.now })
  const all = { issuer: issuer.issuer, audience: AUDIENCE, now: clock.now }
  signals = sharedSignals({ ...all, revocations: epochs })
  const lists = tokenStatusList({ issuers: [{ issuer: issuer.issuer }], now: clock.now })
  events = []
  server = createResourceServer(
    {
      issuer: issuer.issuer,
      audience: AUDIENCE,
      revocation: [epochs, signals, lists],
      onEvent: (event) => events.push(event),
    },
    { now: clock.now },
  )
})
afterEach(() => issuer.close())

async function get(token: string): Promise<string> {
  const headers = { authorization: `Bearer ${token}`, host: 'api.example.com' }
  try {
    await server.verifyRequest({ method: 'GET', url: 'https://api.example.com/', headers })
    return '200'
  } catch (error) {
    if (typeof error === 'object' && error !== null && 'status' in error && 'reason' in error) {
      return `${String(error.status)} ${String(error.reason)}`
    }
    throw error
  }
}

const receive = async (set: string): Promise<number> => {
  const headers = { 'content-type': 'application/secevent+jwt' }
  return (await signals.receive({ method: 'POST', headers, body: set })).status
}

const told = (): string[] =>
  events.flatMap((each) => (each.type === 'revocation' ? [`${each.source} ${each.transition}`] : []))

it('an event revokes the tokens of a session, and none that is newer', async () => {
  const claims = (sid: string) => ({ claims: { sid } })
  const [one, two] = [await issuer.accessToken(claims('one')), await issuer.accessToken(claims('two'))]
  expect([await get(one), await get(two)]).toEqual(['200', '200'])
  const subject = {
    format: 'complex',
    user: { format: 'iss_sub', iss: issuer.issuer, sub: 'user-1' },
    session: { format: 'opaque', id: 'one' },
  }
  expect(await receive(await issuer.securityEvent({ subject }))).toBe(202)
  expect([await get(one), await get(two)]).toEqual(['401 token_revoked', '200'])
  clock.advance(1)
  expect(await get(await issuer.accessToken(claims('one')))).toBe('200')
  expect(told()).toEqual(['epochs revoked'])
})

it('an event that is not proven changes nothing, and is told', async () => {
  const token = await issuer.accessToken()
  expect(await receive(await issuer.securityEvent({ signature: 'flipped' }))).toBe(400)
  expect(await get(token)).toBe('200')
  expect(told()).toEqual(['shared-signals rejected'])
})

it('an event from a transmitter whose clock is ahead is carried out', async () => {
  const iat = clock.now() + 60
  expect(await receive(await issuer.securityEvent({ claims: { iat }, event: { event_timestamp: iat } }))).toBe(202)
  expect(await get(await issuer.accessToken())).toBe('401 token_revoked')
})

it('the health of a stream is that of the source', async () => {
  const type = 'https://schemas.openid.net/secevent/ssf/event-type/stream-updated'
  expect(await receive(await issuer.securityEvent({ type, event: { status: 'disabled' } }))).toBe(202)
  expect(told()).toEqual(['shared-signals failed'])
  expect(await get(await issuer.accessToken())).toBe('200')
  expect(await receive(await issuer.securityEvent({ type, event: { status: 'enabled' } }))).toBe(202)
  expect(told()).toEqual(['shared-signals failed', 'shared-signals recovered'])
})

it('an identity provider revokes all tokens of a user', async () => {
  const token = await issuer.accessToken()
  const revoke = globalTokenRevocation({
    issuers: [issuer.issuer],
    authorize: 'guarded',
    revocations: epochs,
    now: clock.now,
  })
  const body = { sub_id: { format: 'iss_sub', iss: issuer.issuer, sub: 'user-1' } }
  expect((await revoke({ method: 'POST', headers: { 'content-type': 'application/json' }, body })).status).toBe(204)
  expect(await get(token)).toBe('401 token_revoked')
})

it('a status list refuses tokens, and is an outage when it cannot be had', async () => {
  const list = issuer.statusList([0, 1], { ttl: 10 })
  const tokenAt = (index: number): Promise<string> => issuer.accessToken({ claims: { status: list.claim(index) } })
  const [good, bad] = [await tokenAt(0), await tokenAt(1)]
  expect([await get(good), await get(bad)]).toEqual(['200', '401 token_revoked'])
  list.set(0, 2)
  clock.advance(11)
  await get(good)
  await eventually('suspended', async () => (await get(good)) === '401 token_revoked')
  issuer.fail('statusList', { status: 500 })
  clock.advance(1000)
  expect(await get(good)).toBe('503 revocation_unavailable')
  expect(told()).toContain('status-list failed')
})
