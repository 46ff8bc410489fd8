import { deepStrictEqual, strictEqual } from 'node:assert/strict'

import { contractCases } from './cases.js'
import { createContractRunner } from './contract.js'
import type { ContractRunner, StartContractServer } from './contract.js'
import type { Answer } from './expectations.js'
import { runScenario } from './scenario.js'
import { contractScenarios } from './scenarios.js'
import { createContractFixture } from './fixture.js'

type DeclareTest = (name: string, body: () => Promise<void>) => void

/** What is used of a test framework. Vitest and Jest have `beforeAll` and `afterAll`, Mocha and node:test `before` and `after`. */
export type TestFramework = TestDeclarations & (AllHooks | PlainHooks)

/** How suites and tests are declared. */
export interface TestDeclarations {
  readonly describe: (name: string, body: () => void) => void
  /** `concurrent`, where the framework has it, shortens the scenarios, most of which wait for time-outs. */
  readonly it: DeclareTest & { readonly concurrent?: DeclareTest }
}

type Hook = (body: () => Promise<void>) => void

interface AllHooks {
  readonly beforeAll: Hook
  readonly afterAll: Hook
}

interface PlainHooks {
  readonly before: Hook
  readonly after: Hook
}

/** What is declared, and what is particular to an adapter's HTTP server. */
export interface DescribeContractOptions {
  /** Names of cases whose requests the HTTP server refuses by itself, with 400, so that the adapter never sees them. */
  readonly refusedByServer?: readonly string[]
  /**
   * Cases whose requests the HTTP server changes before the adapter gets them: their names, and the status and code of the
   * answer, such as `400 VAL_2001`.
   */
  readonly exceptions?: Readonly<Record<string, string>>
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
  framework: TestFramework,
  start: StartContractServer,
  { refusedByServer = [], exceptions = {}, parts = ['cases', 'scenarios', 'storms'] }: DescribeContractOptions = {},
): void {
  const { describe, it } = framework
  let runner: ContractRunner
  let close: () => Promise<void>

  const [before, after] = hooksOf(framework)
  before(async () => {
    const fixture = await createContractFixture()
    runner = createContractRunner(fixture, start)
    close = async () => {
      await runner.close()
      await fixture.close()
    }
  })
  after(() => close())

  for (const [area, cases] of Object.entries(parts.includes('cases') ? contractCases : {})) {
    describe(area, () => {
      for (const contractCase of cases) {
        it(contractCase.name, async () => {
          const { expected, seen } = await runner.run(contractCase)
          const exception = exceptions[contractCase.name]
          if (refusedByServer.includes(contractCase.name)) strictEqual(seen.status, 400)
          else if (exception !== undefined) strictEqual(inShort(seen), exception)
          else deepStrictEqual(seen, expected)
        })
      }
    })
  }

  for (const [area, all] of Object.entries(contractScenarios)) {
    const scenarios = all.filter(({ exclusive }) => parts.includes(exclusive ? 'storms' : 'scenarios'))
    if (scenarios.length === 0) continue
    describe(area, () => {
      for (const scenario of scenarios) {
        const declare = scenario.exclusive ? it : (it.concurrent ?? it)
        declare(scenario.name, () => runScenario(scenario, start))
      }
    })
  }
}

function hooksOf(framework: TestFramework): [before: Hook, after: Hook] {
  return 'beforeAll' in framework ? [framework.beforeAll, framework.afterAll] : [framework.before, framework.after]
}

function inShort({ status, body }: Answer): string {
  const [, code] = /"code":"(\w+)"/.exec(body) ?? []
  return [status, ...(code === undefined ? [] : [code])].join(' ')
}
