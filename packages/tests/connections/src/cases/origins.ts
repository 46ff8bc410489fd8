import { expect } from 'vitest'

import type { ConnectionCase } from '../case.js'
import { PAGE } from '../fixture.js'
import { bearer } from '../harness.js'
import { expectRefused } from '../refusal.js'

const DENIED = { status: 403, code: 'AUTH_1021', error: 'insufficient_scope' } as const

/** RFC 6455 §10.2. */
export const origins: readonly ConnectionCase[] = [
  {
    name: 'a page that is listed',
    run: async (harness) => {
      const client = await harness.open({ headers: [...bearer(await harness.token()), ['Origin', PAGE]] })
      await client.next('hello')
    },
  },
  {
    name: 'pages that are not',
    run: async (harness) => {
      for (const origin of ['https://evil.test', `${PAGE}.evil.test`, 'http://app.test', `${PAGE}:444`, 'null']) {
        const headers = [...bearer(await harness.token()), ['Origin', origin]] as const
        await expectRefused(harness, { headers }, DENIED)
      }
    },
  },
  {
    name: 'a page that is not, with a ticket of its own',
    run: async (harness) => {
      const headers = [['Origin', 'https://evil.test']] as const
      const answer = await harness.buy([...bearer(await harness.token()), ...headers])
      // Whether it is sold or not, it opens nothing.
      const ticket = answer.status < 300 ? (JSON.parse(answer.body) as { ticket: string }).ticket : 'none' // of the contract
      const { status } = await harness.answer({ query: { auth0_ticket: ticket }, headers })
      expect(status).toBe(403)
    },
  },
]
