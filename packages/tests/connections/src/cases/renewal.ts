import { expect } from 'vitest'

import { until } from '../until.js'
import { createTestKey } from '@acme/auth-testing'

import type { ConnectionCase } from '../case.js'
import type { Client } from '../clients/client.js'
import { bearer } from '../harness.js'
import type { Harness } from '../harness.js'
import { expectClosing } from './lifetime.js'

type Renewal = { readonly token: string } | { readonly ticket: string }

async function opened(harness: Harness, expiresIn = 3600): Promise<Client> {
  const client = await harness.open({ headers: bearer(await harness.token({ expiresIn })) })
  await client.next('hello')
  return client
}

async function openedBound(harness: Harness, expiresIn = 3600): Promise<Client> {
  const client = await harness.open({ headers: await harness.dpop(await harness.bound({ expiresIn })) })
  await client.next('hello')
  return client
}

/** A renewal that is refused leaves the connection as it was. */
function refusedRenewal(
  name: string,
  code: string | RegExp,
  renewal: (harness: Harness) => Promise<unknown>,
  open: (harness: Harness) => Promise<Client> = opened,
): ConnectionCase {
  return {
    name: `refused: ${name}`,
    needs: ['messages'],
    run: async (harness) => {
      const client = await open(harness)
      client.send('auth0.renew', await renewal(harness))
      expect(await client.next('auth0.refused')).toMatchObject({
        code: typeof code === 'string' ? code : expect.stringMatching(code),
        error_description: expect.any(String),
      })
      client.send('need', 'read:x')
      expect(await client.next('need')).toEqual({ ok: true, sub: harness.subject })
      expect(client.closed).toBeUndefined()
    },
  }
}

/** The connection outlives its first token. */
async function expectNoGap(client: Client, renewal: Renewal): Promise<void> {
  const end = performance.now() + 2500
  client.send('auth0.renew', renewal)
  const { expires_in: seconds } = (await client.next('auth0.renewed')) as { expires_in: number } // checked below
  expect(seconds).toBeGreaterThan(3500)
  await until('the end of the first token', () => performance.now() > end)
  expect(client.closed).toBeUndefined()
  client.send('need', 'read:x')
  expect(await client.next('need')).toMatchObject({ ok: true })
}

/** It was closed for its refused renewals, which the event tells. */
async function expectLimited(harness: Harness, client: Client): Promise<void> {
  await expectClosing(harness, client, 'RATE_4001', 'invalid_request')
  const { events } = harness.fixture
  const isTold = (): boolean => events.some((event) => event.type === 'connection' && event.transition === 'limited')
  await until('the event limited', isTold)
}

const MISMATCH = 'AUTH_1020'
const MOST_REFUSED = 20

