import type { TestDeclarations } from '../contract/describe-contract.js'
import type { ReplayStoreCase } from './case.js'
import { disturbedCases } from './cases-faults.js'
import { fullCases, quotaCases } from './cases-full.js'
import { keyCases, sharedCases } from './cases-keys.js'
import { timeCases } from './cases-time.js'
import type { ReplayStoreImplementation, ReplayStoreFixture } from './fixture.js'

/** What the cases are about, and the cases. */
export interface ReplayStoreArea {
  readonly area: string
  readonly tests: readonly { readonly name: string; readonly run: () => Promise<void> }[]
}

/**
 * The tests that apply to a store, each on a store of its own.
 *
 * @example
 * ```ts
 * import { replayStoreTests } from '@acme/auth-conformance/replay-store'
 * import { memoryReplayStore } from '@acme/auth-core'
 *
 * const areas = replayStoreTests({ start: () => ({ store: memoryReplayStore() }) })
 * for (const { area, tests } of areas) console.log(area, tests.length)
 * ```
 */
export function replayStoreTests(implementation: ReplayStoreImplementation): readonly ReplayStoreArea[] {
  const { shared = false, quota = false, startSmall, startDisturbed } = implementation
  const bind = <Fixture extends ReplayStoreFixture>(
    cases: readonly ReplayStoreCase<Fixture>[],
    start: () => Promise<Fixture> | Fixture,
  ): ReplayStoreArea['tests'] =>
    cases.map((one) => ({ name: one.name, run: () => runCase(one, start, implementation) }))

  return [
    { area: 'keys', tests: bind(keyCases, () => implementation.start()) },
    { area: 'time', tests: bind(timeCases, () => implementation.start()) },
    { area: 'shared', tests: shared ? bind(sharedCases, () => implementation.start()) : [] },
    { area: 'full', tests: startSmall === undefined ? [] : bind(fullCases, () => startSmall()) },
    { area: 'quota', tests: startSmall === undefined || !quota ? [] : bind(quotaCases, () => startSmall()) },
    { area: 'down and slow', tests: startDisturbed === undefined ? [] : bind(disturbedCases, () => startDisturbed()) },
  ].filter(({ tests }) => tests.length > 0)
}

async function runCase<Fixture extends ReplayStoreFixture>(
  { run }: ReplayStoreCase<Fixture>,
  start: () => Promise<Fixture> | Fixture,
  implementation: ReplayStoreImplementation,
): Promise<void> {
  const fixture = await start()
  try {
    await run(fixture, implementation)
  } finally {
    await fixture.close?.()
  }
}

/**
 * Declares the tests that any replay store must pass: atomic, kept until its time and no longer, and failing closed
 * when it is full, down or slow. Time is real unless the store has a clock to set; then nothing waits.
 *
 * @example
 * ```ts
 * import { describe, it } from 'node:test'
 *
 * import { describeReplayStore } from '@acme/auth-conformance/replay-store'
 * import type { TestedReplayStore } from '@acme/auth-conformance/replay-store'
 *
 * export function describeStore(create: () => TestedReplayStore): void {
 *   describeReplayStore({ describe, it }, { start: () => ({ store: create() }) })
 * }
 * ```
 */
export function describeReplayStore(
  { describe, it }: TestDeclarations,
  implementation: ReplayStoreImplementation,
): void {
  for (const { area, tests } of replayStoreTests(implementation)) {
    describe(area, () => {
      for (const { name, run } of tests) it(name, run)
    })
  }
}
