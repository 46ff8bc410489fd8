import { sampleCases } from './cases.js'
import { corsTests } from './cors.js'
import type { SuiteTools } from './credentials.js'
import { lifecycleTests } from './lifecycle.js'
import { logTest } from './log.js'
import { nonceTests } from './nonce.js'
import { opaqueTest } from './opaque.js'
import { proxyTests } from './proxy.js'
import { startSample } from './process.js'
import { replayTest, runCase } from './run-case.js'
import type { SuiteTest } from './suite-test.js'
import { traceTest } from './traces.js'

export { faultTest } from './fault.js'
export { startLiveSuite } from './live-suite.js'
export type { LiveSuite, SecurityEvent } from './live-suite.js'
export { complaintAboutWeaker, expectReviewedReport } from './report.js'
export { startSample } from './process.js'
export type { SampleProcess } from './process.js'
export type { ProofOptions, SuiteTools, TokenOptions } from './credentials.js'
export type { SuiteTest } from './suite-test.js'

export interface SuiteOptions {
  /** The built `main.js` of a sample API. */
  readonly main: URL
  /** What it needs in its environment beyond the contract of all. */
  readonly env?: Readonly<Record<string, string>>
  readonly tools: SuiteTools
}

export interface Suite {
  /** To be run in this order: the last ones stop the processes. */
  readonly tests: readonly SuiteTest[]
  /** Ends whatever still runs. */
  close(): void
}

/** Starts a sample API as a process of its own, and says how to hold it to the contract of all four. */
export async function startSuite({ main, env = {}, tools }: SuiteOptions): Promise<Suite> {
  const base = { ...env, PORT: '0', AUTH0_ISSUER: tools.issuer, AUTH0_AUDIENCE: tools.audience }
  const behindProxy = { TRUST_PROXY: '1', AUTH0_DPOP: 'required', PUBLIC_ORIGINS: 'https://api.example.com' }
  // Right clocks need no nonce, so that the other tests are not concerned.
  const healing = { ...behindProxy, DPOP_NONCE: 'heal' }
  const [direct, proxied] = await Promise.all([startSample(main, base), startSample(main, { ...base, ...healing })])
  return {
    tests: [
      ...sampleCases.map((one) => ({ name: one.name, run: () => runCase(direct.origin, tools, one) })),
      replayTest(direct.origin, tools),
      ...proxyTests(direct.origin, proxied.origin, tools),
      ...nonceTests(direct.origin, proxied.origin, tools),
      ...corsTests(direct.origin, main, base),
      opaqueTest(main, base),
      traceTest(direct.origin, tools),
      logTest(direct),
      ...lifecycleTests(main, base, [direct, proxied]),
    ],
    close() {
      direct.kill()
      proxied.kill()
    },
  }
}
