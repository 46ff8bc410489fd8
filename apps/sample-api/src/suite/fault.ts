import type { AddressInfo } from 'node:net'

import type { RunningApp } from '../run.js'
import { sessionsFrom } from '../sessions.js'
import type { SampleSettings } from '../settings.js'
import type { SuiteTools } from './credentials.js'
import type { SuiteTest } from './suite-test.js'

const SECRET = 'the password of the database'

/** A fault of the API's own is a 500 that is logged, and tells the client nothing. Runs in the process of the test. */
export function faultTest(tools: SuiteTools, start: (settings: SampleSettings) => Promise<RunningApp>): SuiteTest {
  return {
    name: 'a fault of its own',
    async run() {
      const { server, close } = await start(faulty(tools.audience))
      const { port } = server.address() as AddressInfo // as: it listens on a TCP port
      const authorization = `Bearer ${await tools.accessToken({})}`
      const { answer, log } = await logged(async () => {
        const response = await fetch(`http://127.0.0.1:${port}/api/private`, { headers: { authorization } })
        const body: unknown = await response.json()
        return { status: response.status, body }
      })
      server.closeAllConnections()
      await close()
      return {
        actual: { ...answer, logged: log.includes(SECRET) },
        expected: { status: 500, body: { error: 'internal_error' }, logged: true },
      }
    },
  }
}

function faulty(audience: string): SampleSettings {
  // An answer that no client can bring about, and that is told to whoever wrote it.
  const issuers = (issuer: string): object => ({ issuer, jwksUri: SECRET })
  const limits = { limit: 5, window: 10 }
  const sessions = sessionsFrom({}, audience, undefined)
  return { host: '127.0.0.1', port: 0, trustProxy: false, auth: { issuers, audience }, limits, sessions }
}

/** What is written to the standard error meanwhile. */
async function logged<Answer>(act: () => Promise<Answer>): Promise<{ answer: Answer; log: string }> {
  const write = console.error
  const lines: unknown[] = []
  console.error = (...given: unknown[]) => void lines.push(...given)
  try {
    return { answer: await act(), log: lines.join('\n') }
  } finally {
    console.error = write
  }
}
