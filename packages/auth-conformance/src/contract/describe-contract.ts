import { deepStrictEqual, strictEqual } from 'node:assert/strict'

import { contractCases } from './cases.js'
import { createContractRunner } from './contract.js'
import type { ContractRunner, StartContractServer } from './contract.js'
import type { Answer } from './expectations.js'
import { runScenario } from './scenario.js'
import { contractScenarios } from './scenarios.js'
import { createContractWorld } from './world.js'

type DeclareTest = (name: string, body: () => Promise<void>) => void

/** What is used of a test framework: Vitest, Jest, Mocha and node:test have it. */
export interface TestFramework {
  readonly describe: (name: string, body: () => void) => void
  /** `concurrent`, where the framework has it, shortens the scenarios, most of which wait for time-outs. */
  readonly it: DeclareTest & { readonly concurrent?: DeclareTest }
  readonly beforeAll: (body: () => Promise<void>) => void
  readonly afterAll: (body: () => Promise<void>) => void
}

/** What is particular to an adapter's HTTP server. */
export interface ContractExceptions {
  /** Names of cases whose requests the HTTP server refuses by itself, with 400, so that the adapter never sees them. */
  readonly refusedByServer?: readonly string[]
  /**
   * Names of cases that it answers otherwise, since it hands over other requests than it got, and how: the status and
   * the code of the body, such as `400 VAL_2001`.
   */
  readonly answeredOtherwise?: Readonly<Record<string, string>>
  /** Which parts are declared. @defaultValue all of them */
  readonly parts?: readonly ContractPart[]
}

/** `cases`: one request each. `scenarios`: several steps. `storms`: scenarios that send thousands of requests and measure. */
export type ContractPart = 'cases' | 'scenarios' | 'storms'

/**
 * Declares one test for each case and each scenario of the contract, against an adapter. Bodies and headers must be
 * equal to the byte.
 */
export function describeContract(
  { describe, it, beforeAll, afterAll }: TestFramework,
  start: StartContractServer,
  { refusedByServer = [], answeredOtherwise = {}, parts = ['cases', 'scenarios', 'storms'] }: ContractExceptions = {},
): void {
  let runner: ContractRunner
  let close: () => Promise<void>

  beforeAll(async () => {
    const world = await createContractWorld()
    runner = createContractRunner(world, start)
    close = async () => {
      await runner.close()
      await world.close()
    }
  })
  afterAll(() => close())

  for (const [area, cases] of Object.entries(parts.includes('cases') ? contractCases : {})) {
    describe(area, () => {
      for (const contractCase of cases) {
        it(contractCase.name, async () => {
          const { expected, seen } = await runner.run(contractCase)
          const otherwise = answeredOtherwise[contractCase.name]
          if (refusedByServer.includes(contractCase.name)) strictEqual(seen.status, 400)
          else if (otherwise !== undefined) strictEqual(inShort(seen), otherwise)
          else deepStrictEqual(seen, expected)
        })
      }
    })
  }

  for (const [area, all] of Object.entries(contractScenarios)) {
    const scenarios = all.filter(({ alone }) => parts.includes(alone ? 'storms' : 'scenarios'))
    if (scenarios.length === 0) continue
    describe(area, () => {
      for (const scenario of scenarios) {
        const declare = scenario.alone ? it : (it.concurrent ?? it)
        declare(scenario.name, () => runScenario(scenario, start))
      }
    })
  }
}

function inShort({ status, body }: Answer): string {
  const [, code] = /"code":"(\w+)"/.exec(body) ?? []
  return [status, ...(code === undefined ? [] : [code])].join(' ')
}
