import type { JsonObject } from '../crypto/compact-jws.js'
import { configurationError } from '../options/option-checks.js'
import { isPlainObject } from '../util/json.js'
import { stated } from '../util/quote.js'
import { MET } from './demand.js'
import type { Demand, Unmet } from './demand.js'

/** Who acts for the subject of a token (RFC 8693 §4.1). */
export interface Actor {
  /** `sub` of the `act` claim. */
  readonly subject: string | undefined
  /** `iss` of the `act` claim; undefined where it is that of the token. */
  readonly issuer: string | undefined
  /** `client_id` of the `act` claim. */
  readonly clientId: string | undefined
}

// A chain is no longer in use; reading it must end, whatever a token holds.
const LONGEST = 32

/**
 * The chain of `act`, the current actor first, then those before it. RFC 8693 §4.1: only the first counts for access
 * control, the others inform.
 *
 * @returns undefined for a chain that is malformed, or longer than 32
 */
export function delegationOf(claims: JsonObject): readonly Actor[] | undefined {
  const actors: Actor[] = []
  let act: unknown = claims['act']
  while (act !== undefined) {
    if (!isPlainObject(act) || actors.length === LONGEST) return undefined
    const { sub, iss, client_id: clientId } = act
    actors.push(Object.freeze({ subject: text(sub), issuer: text(iss), clientId: text(clientId) }))
    act = act['act']
  }
  return Object.freeze(actors)
}

const UNKNOWN: readonly Actor[] = Object.freeze([
  Object.freeze({ subject: undefined, issuer: undefined, clientId: undefined }),
])

/** The same for handlers: a chain that cannot be read is one unknown actor, not none. */
export function delegationShown(claims: JsonObject): readonly Actor[] {
  return delegationOf(claims) ?? UNKNOWN
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** @throws {TypeError} that names the option */
export function readActor(given: unknown): readonly string[] | false | undefined {
  if (given === undefined || given === false) return given
  const list: readonly unknown[] = Array.isArray(given) ? given : [given]
  if (list.length > 0 && list.every((one) => typeof one === 'string' && one !== '')) {
    return Object.freeze([...(list as readonly string[])]) // just checked
  }
  throw configurationError('actor', given, "the subject of who may act, such as 'client-1', a list, or false")
}

/** @throws {TypeError} that names the option */
export function readMaxDelegation(given: unknown): number | undefined {
  if (given === undefined) return undefined
  if (typeof given === 'number' && Number.isSafeInteger(given) && given >= 0 && given <= LONGEST) return given
  throw configurationError('maxDelegation', given, `a number of actors, 0 to ${LONGEST}`)
}

/** A malformed chain meets nothing: neither a name, nor that there is none. */
export function delegationDemands(actor: readonly string[] | false | undefined, most?: number): readonly Demand[] {
  if (actor === undefined && most === undefined) return []
  return [
    {
      unmet({ claims }) {
        const chain = delegationOf(claims)
        if (chain === undefined) return unmet('act is malformed, or a chain of more than 32', true)
        if (actor === false && chain.length > 0) return unmet('the token is delegated, want one without act')
        if (Array.isArray(actor) && !names(actor, chain[0]?.subject)) return unmet(stated('act.sub', chain[0]?.subject))
        if (most !== undefined && chain.length > most) return unmet(`${chain.length} actors, want at most ${most}`)
        return MET
      },
    },
  ]
}

function names(wanted: readonly string[], subject: string | undefined): boolean {
  return subject !== undefined && wanted.includes(subject)
}

function unmet(detail: string, unknown = false): readonly Unmet[] {
  return [{ reason: 'actor_missing', detail, unknown }]
}
