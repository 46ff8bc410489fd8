import { withinOr } from '../util/time-limit.js'

/** A failed attempt, and the back-off after it. Times are seconds since the epoch. */
export interface Failure {
  readonly error: Error
  /** Consecutive failures. */
  readonly failures: number
  readonly failedAt: number
  /** No attempt is made before. */
  readonly retryAt: number
}

/**
 * Single flight with back-off: concurrent callers share one attempt, and none is made during the pause after a failure.
 */
export interface SingleFlight<Result> {
  /**
   * Joins the attempt under way, or begins one.
   *
   * @throws what the attempt throws; during a pause, the error of the last attempt
   */
  run(attempt: () => Promise<Result>): Promise<Result>
  underway(): boolean
  failure(): Failure | undefined
  /** Whether the back-off after a failure lasts. */
  pausing(): boolean
  /**
   * Whether the last attempt never settled: it ran in the background of a request, and the runtime ended it with the
   * request.
   */
  lost(): boolean
  /** Ends the pause, and discards the attempt under way, whose result is outdated: its callers begin a new one. */
  restart(): void
}

/** The settings and callbacks of a single flight. Callbacks are not called for attempts from before a restart. */
export interface FlightPolicy<Result> {
  /** Seconds after which an attempt counts as lost. */
  readonly timeout: number
  readonly now: () => number
  /** Whether an error causes a back-off. Any other is a bug, and the next caller tries at once. */
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
  /** Milliseconds of the monotonic clock. */
  readonly begunAt: number
  /** Whether there was no restart since it began. */
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
    // Exponential back-off with jitter: replicas that failed at one time must not retry at one time.
    const pause = Math.min(MAX_BACK_OFF, BACK_OFF * 2 ** (failures - 1)) * (0.5 + Math.random() / 2)
    const failedAt = policy.now()
    failure = { error, failures, failedAt, retryAt: failedAt + pause }
    policy.failed(failure)
  }

  function pausing(): boolean {
    if (failure === undefined) return false
    const now = policy.now()
    // Before `failedAt` the clock was set back, which must not prolong the pause.
    return now < failure.retryAt && now >= failure.failedAt
  }

  /**
   * The attempt under way, unless it is lost. Cloudflare Workers silently end a fetch together with the request that
   * began it, so its promise never settles, and no other request may wait for it.
   */
  function liveAttempt(): Attempt<Result> | undefined {
    if (underway !== undefined && performance.now() - underway.begunAt > policy.timeout * 1000) {
      underway = undefined
      lost = true
    }
    return underway
  }

  async function run(attempt: () => Promise<Result>): Promise<Result> {
    const joined = liveAttempt()
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
    underway: () => liveAttempt() !== undefined,
    failure: () => failure,
    pausing,
    lost: () => liveAttempt() === undefined && lost,
    restart() {
      lost = false
      restarts += 1
      underway = undefined
      failure = undefined
    },
  }
}
