import { expect } from 'vitest'

import { until } from '../until.js'

import type { ConnectionCase } from '../case.js'
import type { Client } from '../clients/client.js'
import { bearer } from '../harness.js'
import type { Harness } from '../harness.js'

/** That it was closed by the server, for a reason that it told before. */
export async function expectClosing(
  harness: Harness,
  client: Client,
  code: string,
  error: string = 'invalid_token',
): Promise<void> {
  expect(await client.next('auth0.closing')).toMatchObject({ code, error })
  const closed = await client.whenClosed()
  expect(client.received.at(-1)?.event).toBe('auth0.closing')
  if (harness.can.has('close-code')) expect(closed).toEqual({ code: 1008, reason: code })
}

export const lifetime: readonly ConnectionCase[] = [
  {
    name: 'is closed when its token expires',
    run: async (harness) => {
      const client = await harness.open({ headers: bearer(await harness.token({ expiresIn: 2 })) })
      await client.next('hello')
      const opened = performance.now()
      await expectClosing(harness, client, 'AUTH_1001')
      expect(performance.now() - opened).toBeLessThan(4000)
    },
  },
  {
    name: 'is closed within a second when its token is revoked',
    run: async (harness) => {
      const client = await harness.open({ headers: bearer(await harness.token()) })
      const other = await harness.open({
        headers: bearer(await harness.fixture.issuer.accessToken({ scope: 'read:x' })),
      })
      await Promise.all([client.next('hello'), other.next('hello')])
      const revoked = performance.now()
      harness.fixture.revocations.revoke(harness.subject)
      await expectClosing(harness, client, 'AUTH_1018')
      expect(performance.now() - revoked).toBeLessThan(1000)
      expect(other.closed).toBeUndefined()
    },
  },
  {
    name: 'is closed when the token of its ticket is revoked',
    run: async (harness) => {
      const client = await harness.open({ query: { auth0_ticket: await harness.dpopTicket() } })
      await client.next('hello')
      harness.fixture.revocations.revoke(harness.subject)
      await expectClosing(harness, client, 'AUTH_1018')
    },
  },
  {
    name: 'is forgotten when the client goes',
    run: async (harness) => {
      const client = await harness.open({ headers: bearer(await harness.token()) })
      await client.next('hello')
      const closed = (): number =>
        harness.fixture.events
          .filter((event) => event.type === 'connection' && event.subject === harness.subject)
          .map((event) => (event.type === 'connection' ? event.transition : ''))
          .filter((one) => one === 'closed').length
      client.close()
      await until('the event closed', () => closed() === 1)
    },
  },
]
