import { configurationError, secretError } from '../options/option-checks.js'
import { moreThanZero, readOptions } from '../options/read-options.js'
import type { OptionTable } from '../options/read-options.js'
import { inProduction } from '../util/process-environment.js'
import { isPlainObject } from '../util/json.js'
import type { TraceStore } from './trace-types.js'

/** How traces of refused requests are kept. Durations are seconds. */
export interface TraceOptions {
  /** How many this process keeps; the newest push out the oldest. @defaultValue 500 */
  readonly max?: number
  /** Seconds that they are kept. @defaultValue 3600 */
  readonly maxAge?: number
  /** Where they are kept as well, for all replicas. @defaultValue none */
  readonly store?: TraceStore | undefined
}

/** {@link TraceOptions}, checked and with defaults. */
export interface TraceSettings {
  readonly max: number
  readonly maxAge: number
  readonly store: TraceStore | undefined
}

// 8 KiB each, as text.
const MOST = 10_000

const TABLE: OptionTable<TraceSettings> = {
  max(given = 500, name) {
    if (typeof given === 'number' && Number.isSafeInteger(given) && given > 0 && given <= MOST) return given
    throw configurationError(name, given, `a whole number of traces, ${MOST} at most`)
  },
  maxAge: moreThanZero(3600),
  store: readStore,
}

/** Undefined for none. @throws {TypeError} that names the option, what was given and what is wanted */
export function readTraces(given: unknown, name: string): TraceSettings | undefined {
  const asked = given === undefined ? !inProduction() : given
  if (asked === false) return undefined
  const wanted = 'true, false, or an object such as { max: 500 }'
  if (asked !== true && !isPlainObject(asked)) throw configurationError(name, given, wanted)
  return readOptions(asked === true ? {} : asked, TABLE, { name, wanted, mayBeUndefined: ['store'] })
}

function readStore(given: unknown, name: string): TraceStore | undefined {
  if (given === undefined) return undefined
  const has = (method: string): boolean =>
    typeof given === 'object' && given !== null && typeof Reflect.get(given, method) === 'function'
  if (has('put') && has('get') && !has('then')) return given as TraceStore // as was just checked
  // Not shown: it may be a client of a database, with a password.
  throw secretError(name, given, 'a TraceStore, such as redisTraceStore(client)')
}
