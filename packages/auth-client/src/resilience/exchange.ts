import { loadCockatiel } from '#cockatiel'
import type { CircuitBreakerPolicy, DelegateBackoff, IRetryBackoffContext } from 'cockatiel'

import { isAuthClientError } from '../errors.js'
import type { AuthClientError } from '../errors.js'
import { asClientError } from '../map-error.js'
import type { MappingOptions } from '../map-error.js'
import type { Cockatiel } from './cockatiel.js'

/** Whether an issuer is asked: `half-open` while one request finds out whether it works again. */
export type Circuit = 'closed' | 'open' | 'half-open'

/** Limits of an exchange. Durations are seconds. */
export interface ResilienceOptions {
  /** For all of an exchange: every try, the waits between them, the bodies. */
  readonly timeout: number
  /** For one try. */
  readonly attemptTimeout: number
  /** How often it is tried again. */
  readonly retries: number
  /** The first wait, at most; each further one may be twice as long. */
  readonly retryDelay: number
  readonly onCircuit?: (circuit: Circuit) => void
}

/** How an exchange is made. */
export interface ExchangeOptions extends MappingOptions {
  /**
   * Whether a request may be sent again although it may have arrived. One that names a code or a rotating refresh token may
   * not: the second would look like a theft (RFC 9700 §4.14.2, RFC 6749 §4.1.2).
   */
  readonly repeatable: boolean
  /** When all has to be over, of {@link Resilience.until}. @defaultValue the whole time limit from now */
  readonly until?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** See {@link createResilience}. */
export interface Resilience {
  readonly circuit: Circuit
  /** When an exchange that begins now has to be over: milliseconds of the monotonic clock. */
  until(): number
  /** @throws {AuthClientError}, or the reason of the signal of the caller */
  run<Result>(work: (signal: AbortSignal) => Promise<Result>, options: ExchangeOptions): Promise<Result>
}

// Failures in a row, and milliseconds.
const FAILURES = 5
const OPEN_FOR = 30_000
const MAX_DELAY = 8000
// A connection that was never made: of Node's system errors and undici's.
const UNSENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
])

/** A failure that does not speak against the server: the circuit takes it for a success. */
interface Settled<Result> {
  readonly value?: Result
  readonly error?: AuthClientError
}

/** Tries, waits, limits and a circuit for one issuer. */
export function createResilience(settings: ResilienceOptions): Resilience {
  let circuit: Circuit = 'closed'
  let openedAt = 0
  let made: { readonly library: Cockatiel; readonly breaker: CircuitBreakerPolicy } | undefined

  /** The same for all exchanges: what failed in one, counts in the next. */
  async function policies(): Promise<NonNullable<typeof made>> {
    const library = await loadCockatiel()
    // The library reads `Date`: a clock that was set back would keep the circuit open until that has caught up.
    if (circuit === 'open' && Date.now() < openedAt) {
      made = undefined
      tell('closed')
    }
    made ??= { library, breaker: breakerOf(library) }
    return made
  }

  function tell(now: Circuit): void {
    circuit = now
    settings.onCircuit?.(now)
  }

  function breakerOf({
    circuitBreaker,
    CircuitState,
    ConsecutiveBreaker,
    handleWhen,
  }: Cockatiel): CircuitBreakerPolicy {
    const breaker = circuitBreaker(
      handleWhen((error) => isAuthClientError(error) && isOutage(error)),
      { halfOpenAfter: OPEN_FOR, breaker: new ConsecutiveBreaker(FAILURES) },
    )
    breaker.onStateChange((state) => {
      if (state === CircuitState.Open) openedAt = Date.now()
      tell(state === CircuitState.Closed ? 'closed' : state === CircuitState.HalfOpen ? 'half-open' : 'open')
    })
    return breaker
  }

  const probeAfter = (): number => Math.max(0, Math.ceil((openedAt + OPEN_FOR - Date.now()) / 1000))

  /** One try. */
  async function attempt<Result>(
    work: (signal: AbortSignal) => Promise<Result>,
    signal: AbortSignal,
    options: ExchangeOptions,
  ): Promise<Result> {
    const { library, breaker } = await policies()
    const limit = library.timeout(settings.attemptTimeout * 1000, library.TimeoutStrategy.Aggressive)
    const settled = await breaker.execute(async (): Promise<Settled<Result>> => {
      try {
        return { value: await limit.execute((context) => work(context.signal), signal) }
      } catch (error) {
        // Neither for nor against the server.
        options.signal?.throwIfAborted()
        const known = asClientError(error, options)
        if (isOutage(known)) throw known
        return { error: known }
      }
    }, signal)
    if (settled.error !== undefined) throw settled.error
    return settled.value as Result // it is there, unless there is an error
  }

  const until = (): number => performance.now() + settings.timeout * 1000

  return {
    until,
    get circuit() {
      return circuit
    },
    async run(work, options) {
      const end = options.until ?? until()
      const { library } = await policies()
      const again = library.retry(
        library.handleWhen(
          (error) => isAuthClientError(error) && mayRepeat(error, options) && waitOf(error) < end - performance.now(),
        ),
        { maxAttempts: settings.retries, backoff: backoff(library, settings.retryDelay) },
      )
      const deadline = library.timeout(Math.max(0, end - performance.now()), library.TimeoutStrategy.Aggressive)
      try {
        options.signal?.throwIfAborted()
        const tries = ({ signal }: { signal: AbortSignal }): Promise<Awaited<ReturnType<typeof work>>> =>
          again.execute(() => attempt(work, signal, options), signal) as Promise<Awaited<ReturnType<typeof work>>> // of `work`
        // Without one the library takes a signal of its own, which workerd binds to the first request that it sees.
        return await deadline.execute(tries, options.signal ?? new AbortController().signal)
      } catch (error) {
        options.signal?.throwIfAborted()
        throw asClientError(error, { ...options, probeAfter: probeAfter() })
      }
    },
  }
}

/** What speaks against a server: no answer, or one with a status of its own fault. */
function isOutage({ reason }: AuthClientError): boolean {
  return reason === 'network' || reason === 'timeout' || reason === 'server'
}

function mayRepeat(error: AuthClientError, { repeatable }: ExchangeOptions): boolean {
  if (error.reason === 'network' && UNSENT.has(error.cause?.code ?? '')) return true
  return repeatable && (isOutage(error) || error.reason === 'rate_limited')
}

/** Milliseconds that the server asked for. */
function waitOf({ retryAfter = 0 }: AuthClientError): number {
  return retryAfter * 1000
}

/** What the server asked for, else a random part of a limit that doubles: clients that failed together do not come back together. */
function backoff(library: Cockatiel, first: number): DelegateBackoff<IRetryBackoffContext<unknown>> {
  return new library.DelegateBackoff(({ attempt, result }) => {
    const asked = 'error' in result && isAuthClientError(result.error) ? waitOf(result.error) : 0
    const limit = Math.min(MAX_DELAY, first * 1000 * 2 ** (attempt - 1))
    return asked + Math.random() * limit
  })
}
