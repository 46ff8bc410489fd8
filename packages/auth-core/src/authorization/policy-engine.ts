import { configurationError } from '../options/option-checks.js'
import { moreThanZero, readOptions } from '../options/read-options.js'
import type { OptionReader, OptionTable } from '../options/read-options.js'
import type { AuthContext } from '../outcome/auth-context.js'
import { withinOr } from '../util/time-limit.js'
import type { AuthorizationRequest, Authorize } from './requirement-types.js'

/** How a policy engine is asked. */
export interface PolicyEngineOptions<Query> {
  /** What it is asked of a request. */
  readonly query: (auth: AuthContext, request: AuthorizationRequest) => Query
  /**
   * Asks it about several requests at once, and answers in their order: `true` for each that is allowed. What it throws or
   * answers else refuses them all with 503. The signal is aborted when the time is over.
   */
  readonly decide: (queries: readonly Query[], signal: AbortSignal) => readonly boolean[] | Promise<readonly boolean[]>
  /** Seconds for one batch. @defaultValue 1 */
  readonly timeout?: number
  /** How many requests are asked about at once, at most. @defaultValue 50 */
  readonly maxBatch?: number
  /** How many requests may wait for a batch; others get 503 at once. @defaultValue 1000 */
  readonly maxWaiting?: number
}

interface Waiting<Query> {
  readonly query: Query
  readonly resolve: (allowed: boolean) => void
  readonly reject: (reason: Error) => void
}

// Batches under way. Further requests gather meanwhile, so that no timer has to make them wait.
const MOST_UNDER_WAY = 4
const LATE = Symbol('late')

/**
 * Asks a policy engine, such as Cedar, Cerbos or OpenFGA, about many requests at once: for the requirement `authorize`. At
 * most four batches are under way; what comes meanwhile goes with the next.
 *
 * @throws {TypeError} that names the option
 * @example
 * ```ts
 * import { policyEngine, requirements } from '@acme/auth-core'
 *
 * const authorize = policyEngine({
 *   query: ({ subject }, { method, path }) => ({ subject, method, path }),
 *   decide: async (queries) => queries.map(({ method }) => method === 'GET'),
 * })
 * const mayRead = requirements({ scopes: 'read:messages', authorize })
 * ```
 */
export function policyEngine<Query>(options: PolicyEngineOptions<Query>): Authorize {
  const place = { name: 'policyEngine', wanted: 'an object with query and decide' }
  const settings = readOptions(options, TABLE, place) as Required<PolicyEngineOptions<Query>> // whatever a query is
  const waiting: Waiting<Query>[] = []
  let underWay = 0

  async function send(): Promise<void> {
    const batch = waiting.splice(0, settings.maxBatch)
    underWay++
    await answer(batch, settings)
    underWay--
    if (waiting.length > 0) void send()
  }

  return (auth, request) =>
    new Promise((resolve, reject) => {
      if (waiting.length >= settings.maxWaiting) throw new Error(`policyEngine: ${waiting.length} requests are waiting`)
      waiting.push({ query: settings.query(auth, request), resolve, reject })
      if (underWay < MOST_UNDER_WAY) void send()
    })
}

/** Never rejects: each of the batch is answered. */
async function answer<Query>(
  batch: readonly Waiting<Query>[],
  { decide, timeout }: Pick<Required<PolicyEngineOptions<Query>>, 'decide' | 'timeout'>,
): Promise<void> {
  const aborter = new AbortController()
  try {
    const queries = batch.map(({ query }) => query)
    const answers = await withinOr(Promise.resolve(decide(queries, aborter.signal)), timeout, LATE)
    if (answers === LATE) throw new Error(`policyEngine: no answer within ${timeout} s`)
    requireAnswers(answers, batch.length)
    for (const [index, { resolve }] of batch.entries()) resolve(answers[index] === true)
  } catch (cause) {
    const reason = cause instanceof Error ? cause : new Error('policyEngine: decide failed', { cause })
    for (const { reject } of batch) reject(reason)
  } finally {
    aborter.abort()
  }
}

/** A list that is too short, or has something else in it, may be in another order too. */
function requireAnswers(answers: unknown, wanted: number): void {
  const valid = Array.isArray(answers) && answers.length === wanted && answers.every((one) => typeof one === 'boolean')
  if (!valid) throw new Error(`policyEngine: decide answered something else than ${wanted} of true or false`)
}

const TABLE: OptionTable<Record<keyof PolicyEngineOptions<unknown>, unknown>> = {
  query: readFunction,
  decide: readFunction,
  timeout: moreThanZero(1),
  maxBatch: count(50),
  maxWaiting: count(1000),
}

function readFunction(given: unknown, name: string): unknown {
  if (typeof given !== 'function') throw configurationError(name, given, 'a function')
  return given
}

function count(fallback: number): OptionReader<number> {
  return (given = fallback, name) => {
    if (typeof given === 'number' && Number.isSafeInteger(given) && given > 0) return given
    throw configurationError(name, given, 'a number, 1 or more')
  }
}
