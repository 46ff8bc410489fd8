import type { ListeningTestIssuer } from '@acme/auth-testing'

import type { ContractKeyOptions, StartContractServer } from './contract.js'
import type { Clause, ContractLevel } from './level.js'
import type { ProtectedApi } from './protected-api.js'
import { ScenarioFixture } from './scenario-fixture.js'

/** Several steps with issuers that fail, recover and change: what one request and its answer cannot say. */
export interface ContractScenario {
  readonly name: string
  /** Whether it measures, so that nothing may run beside it. */
  readonly exclusive: boolean
  /** What demands it of every server; without one it is a rule of this kit alone. */
  readonly clause?: Clause
  /** Rejects when the contract is broken. */
  readonly run: (fixture: ScenarioFixture) => Promise<void>
}

/** Runs a scenario against one adapter. @throws when the contract is broken */
export async function runScenario(
  { run }: ContractScenario,
  start: StartContractServer,
  level: ContractLevel = 'house',
): Promise<void> {
  const fixture = new ScenarioFixture(start, level)
  try {
    await run(fixture)
  } finally {
    await fixture.close()
  }
}

/** What most scenarios need: an issuer, and a server that trusts it and has not called it yet. */
export interface ServerFixture {
  readonly issuer: ListeningTestIssuer
  readonly api: ProtectedApi
  readonly level: ContractLevel
  /** Starts another issuer, which the server does not trust. */
  readonly startIssuer: () => Promise<ListeningTestIssuer>
}

/** A scenario with one issuer and one server. */
export function scenario(
  name: string,
  keys: ContractKeyOptions,
  steps: (fixture: ServerFixture) => Promise<void>,
  { exclusive = false, ...options }: Partial<Pick<ContractScenario, 'exclusive' | 'clause'>> = {},
): ContractScenario {
  const run = async (fixture: ScenarioFixture): Promise<void> => {
    const issuer = await fixture.startIssuer()
    const api = await fixture.startServer(issuer, keys)
    await steps({ issuer, api, level: fixture.level, startIssuer: () => fixture.startIssuer() })
  }
  return { name, exclusive, run, ...options }
}
