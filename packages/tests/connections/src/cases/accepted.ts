import { expect } from 'vitest'

import type { ConnectionCase } from '../case.js'
import { bearer } from '../harness.js'
import type { Harness, Shown } from '../harness.js'

async function expectOpened(harness: Harness, shown: Shown, scheme: string): Promise<void> {
  const client = await harness.open(shown)
  const opened = await client.next('auth0.opened')
  expect(client.received[0]?.event).toBe('auth0.opened')
  expect(opened).toEqual({ expires_in: expect.any(Number) })
  expect(await client.next('hello')).toEqual({ sub: harness.subject, scheme })
}

export const accepted: readonly ConnectionCase[] = [
  {
    name: 'a Bearer token in the header',
    run: async (harness) => expectOpened(harness, { headers: bearer(await harness.token()) }, 'Bearer'),
  },
  {
    name: 'a bound token in the header, with its proof',
    run: async (harness) => expectOpened(harness, { headers: await harness.dpop(await harness.bound()) }, 'DPoP'),
  },
  {
    name: 'a Bearer token as a subprotocol',
    needs: ['subprotocol', 'tight-lists'],
    run: async (harness) => expectOpened(harness, { protocols: ['auth0-token', await harness.token()] }, 'Bearer'),
  },
  {
    name: 'a Bearer token as a subprotocol, which is not echoed',
    needs: ['subprotocol'],
    run: async (harness) => {
      const token = await harness.token()
      const answer = await harness.answer({ protocols: ['auth0-token', token] })
      expect(answer.status).toBe(101)
      expect(answer.headers.filter(([name]) => name.toLowerCase() === 'sec-websocket-protocol')).toEqual([
        [expect.any(String), 'auth0-token'],
      ])
      expect(JSON.stringify(answer)).not.toContain(token.slice(-20))
    },
  },
  {
    name: 'a ticket of a Bearer token',
    run: async (harness) => {
      const ticket = await harness.bearerTicket()
      await expectOpened(harness, { query: { auth0_ticket: ticket } }, 'Bearer')
    },
  },
  {
    name: 'a ticket of a bound token',
    run: async (harness) => {
      const ticket = await harness.dpopTicket()
      await expectOpened(harness, { query: { auth0_ticket: ticket } }, 'DPoP')
    },
  },
  {
    name: 'an anonymous caller, where that is allowed',
    needs: ['anonymous'],
    run: async (harness) => {
      const client = await harness.open({ what: 'open' })
      expect(await client.next('hello')).toEqual({ sub: null, scheme: null })
    },
  },
  {
    name: 'the lifetime of the token is told',
    run: async (harness) => {
      const client = await harness.open({ headers: bearer(await harness.token({ expiresIn: 100 })) })
      const { expires_in: seconds } = (await client.next('auth0.opened')) as { expires_in: number } // checked below
      expect(seconds).toBeGreaterThan(90)
      expect(seconds).toBeLessThanOrEqual(100)
    },
  },
]