export const renewal: readonly ConnectionCase[] = [
  {
    name: 'by a token, without a gap',
    needs: ['messages'],
    run: async (harness) => expectNoGap(await opened(harness, 2), { token: await harness.token() }),
  },
  {
    name: 'by a ticket, without a gap, of a bound token',
    needs: ['messages'],
    run: async (harness) => expectNoGap(await openedBound(harness, 2), { ticket: await harness.dpopTicket() }),
  },
  {
    name: 'a revocation finds the renewed one',
    needs: ['messages'],
    run: async (harness) => {
      const client = await opened(harness)
      client.send('auth0.renew', { token: await harness.token() })
      await client.next('auth0.renewed')
      harness.fixture.revocations.revoke(harness.subject)
      await expectClosing(harness, client, 'AUTH_1018')
    },
  },
  {
    name: 'more scopes meet requirements that were refused before',
    needs: ['messages'],
    run: async (harness) => {
      const client = await opened(harness)
      client.send('need', 'write:x')
      expect(await client.next('need')).toEqual({ ok: false, code: 'AUTH_1005' })
      client.send('auth0.renew', { token: await harness.token({ scope: 'read:x write:x' }) })
      await client.next('auth0.renewed')
      client.send('need', 'write:x')
      expect(await client.next('need')).toEqual({ ok: true, sub: harness.subject })
    },
  },
  {
    name: 'fewer scopes are taken over, as long as the route is met',
    needs: ['messages'],
    run: async (harness) => {
      const client = await harness.open({ headers: bearer(await harness.token({ scope: 'read:x write:x' })) })
      client.send('need', 'write:x')
      expect(await client.next('need')).toMatchObject({ ok: true })
      client.send('auth0.renew', { token: await harness.token() })
      await client.next('auth0.renewed')
      client.send('need', 'write:x')
      expect(await client.next('need')).toEqual({ ok: false, code: 'AUTH_1005' })
    },
  },
  refusedRenewal('too few scopes for the route', 'AUTH_1005', async (harness) => ({
    token: await harness.token({ scope: 'read:y' }),
  })),
  refusedRenewal('another subject', MISMATCH, async (harness) => ({
    token: await harness.token({ claims: { sub: 'somebody-else' } }),
  })),
  refusedRenewal('another client', MISMATCH, async (harness) => ({
    token: await harness.token({ claims: { client_id: 'another' } }),
  })),
  refusedRenewal('another issuer', MISMATCH, async (harness) => ({
    token: await harness.fixture.partner.accessToken({ scope: 'read:x', claims: { sub: harness.subject } }),
  })),
  refusedRenewal('an actor, where there was none', MISMATCH, async (harness) => ({
    token: await harness.token({ claims: { act: { sub: 'agent' } } }),
  })),
  refusedRenewal('another subject, by ticket', MISMATCH, async (harness) => ({
    ticket: await harness.bearerTicket(await harness.token({ claims: { sub: 'somebody-else' } })),
  })),
  refusedRenewal(
    'a Bearer token, where the first was bound',
    MISMATCH,
    async (harness) => ({ token: await harness.token() }),
    openedBound,
  ),
  refusedRenewal(
    'another key, by ticket',
    MISMATCH,
    async (harness) => {
      const key = await createTestKey('ES256')
      const other = Object.create(harness, { fixture: { value: { ...harness.fixture, key } } }) as Harness // with its own key
      return { ticket: await other.dpopTicket() }
    },
    openedBound,
  ),
  refusedRenewal('a bound token without proof', /^AUTH_10(04|20)$/, async (harness) => ({
    token: await harness.bound(),
  })),
  refusedRenewal('an expired token', 'AUTH_1001', async (harness) => ({
    token: await harness.token({ expiresIn: -60 }),
  })),
  refusedRenewal('a forged token', 'AUTH_1002', async (harness) => ({
    token: await harness.token({ signature: 'flipped' }),
  })),
  refusedRenewal('garbage as a token', /^(AUTH|VAL)_/, async () => ({ token: 'x\r\nevent: hello' })),
  refusedRenewal('garbage as a ticket', /^(AUTH|VAL)_/, async () => ({ ticket: '__proto__' })),
  refusedRenewal('a number as a token', /^(AUTH|VAL)_/, async () => ({ token: 7 })),
  refusedRenewal('nothing', /^(AUTH|VAL)_/, async () => ({})),
  refusedRenewal('no object', /^(AUTH|VAL)_/, async () => 'token'),
  refusedRenewal('both', /^(AUTH|VAL)_/, async (harness) => ({
    token: await harness.token(),
    ticket: await harness.bearerTicket(),
  })),
  refusedRenewal('a ticket of another path', 'AUTH_1019', async (harness) => ({
    ticket: await harness.ticket(bearer(await harness.token()), '/elsewhere'),
  })),
  refusedRenewal('a ticket that was used', 'AUTH_1019', async (harness) => {
    const ticket = await harness.bearerTicket()
    await harness.open({ query: { auth0_ticket: ticket } })
    return { ticket }
  }),
  {
    name: 'a flood of renewals ends the connection, and harms nobody',
    needs: ['messages', 'last-words'],
    run: async (harness) => {
      const client = await opened(harness)
      const token = await harness.token({ signature: 'flipped' })
      for (let sent = 0; sent < 2000; sent++) client.send('auth0.renew', { token })
      await expectLimited(harness, client)
      await harness.alive()
    },
  },
  {
    name: 'a client that asks again and again, whatever the answer, is closed after twenty',
    needs: ['messages'],
    run: async (harness) => {
      const client = await opened(harness)
      for (let refused = 0; refused < MOST_REFUSED; refused++) {
        client.send('auth0.renew', { token: await harness.token({ signature: 'flipped' }) })
        expect(await client.next('auth0.refused')).toMatchObject({ code: 'AUTH_1002' })
      }
      client.send('need', 'read:x')
      expect(await client.next('need')).toMatchObject({ ok: true })
      client.send('auth0.renew', { ticket: '__proto__' })
      await expectLimited(harness, client)
    },
  },
  {
    name: 'refused renewals of nobody end the connection, too',
    needs: ['messages', 'anonymous'],
    run: async (harness) => {
      const client = await harness.open({ what: 'open' })
      await client.next('hello')
      const token = await harness.token()
      for (let sent = 0; sent <= MOST_REFUSED; sent++) client.send('auth0.renew', { token })
      await expectLimited(harness, client)
    },
  },
  {
    name: 'a few refusals are forgiven: the next renewal is good',
    needs: ['messages'],
    run: async (harness) => {
      const client = await opened(harness, 60)
      for (let refused = 0; refused < 5; refused++) {
        client.send('auth0.renew', { token: await harness.token({ expiresIn: -60 }) })
        await client.next('auth0.refused')
      }
      client.send('auth0.renew', { token: await harness.token() })
      expect(await client.next('auth0.renewed')).toMatchObject({ expires_in: expect.any(Number) })
      client.send('need', 'read:x')
      expect(await client.next('need')).toEqual({ ok: true, sub: harness.subject })
      expect(client.closed).toBeUndefined()
    },
  },
]
