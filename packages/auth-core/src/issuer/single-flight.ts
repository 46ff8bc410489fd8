import { withinOr } from '../util/time-limit.js'

/** The last attempt failed. Times are seconds since the epoch. */
export interface Failure {
  readonly error: Error
  /** Attempts that failed since the last that succeeded. */
  readonly failures: number
  readonly failedAt: number
  /** No attempt is made before. */
  readonly retryAt: number
}

/** One attempt for all concurrent callers, and none during the pause after a failure. */
export interface SingleFlight<Result> {
  /**
   * What the attempt under way brings, or one that begins now.
   *
   * @throws what the attempt throws; during a pause what the last one threw
   */
  run(attempt: () => Promise<Result>): Promise<Result>
  underway(): boolean
  failure(): Failure | undefined
  pausing(): boolean
  /** Whether the last attempt never ended: it was begun in the background of a request, and went with it. */
  lost(): boolean
  /** Ends the pause. What is under way answers a question from before: its callers ask anew. */
  restart(): void
}

/** What a flight is run with. The callbacks are not called for attempts from before a restart. */
export interface FlightPolicy<Result> {
  /** Seconds after which an attempt of another caller counts as lost. */
  readonly timeout: number
  readonly now: () => number
  /** Whether an error is worth a pause; any other is a fault, which the next caller may not meet. */
  readonly isFailure: (error: unknown) => error is Error
  readonly succeeded: (result: Result) => void
  readonly failed: (failure: Failure) => void
}

// Seconds: the first pause after a failure, and the longest.
const BACK_OFF = 1
const MAX_BACK_OFF = 60

const LOST = Symbol('lost')

interface Attempt<Result> {
  readonly result: Promise<Result>
  /** Milliseconds, of a clock that is not set. */
  readonly begunAt: number
  /** Not before a restart. */
  readonly current: () => boolean
}

export function createSingleFlight<Result>(policy: FlightPolicy<Result>): SingleFlight<Result> {
  let underway: Attempt<Result> | undefined
  let failure: Failure | undefined
  let restarts = 0
  let lost = false

  function begin(attempt: () => Promise<Result>): Attempt<Result> {
    const began = restarts
    const current = (): boolean => began === restarts
    const begun = { result: settle(attempt, current), current, begunAt: performance.now() }
    underway = begun
    const end = (): void => {
      lost = false
      if (underway === begun) underway = undefined
    }
    begun.result.then(end, end)
    return begun
  }

  async function settle(attempt: () => Promise<Result>, current: () => boolean): Promise<Result> {
    try {
      const result = await attempt()
      if (current()) {
        failure = undefined
        policy.succeeded(result)
      }
      return result
    } catch (error) {
      if (current() && policy.isFailure(error)) fail(error)
      throw error
    }
  }

  function fail(error: Error): void {
    const failures = (failure?.failures ?? 0) + 1
    // Jitter: replicas that failed together must not come back together.
    const pause = Math.min(MAX_BACK_OFF, BACK_OFF * 2 ** (failures - 1)) * (0.5 + Math.random() / 2)
    const failedAt = policy.now()
    failure = { error, failures, failedAt, retryAt: failedAt + pause }
    policy.failed(failure)
  }

  function pausing(): boolean {
    if (failure === undefined) return false
    const now = policy.now()
    // A clock that was set back must not make the pause any longer.
    return now < failure.retryAt && now >= failure.failedAt
  }

  /** Workers end a fetch with the request that began it, and say nothing: nobody may wait for it, or leave it to it. */
  function live(): Attempt<Result> | undefined {
    if (underway !== undefined && performance.now() - underway.begunAt > policy.timeout * 1000) {
      underway = undefined
      lost = true
    }
    return underway
  }

  async function run(attempt: () => Promise<Result>): Promise<Result> {
    const joined = live()
    if (joined === undefined && failure !== undefined && pausing()) throw failure.error
    const flight = joined ?? begin(attempt)
    try {
      const result = joined === undefined ? await flight.result : await withinOr(joined.result, policy.timeout, LOST)
      if (result !== LOST && flight.current()) return result
      if (result === LOST && underway === joined) underway = undefined
    } catch (error) {
      if (flight.current()) throw error
    }
    return run(attempt)
  }

  return {
    run,
    underway: () => live() !== undefined,
    failure: () => failure,
    pausing,
    lost: () => live() === undefined && lost,
    restart() {
      lost = false
      restarts += 1
      underway = undefined
      failure = undefined
    },
  }
}
