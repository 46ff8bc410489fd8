import { expect, vi } from 'vitest'

import type { ConnectionCase } from '../case.js'
import { bearer } from '../harness.js'

const CONSOLE = ['log', 'info', 'warn', 'error', 'debug'] as const

/** Tokens and tickets of all the ways in, accepted and refused: none of them is logged, sent or told. */
export const secrets: readonly ConnectionCase[] = [
  {
    name: 'no line of a log, no header, no event and no trace holds a token or a ticket',
    own: ({ onEvent: _, ...options }) => options,
    run: async (harness) => {
      const lines: unknown[][] = []
      const spies = CONSOLE.map((name) =>
        vi.spyOn(console, name).mockImplementation((...line) => void lines.push(line)),
      )
      const secret: string[] = []
      const keep = (text: string): string => {
        secret.push(text.split('.').at(-1) ?? text)
        return text
      }
      const answers: string[] = []
      try {
        for (const defect of [{}, { signature: 'flipped' }, { expiresIn: -9 }, { scope: 'read:y' }] as const) {
          const token = keep(await harness.token(defect))
          answers.push(JSON.stringify(await harness.answer({ headers: bearer(token) })))
          if (!harness.can.has('subprotocol')) continue
          answers.push(JSON.stringify(await harness.answer({ protocols: ['auth0-token', token] })))
        }
        for (const headers of [[], [['Origin', 'https://evil.test']]] as const) {
          const ticket = keep(await harness.bearerTicket())
          answers.push(JSON.stringify(await harness.answer({ query: { auth0_ticket: ticket }, headers })))
          answers.push(JSON.stringify(await harness.answer({ query: { auth0_ticket: ticket }, headers })))
        }
        const client = await harness.open({ headers: bearer(keep(await harness.token())) })
        if (harness.can.has('messages')) {
          client.send('auth0.renew', { token: keep(await harness.token()) })
          await client.next('auth0.renewed')
          client.send('auth0.renew', { token: keep(await harness.token({ signature: 'flipped' })) })
          await client.next('auth0.refused')
        }
        answers.push(JSON.stringify(client.received))
      } finally {
        for (const spy of spies) spy.mockRestore()
      }
      const { texts } = harness.fixture.traces
      const seen = [...answers, ...lines.map(String), ...texts, harness.server.log?.() ?? ''].join('\n')
      expect(texts.length).toBeGreaterThan(0)
      for (const one of secret) expect(seen).not.toContain(one)
    },
  },
]
