import { strictEqual } from 'node:assert/strict'

import { casesByArea } from './cases.js'
import { createContractRunner } from './contract.js'
import type { ContractRunner, StartContractServer } from './contract.js'
import { contractCases } from './entries.js'
import type { ContractEntry, ContractPart } from './entries.js'
import { createContractFixture } from './fixture.js'
import type { ContractFixtureOptions } from './fixture.js'
import { assertAnswer } from './level.js'
import type { ContractLevel } from './level.js'
import type { RawResponse } from './raw-http.js'
import { runScenario } from './scenario.js'
import { scenariosByArea } from './scenarios.js'

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
export interface DescribeContractOptions extends ContractFixtureOptions {
  /** Names of cases whose requests the HTTP server refuses by itself, with 400, so that the adapter never sees them. */
  readonly refusedByServer?: readonly string[]
  /**
   * Cases whose requests the HTTP server changes before the adapter gets them: their names, and the status and code of the
   * answer, such as `400 VAL_2001`.
   */
  readonly exceptions?: Readonly<Record<string, string>>
  /** How strictly answers are compared. @defaultValue 'house' */
  readonly level?: ContractLevel
  /** Which of the cases and scenarios of that level are declared. @defaultValue all of them */
  readonly only?: (entry: ContractEntry) => boolean
  /** Which parts are declared. @defaultValue all of them */
  readonly parts?: readonly ContractPart[]
}

/**
 * Declares one test for each case and each scenario of the contract, against an adapter.
 *
 * @example
 * ```ts
 * import { after, before, describe, it } from 'node:test'
 *
 * import { describeContract } from '@acme/auth-conformance'
 * import type { StartContractServer } from '@acme/auth-conformance'
 *
 * export function describeAdapter(start: StartContractServer): void {
 *   describeContract({ describe, it, before, after }, start, { level: 'rfc' })
 * }
 * ```
 */
export function describeContract(
  framework: TestFramework,
  start: StartContractServer,
  options: DescribeContractOptions = {},
): void {
  const { level = 'house', parts = ['cases', 'scenarios', 'storms'], only = () => true } = options
  const wanted = contractCases().filter((entry) => {
    return parts.includes(entry.part) && (level === 'house' || entry.level === 'rfc') && only(entry)
  })
  describeCases(framework, start, wanted, options)
  describeScenarios(framework, start, wanted, level)
}

function describeCases(
  framework: TestFramework,
  start: StartContractServer,
  wanted: readonly ContractEntry[],
  { level = 'house', refusedByServer = [], exceptions = {}, algorithm = 'RS256' }: DescribeContractOptions,
): void {
  const [before, after] = hooksOf(framework)
  let runner: ContractRunner
  let close: () => Promise<void>
  before(async () => {
    const fixture = await createContractFixture({ algorithm })
    runner = createContractRunner(fixture, start)
    close = async () => {
      await runner.close()
      await fixture.close()
    }
  })
  after(() => close())

  inAreas(framework, casesByArea, wanted, (contractCase) => {
    framework.it(contractCase.name, async () => {
      const { request, response } = await runner.send(contractCase)
      const exception = exceptions[contractCase.name]
      if (refusedByServer.includes(contractCase.name)) strictEqual(response.status, 400)
      else if (exception !== undefined) strictEqual(inShort(response), exception)
      else assertAnswer(level, request, response, contractCase.expected)
    })
  })
}

function describeScenarios(
  framework: TestFramework,
  start: StartContractServer,
  wanted: readonly ContractEntry[],
  level: ContractLevel,
): void {
  const { it } = framework
  inAreas(framework, scenariosByArea, wanted, (scenario) => {
    const declare = scenario.exclusive ? it : (it.concurrent ?? it)
    declare(scenario.name, () => runScenario(scenario, start, level))
  })
}

/** Declares what is wanted, each area in a suite of its own. */
function inAreas<Test extends { readonly name: string }>(
  { describe }: TestFramework,
  areas: Readonly<Record<string, readonly Test[]>>,
  wanted: readonly ContractEntry[],
  declare: (test: Test) => void,
): void {
  for (const [area, all] of Object.entries(areas)) {
    const names = new Set(wanted.filter((entry) => entry.area === area).map(({ name }) => name))
    const tests = all.filter(({ name }) => names.has(name))
    if (tests.length > 0) describe(area, () => tests.forEach(declare))
  }
}

function hooksOf(framework: TestFramework): [before: Hook, after: Hook] {
  return 'beforeAll' in framework ? [framework.beforeAll, framework.afterAll] : [framework.before, framework.after]
}

function inShort({ status, body }: RawResponse): string {
  const [, code] = /"code":"(\w+)"/.exec(body) ?? []
  return [status, ...(code === undefined ? [] : [code])].join(' ')
}
