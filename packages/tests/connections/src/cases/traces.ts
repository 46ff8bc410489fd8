import type { AuthOptions } from '@acme/auth-core'
import { createTestKey } from '@acme/auth-testing'
import { expect } from 'vitest'

import type { ConnectionCase } from '../case.js'
import { bearer, REQUEST_ID } from '../harness.js'
import type { Harness, Shown } from '../harness.js'
import { until } from '../until.js'

/** What has a trace: of the handshake where it is none of an open connection. */
interface Traced {
  readonly reason: string
  readonly check: string
  readonly connection?: 'renewal' | 'end'
}

/** Each refusal that the client is told of has one trace, by the id that it was told. */
async function expectTrace({ fixture }: Harness, id: unknown, { reason, check, connection }: Traced): Promise<void> {
  expect(id).toMatch(/^[\w.:-]{1,128}$/)
  // A server in a process of its own tells it a moment later.
  await until('its trace', () => fixture.traces.of(String(id)).length > 0)
  const [trace, ...others] = fixture.traces.of(String(id))
  expect(others).toEqual([])
  expect(trace).toMatchObject({ reason, correlationId: id, method: 'GET' })
  expect(trace?.connection).toBe(connection)
  expect(trace?.checks.filter(({ outcome }) => outcome === 'failed')).toMatchObject([
    { check, fix: expect.any(String) },
  ])
}

const alone = (options: AuthOptions): AuthOptions => options

function refusedHandshake(name: string, traced: Traced, show: (harness: Harness) => Promise<Shown>): ConnectionCase {
  return {
    name: `of a handshake that is refused: ${name}`,
    own: alone,
    run: async (harness) => {
      const before = harness.fixture.traces.of(REQUEST_ID).length
      await harness.answer(await show(harness))
      await until('its trace', () => harness.fixture.traces.of(REQUEST_ID).length > before)
      const traces = harness.fixture.traces.of(REQUEST_ID).slice(before)
      expect(traces).toHaveLength(1)
      const failed = traces[0]?.checks.filter(({ outcome }) => outcome === 'failed')
      expect([traces[0]?.reason, failed?.map(({ check }) => check)]).toEqual([traced.reason, [traced.check]])
      expect(traces[0]?.connection).toBeUndefined()
    },
  }
}

function refusedRenewal(name: string, traced: Traced, renewal: (harness: Harness) => Promise<unknown>): ConnectionCase {
  return {
    name: `of a renewal that is refused: ${name}`,
    needs: ['messages'],
    own: alone,
    run: async (harness) => {
      const client = await harness.open({ headers: bearer(await harness.token()) })
      await client.next('hello')
      client.send('auth0.renew', await renewal(harness))
      const { correlation_id: id } = (await client.next('auth0.refused')) as { correlation_id: unknown } // is checked
      await expectTrace(harness, id, { ...traced, connection: 'renewal' })
      await until('its event', () =>
        harness.fixture.events.some((event) => event.type === 'connection' && event.correlationId === id),
      )
    },
  }
}

/** Why it was refused, for the operator, by the id that the client was told. */
export const traces: readonly ConnectionCase[] = [
  refusedHandshake('nothing', { reason: 'credentials_missing', check: 'credentials' }, async () => ({})),
  refusedHandshake('a forged token', { reason: 'token_invalid', check: 'signature' }, async (harness) => ({
    headers: bearer(await harness.token({ signature: 'flipped' })),
  })),
  refusedHandshake('no scope', { reason: 'scope_missing', check: 'requirements' }, async (harness) => ({
    headers: bearer(await harness.token({ scope: 'read:y' })),
  })),
  refusedHandshake('no proof', { reason: 'token_bound', check: 'binding' }, async (harness) => ({
    headers: bearer(await harness.bound()),
  })),
  refusedHandshake("another page's", { reason: 'origin_denied', check: 'origin' }, async (harness) => ({
    headers: [...bearer(await harness.token()), ['Origin', 'https://evil.test']],
  })),
  refusedHandshake('no ticket', { reason: 'ticket_invalid', check: 'ticket' }, async () => ({
    query: { auth0_ticket: 'x'.repeat(43) },
  })),
  refusedHandshake('a ticket that was used', { reason: 'ticket_invalid', check: 'ticket' }, async (harness) => {
    const query = { auth0_ticket: await harness.bearerTicket() }
    await harness.open({ query })
    return { query }
  }),
  refusedRenewal('a forged token', { reason: 'token_invalid', check: 'signature' }, async (harness) => ({
    token: await harness.token({ signature: 'flipped' }),
  })),
  refusedRenewal('an expired token', { reason: 'token_expired', check: 'expiry' }, async (harness) => ({
    token: await harness.token({ expiresIn: -60 }),
  })),
  refusedRenewal('another user', { reason: 'renewal_mismatch', check: 'renewed caller' }, async (harness) => ({
    token: await harness.token({ claims: { sub: 'somebody-else' } }),
  })),
  refusedRenewal('too few scopes', { reason: 'scope_missing', check: 'requirements' }, async (harness) => ({
    token: await harness.token({ scope: 'read:y' }),
  })),
  refusedRenewal('a ticket that is none', { reason: 'ticket_invalid', check: 'ticket' }, async () => ({
    ticket: '__proto__',
  })),
  refusedRenewal('a bound token', { reason: 'token_bound', check: 'binding' }, async (harness) => ({
    token: await harness.token({ jkt: (await createTestKey('ES256')).thumbprint }),
  })),
  {
    name: 'of the end: its token expired',
    own: alone,
    run: async (harness) => {
      const client = await harness.open({ headers: bearer(await harness.token({ expiresIn: 2 })) })
      const { correlation_id: id } = (await client.next('auth0.closing')) as { correlation_id: unknown } // is checked
      await expectTrace(harness, id, { reason: 'token_expired', check: 'expiry', connection: 'end' })
    },
  },
  {
    name: 'of the end: its token was revoked',
    own: alone,
    run: async (harness) => {
      const client = await harness.open({ headers: bearer(await harness.token()) })
      await client.next('hello')
      harness.fixture.revocations.revoke(harness.subject)
      const { correlation_id: id } = (await client.next('auth0.closing')) as { correlation_id: unknown } // is checked
      await expectTrace(harness, id, { reason: 'token_revoked', check: 'revocation', connection: 'end' })
    },
  },
]
