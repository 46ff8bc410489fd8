import { credentialHeaders } from './credentials.js'
import type { SuiteTools } from './credentials.js'
import type { SuiteTest } from './suite-test.js'

/** What an operator reads of a request that was refused, by the correlation id that its client got. */
export function traceTest(origin: string, tools: SuiteTools): SuiteTest {
  return {
    name: 'an operator reads why a request was refused',
    async run() {
      const url = `${origin}/api/private`
      const credentials = { scheme: 'Bearer', token: { claims: { aud: 'https://other.example.com' } } } as const
      const { token, headers } = await credentialHeaders(tools, credentials, { method: 'GET', url })
      const { correlation_id } = (await (await fetch(url, { headers })).json()) as { correlation_id: string } // of a refusal
      const asking = { scheme: 'Bearer', token: { scope: 'read:traces' } } as const
      const traces = `${origin}/internal/traces/${correlation_id}`
      const operator = await credentialHeaders(tools, asking, { method: 'GET', url: traces })
      const text = await (await fetch(traces, { headers: operator.headers })).text()
      const { status, path, checks } = JSON.parse(text) as Trace // of the route
      const failed = checks.filter(({ outcome }) => outcome === 'failed').map(({ check }) => check)
      const holdsToken = text.includes(token.slice(-40))
      return {
        actual: { status, path, failed, holdsToken },
        expected: { status: 401, path: '/api/private', failed: ['audience'], holdsToken: false },
      }
    },
  }
}

/** As far as it is looked at. */
interface Trace {
  readonly status: number
  readonly path: string
  readonly checks: readonly { readonly check: string; readonly outcome: string }[]
}
