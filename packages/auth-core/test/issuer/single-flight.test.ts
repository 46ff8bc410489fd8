import { setImmediate } from 'node:timers/promises'

import { afterEach, describe, expect, it, vi } from 'vitest'
import { createSingleFlight } from '../../src/issuer/single-flight.js'
import type { Failure, SingleFlight } from '../../src/issuer/single-flight.js'
import { createClock } from '../support.js'
import type { Clock } from '../support.js'

/** Only this one causes a back-off. */
class Down extends Error {}

interface Setup {
  readonly clock: Clock
  readonly flight: SingleFlight<string>
  readonly succeeded: string[]
  readonly failed: Failure[]
  /** How the attempts are ended that were begun, in turn. */
  readonly ends: ((outcome: string | Error) => void)[]
  /** A caller, and what comes of it: the message of an error, too. */
  run(): Promise<string>
}

function setup(): Setup {
  const clock = createClock()
  const succeeded: string[] = []
  const failed: Failure[] = []
  const ends: Setup['ends'] = []
  const flight = createSingleFlight<string>({
    timeout: 5,
    now: clock.now,
    isFailure: (error) => error instanceof Down,
    succeeded: (result) => succeeded.push(result),
    failed: (failure) => failed.push(failure),
  })
  const attempt = (): Promise<string> =>
    new Promise((resolve, reject) => {
      ends.push((outcome) => (typeof outcome === 'string' ? resolve(outcome) : reject(outcome)))
    })
  const run = (): Promise<string> => flight.run(attempt).catch((error: unknown) => String(error))
  return { clock, flight, succeeded, failed, ends, run }
}

describe('a single flight', () => {
  it('is one attempt for all who come while it lasts', async () => {
    const { flight, run, ends, succeeded } = setup()
    const outcomes = [run(), run(), run()]
    expect([ends.length, flight.underway()]).toEqual([1, true])
    ends[0]?.('a')
    expect(await Promise.all(outcomes)).toEqual(['a', 'a', 'a'])
    expect([succeeded, flight.underway(), flight.lost()]).toEqual([['a'], false, false])
  })

  it('that fails leaves a pause, in which its error is thrown', async () => {
    const { clock, flight, run, ends, failed } = setup()
    const outcomes = [run(), run()]
    ends[0]?.(new Down('down'))
    expect(await Promise.all(outcomes)).toEqual(['Error: down', 'Error: down'])
    expect([failed.length, flight.pausing(), await run(), ends.length]).toEqual([1, true, 'Error: down', 1])
    clock.advance(1)
    const next = run()
    expect([flight.pausing(), ends.length]).toEqual([false, 2])
    ends[1]?.('b')
    expect([await next, flight.failure()]).toEqual(['b', undefined])
  })

  it('is not put off by a clock that was set back', async () => {
    const { clock, flight, run, ends } = setup()
    const first = run()
    ends[0]?.(new Down('down'))
    await first
    clock.advance(-1)
    expect(flight.pausing()).toBe(false)
    void run()
    expect(ends).toHaveLength(2)
  })

  it('leaves no pause after an error of another kind, which is a bug', async () => {
    const { flight, run, ends, failed } = setup()
    const first = run()
    ends[0]?.(new Error('a bug'))
    expect([await first, failed, flight.pausing()]).toEqual(['Error: a bug', [], false])
    void run()
    expect(ends).toHaveLength(2)
  })
})

describe('an attempt from before a restart', () => {
  it.each([['a result'], [new Down('down')], [new Error('a bug')]])(
    'counts for nobody, with %s: its callers begin another',
    async (outcome) => {
      const { flight, run, ends, succeeded, failed } = setup()
      const first = run()
      flight.restart()
      expect([flight.underway(), flight.failure()]).toEqual([false, undefined])
      const second = run()
      ends[0]?.(outcome)
      await setImmediate()
      // The end of the first is not that of the second.
      expect([ends.length, succeeded, failed, flight.underway()]).toEqual([2, [], [], true])
      ends[1]?.('new')
      expect([await first, await second, succeeded]).toEqual(['new', 'new', ['new']])
    },
  )

  it('is followed by one at once, whatever pause there was', async () => {
    const { flight, run, ends } = setup()
    const first = run()
    ends[0]?.(new Down('down'))
    await first
    flight.restart()
    const second = run()
    ends[1]?.('b')
    expect(await second).toBe('b')
  })
})

describe('an attempt that never ends', () => {
  afterEach(() => vi.restoreAllMocks())

  function stopwatch(): (milliseconds: number) => void {
    let time = 1000
    vi.spyOn(performance, 'now').mockImplementation(() => time)
    return (milliseconds) => {
      time += milliseconds
    }
  }

  it('is lost after its time, and not before', async () => {
    const pass = stopwatch()
    const { flight, run, ends } = setup()
    void run()
    pass(5000)
    expect([flight.underway(), flight.lost()]).toEqual([true, false])
    pass(1)
    expect([flight.underway(), flight.lost()]).toEqual([false, true])
    const next = run()
    expect([ends.length, flight.underway(), flight.lost()]).toEqual([2, true, false])
    ends[1]?.('b')
    expect([await next, flight.lost()]).toEqual(['b', false])
  })

  it('is not lost any more after a restart', () => {
    const pass = stopwatch()
    const { flight, run } = setup()
    void run()
    pass(5001)
    expect(flight.lost()).toBe(true)
    flight.restart()
    expect(flight.lost()).toBe(false)
  })
})
