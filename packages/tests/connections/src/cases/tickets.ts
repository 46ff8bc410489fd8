import { expect, vi } from 'vitest'

import type { ConnectionCase } from '../case.js'
import { PAGE } from '../fixture.js'
import { bearer } from '../harness.js'
import { expectRefused, NO_CREDENTIALS, TICKET_INVALID, TOKEN_REVOKED } from '../refusal.js'
import type { Harness } from '../harness.js'

const byTicket = (ticket: string): { readonly query: Readonly<Record<string, string>> } => ({
  query: { auth0_ticket: ticket },
})

/** Sets the clock of this process, that of the server with it, some seconds ahead. */
async function later(seconds: number, body: () => Promise<void>): Promise<void> {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + seconds * 1000 })
  try {
    await body()
  } finally {
    vi.useRealTimers()
  }
}

async function expectWorthless(harness: Harness, ticket: string): Promise<void> {
  await expectRefused(harness, byTicket(ticket), TICKET_INVALID)
}

export const tickets: readonly ConnectionCase[] = [
  {
    name: 'a ticket is told with its lifetime, and kept by nobody',
    run: async (harness) => {
      const { status, headers, body } = await harness.buy(bearer(await harness.token()))
      expect([200, 201]).toContain(status)
      expect(JSON.parse(body)).toEqual({ ticket: expect.stringMatching(/^[\w-]{43,}$/), expires_in: 30 })
      expect(JSON.stringify(headers)).not.toContain((JSON.parse(body) as { ticket: string }).ticket) // checked above
    },
  },
  {
    name: 'is sold to nobody without a token',
    run: async (harness) => {
      const { status } = await harness.buy([])
      expect(status).toBe(401)
    },
  },
  {
    name: 'is good once',
    run: async (harness) => {
      const ticket = await harness.bearerTicket()
      await harness.open(byTicket(ticket))
      await expectWorthless(harness, ticket)
    },
  },
  {
    name: 'is good once for two that come together',
    run: async (harness) => {
      const ticket = await harness.bearerTicket()
      const opened = await Promise.allSettled([1, 2, 3, 4].map(() => harness.open(byTicket(ticket))))
      expect(opened.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    },
  },
  {
    name: 'is good for one path',
    run: async (harness) => {
      const ticket = await harness.ticket(bearer(await harness.token()), '/elsewhere')
      await expectWorthless(harness, ticket)
    },
  },
  {
    name: 'is good for one origin',
    run: async (harness) => {
      const ofPage = await harness.bearerTicket(undefined, [['Origin', PAGE]])
      await expectWorthless(harness, ofPage)
      const ofNone = await harness.bearerTicket()
      const headers = [['Origin', PAGE]] as const
      await expectRefused(harness, { ...byTicket(ofNone), headers }, TICKET_INVALID)
      const again = await harness.bearerTicket(undefined, [['Origin', PAGE]])
      await harness.open({ ...byTicket(again), headers })
    },
  },
  {
    name: 'is good for 30 seconds',
    needs: ['clock'],
    run: async (harness) => {
      const ticket = await harness.bearerTicket()
      await later(31, () => expectWorthless(harness, ticket))
    },
  },
  {
    name: 'is not good for longer than its token',
    needs: ['clock'],
    run: async (harness) => {
      const ticket = await harness.bearerTicket(await harness.token({ expiresIn: 10 }))
      await later(11, async () => {
        const { status } = await harness.answer(byTicket(ticket))
        expect(status).toBe(401)
      })
    },
  },
  {
    name: 'is not good when its token was revoked',
    run: async (harness) => {
      const ticket = await harness.bearerTicket()
      harness.fixture.revocations.revoke(harness.subject)
      await expectRefused(harness, byTicket(ticket), TOKEN_REVOKED)
    },
  },
  {
    name: 'is held against the requirements of the route',
    run: async (harness) => {
      const ticket = await harness.bearerTicket(await harness.token({ scope: 'read:y' }))
      const { status } = await harness.answer(byTicket(ticket))
      expect(status).toBe(403)
    },
  },
  {
    name: 'is not guessed',
    run: async (harness) => {
      const guesses = ['', 'x', 'a'.repeat(43), 'a'.repeat(4000), '%00', '"><script>', '../../etc/passwd', '__proto__']
      for (const guess of guesses) {
        const { status } = await harness.answer(byTicket(guess))
        expect([400, 401], guess).toContain(status)
      }
      const changed = await harness.bearerTicket()
      await expectWorthless(harness, `${changed.slice(0, -4)}AAAA`)
    },
  },
  {
    name: 'is refused beside another one, or beside a header',
    run: async (harness) => {
      const ticket = await harness.bearerTicket()
      const { status } = await harness.answer({ ...byTicket(ticket), headers: bearer(await harness.token()) })
      expect(status).toBe(400)
    },
  },
  {
    name: 'is no name for an access token',
    run: async (harness) => {
      const { status } = await harness.answer(byTicket(await harness.token()))
      expect([400, 401]).toContain(status)
      await expectRefused(harness, { query: { ticket: await harness.bearerTicket() } }, NO_CREDENTIALS)
    },
  },
]
