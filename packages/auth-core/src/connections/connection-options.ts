import { configurationError, secretError } from '../options/option-checks.js'
import { moreThanZero, readOptions } from '../options/read-options.js'
import type { OptionTable } from '../options/read-options.js'
import { originOf } from '../public-url/public-url.js'
import { isPending } from '../util/maybe-promise.js'
import { memoryTicketStore } from './memory-ticket-store.js'
import type { TicketStore } from './ticket-store.js'

/** The option `connections`, checked and with defaults. */
export interface ConnectionSettings {
  /** Undefined: pages of any origin. */
  readonly allowedOrigins: readonly string[] | undefined
  /** Undefined: there are no tickets. */
  readonly tickets: TicketStore | undefined
  /** Seconds. */
  readonly ticketLifetime: number
  /** Seconds. */
  readonly recheckInterval: number
}

// Seconds. A ticket is in the URL, which ends up in logs: it must be worth nothing by then.
const LONGEST_TICKET = 60

const TABLE: OptionTable<ConnectionSettings> = {
  allowedOrigins: readOrigins,
  tickets: readTickets,
  ticketLifetime(given, name) {
    const value = moreThanZero(30)(given, name)
    if (value <= LONGEST_TICKET) return value
    throw configurationError(name, value, `seconds, ${LONGEST_TICKET} at most`)
  },
  recheckInterval: moreThanZero(30),
}

/** Reads the option `connections`. @throws {TypeError} that names the option, what was given and what is wanted */
export function readConnections(given: unknown, name: string): ConnectionSettings | undefined {
  if (given === undefined) return undefined
  return readOptions(given, TABLE, {
    name,
    wanted: "an object such as { allowedOrigins: ['https://app.example.com'] }",
  })
}

function readOrigins(given: unknown, name: string): readonly string[] | undefined {
  if (given === undefined) return undefined
  if (!Array.isArray(given) || given.length === 0) throw configurationError(name, given, 'a list of origins')
  return Object.freeze(
    given.map((one: unknown, index) => {
      const origin = originOf(one)
      if (origin === undefined)
        throw configurationError(`${name}[${index}]`, one, 'an origin such as https://app.example.com')
      return origin
    }),
  )
}

function readTickets(given: unknown, name: string): TicketStore | undefined {
  if (given === false) return undefined
  if (given === undefined) return memoryTicketStore()
  const isObject = typeof given === 'object' && given !== null && !isPending(given)
  const has = (method: string): boolean => isObject && typeof Reflect.get(given, method) === 'function'
  if (has('put') && has('take')) return given as TicketStore // as was just checked
  // Not shown: it may be a client of a database, with a password.
  throw secretError(name, given, 'a TicketStore, such as redisTicketStore(client), or false')
}
