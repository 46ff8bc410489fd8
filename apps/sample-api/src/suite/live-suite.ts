import type { SuiteOptions, Suite } from './index.js'
import { LiveApi } from './live-api.js'
import { openSocket, openStream } from './live-client.js'
import { configuredTests, liveTests } from './live.js'
import { startSample } from './process.js'
import type { SampleProcess } from './process.js'
import type { SuiteTest } from './suite-test.js'

/** What an issuer says of a subject: a token that its sessions were revoked. */
export type SecurityEvent = (subject: string) => Promise<string>

/** A sample API with metrics and security events, and how to hold its connections to the contract of all four. */
export interface LiveSuite extends Suite {
  readonly sample: SampleProcess
}

/** Starts a sample API as a process of its own. The last test stops it. */
export async function startLiveSuite({
  main,
  env = {},
  tools,
  securityEvent,
}: SuiteOptions & { readonly securityEvent: SecurityEvent }): Promise<LiveSuite> {
  const { issuer, audience } = tools
  const sample = await startSample(main, {
    ...env,
    PORT: '0',
    METRICS: '1',
    SSF_ISSUER: issuer,
    AUTH0_ISSUER: issuer,
    AUTH0_AUDIENCE: audience,
  })
  return {
    sample,
    tests: [
      ...liveTests(sample.origin, tools),
      ...configuredTests(sample.origin, tools, securityEvent),
      stopTest(sample, new LiveApi(sample.origin, tools)),
    ],
    close: () => sample.kill(),
  }
}

/** An HTTP server does not close what was upgraded. */
function stopTest(sample: SampleProcess, api: LiveApi): SuiteTest {
  return {
    name: 'stops on SIGTERM, with a WebSocket and a stream open',
    async run() {
      const headers = await api.bearer({ scope: 'read:messages' })
      const socket = await api.open(openSocket, '/ws', headers)
      const stream = await api.open(openStream, '/events', headers)
      const code = await sample.stop('SIGTERM')
      return { actual: [code, await socket.closed, await stream.closed], expected: [0, 1001, undefined] }
    },
  }
}
