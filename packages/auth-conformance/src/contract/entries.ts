import { casesByArea } from './cases.js'
import type { Clause, ContractLevel } from './level.js'
import { scenariosByArea } from './scenarios.js'

/** `cases`: one request each. `scenarios`: several steps. `storms`: scenarios that send thousands of requests and measure. */
export type ContractPart = 'cases' | 'scenarios' | 'storms'

/** What one test of the contract is, as data: for reports and documents, and to choose from. */
export interface ContractEntry {
  readonly area: string
  readonly name: string
  readonly part: ContractPart
  /** `rfc`: an RFC demands it of every server. `house`: it is a rule of this kit alone. */
  readonly level: ContractLevel
  /** What demands it. */
  readonly clause: Clause | undefined
}

/**
 * Every case and every scenario of the contract, in the order in which they are declared.
 *
 * @example
 * ```ts
 * import { contractCases } from '@acme/auth-conformance'
 *
 * const demanded = contractCases().filter(({ level }) => level === 'rfc')
 * console.log(demanded.map(({ name, clause }) => `${name}: ${clause}`))
 * ```
 */
export function contractCases(): readonly ContractEntry[] {
  return [
    ...entriesOf(casesByArea, () => 'cases'),
    ...entriesOf(scenariosByArea, ({ exclusive }) => (exclusive ? 'storms' : 'scenarios')),
  ]
}

function entriesOf<Test extends { readonly name: string; readonly clause?: Clause }>(
  areas: Readonly<Record<string, readonly Test[]>>,
  partOf: (test: Test) => ContractPart,
): readonly ContractEntry[] {
  return Object.entries(areas).flatMap(([area, tests]) =>
    tests.map((test) => {
      const { name, clause } = test
      return { area, name, part: partOf(test), level: clause === undefined ? 'house' : 'rfc', clause }
    }),
  )
}
