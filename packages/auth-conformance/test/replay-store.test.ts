import { describe, expect, it, vi } from 'vitest'

import { describeReplayStore, replayStoreTests } from '../src/replay-store/index.js'
import { model } from './replay-store-model.js'
import type { Defects } from './replay-store-model.js'

describe('a good store with a clock to set', () => {
  describeReplayStore({ describe, it }, model({}, true))
})
// They wait, each for a store of its own.
describe('a good store in real time', () => {
  describeReplayStore({ describe, it: it.concurrent }, model({}, false))
})

function run(defects: Defects, name: string, clocked: boolean): Promise<void> | undefined {
  const tests = replayStoreTests(model(defects, clocked)).flatMap(({ area, tests }) =>
    tests.map((one) => ({ ...one, name: `${area}: ${one.name}` })),
  )
  return tests.find((one) => one.name === name)?.run()
}

/** That a test fails for a store with these defects. */
const expectFailure =
  (defects: Defects, name: string, clocked = true) =>
  (): Promise<void> =>
    expect(run(defects, name, clocked)).rejects.toThrow()

/** The same, of a store that never answers. Its timers are set forward, so that nobody waits until the test gives up. */
async function expectGivenUp(defects: Defects, name: string): Promise<void> {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  try {
    const failure = expect(run(defects, name, false)).rejects.toThrow('no answer in time')
    await vi.runAllTimersAsync()
    await failure
  } finally {
    vi.useRealTimers()
  }
}

const DOWN = 'down and slow: throws in time while its server is down, for known and new keys, and works again after'
const SLOW = 'down and slow: throws in time while its server does not answer, and takes no late answer for a pass'

describe('catches a store that', () => {
  it(
    'looks and writes in two steps',
    expectFailure({ racy: true }, 'keys: reserves a key once of two hundred calls at the same time'),
  )
  it('answers something else', expectFailure({ reserved: 'OK' }, 'keys: reserves a key once'))
  it('answers true', expectFailure({ reserved: true }, 'keys: reserves a key once'))
  it(
    'looks at the beginning of a key only',
    expectFailure(
      { keyOf: (key) => key.slice(0, 42) },
      'keys: takes keys for different that differ in one character, or in its case',
    ),
  )
  it(
    'does not look at case',
    expectFailure(
      { keyOf: (key) => key.toLowerCase() },
      'keys: takes keys for different that differ in one character, or in its case',
    ),
  )
  it(
    'has keys of each client',
    expectFailure(
      { keyOf: (key, { thumbprint }) => key + thumbprint },
      'keys: takes a key for the same whoever comes with it',
    ),
  )
  it(
    'has keys of each owner',
    expectFailure({ keyOf: (key, { owner }) => key + owner }, 'keys: takes a key for the same whoever comes with it'),
  )
  it(
    'has one key for each client',
    expectFailure(
      { keyOf: (_key, { thumbprint }) => thumbprint },
      'keys: takes keys for different that come from one sender',
    ),
  )
  it(
    'counts by key',
    expectFailure(
      { quotaOf: ({ thumbprint }) => thumbprint },
      'quota: leaves room for others, however many keys one owner has',
    ),
  )
  it(
    'counts all together',
    expectFailure({ quotaOf: () => '' }, 'quota: leaves room for others, however many keys one owner has'),
  )
  it(
    'never gives room back to an owner',
    expectFailure({ quotaForever: true }, "quota: gives an owner's room back when its proofs have expired"),
  )
  it('forgets early', expectFailure({ early: 0.001 }, 'time: keeps a key until its time and not longer'))
  it(
    'forgets early, in real time',
    expectFailure({ early: 0.1 }, 'time: keeps a key until its time and not longer', false),
  )
  it('forgets late', expectFailure({ late: 0.01 }, 'time: keeps a key until its time and not longer'))
  it('forgets late, in real time', expectFailure({ late: 1 }, 'time: keeps a key until its time and not longer', false))
  it(
    'forgets some early',
    expectFailure({ early: 0.1 }, 'time: keeps every one of a thousand keys while others expire'),
  )
  it(
    'keeps longer what it saw',
    expectFailure({ onSeen: 'extend' }, 'time: does not keep a key longer because it was seen'),
  )
  it(
    'keeps shorter what it saw',
    expectFailure({ onSeen: 'shorten' }, 'time: does not keep a key shorter because it was seen'),
  )
  it('is not shared', expectFailure({ unshared: true }, 'shared: sees what another store reserved'))
  it(
    'races with its like',
    expectFailure(
      { racy: true },
      'shared: reserves five hundred keys once each, when three stores are asked at the same time',
    ),
  )
  it(
    'forgets when it is full',
    expectFailure({ whenFull: 'forget the oldest' }, 'full: throws when it is full, and forgets nothing for it'),
  )
  it('is never full', expectFailure({ whenFull: 'accept' }, 'full: throws when it is full, and forgets nothing for it'))
  it(
    'is full for ever',
    expectFailure({ fullForever: true }, 'full: has room again ten seconds after proofs expired, and knows the others'),
  )
  it.each([
    ['accepts while it is down', { whenDown: 'accept' }],
    ['forgets while it is down', { whenDown: 'forget' }],
  ] satisfies [string, Defects][])('%s', (_name, defects) => expectFailure(defects, DOWN, false)())
  it('hangs while it is down', () => expectGivenUp({ whenDown: 'hang' }, DOWN))
  it(
    'forgets while it is down, in traffic',
    expectFailure(
      { whenDown: 'forget' },
      'down and slow: reserves no key twice while its server ends and starts again',
      false,
    ),
  )
  it('accepts a late answer', expectFailure({ whenSlow: 'accept late' }, SLOW, false))
  it('waits for a late answer', () => expectGivenUp({ whenSlow: 'hang' }, SLOW))
})

it('has tests for what a store can do only', () => {
  const areas = (implementation: Parameters<typeof replayStoreTests>[0]): string[] =>
    replayStoreTests(implementation).map(({ area }) => area)
  const { start } = model({}, true)
  expect(areas({ start })).toEqual(['keys', 'time'])
  expect(areas(model({}, true))).toEqual(['keys', 'time', 'shared', 'full', 'quota'])
  expect(areas(model({}, false))).toEqual(['keys', 'time', 'shared', 'full', 'quota', 'down and slow'])
})
