import { configurationError } from '../options/option-checks.js'
import type { AuthContext } from '../outcome/auth-context.js'
import { isPending } from '../util/maybe-promise.js'
import type { MaybePromise } from '../util/maybe-promise.js'
import { MET } from './demand.js'
import type { Demand, Judging, Unmet } from './demand.js'
import { demandsOf } from './requirements.js'
import type { Requirements } from './requirement-types.js'
import { unmetDemands } from './unmet-demands.js'

type Nested = (name: string, given: unknown) => Requirements

/** @throws {TypeError} that names the option */
export function readList(name: 'allOf' | 'anyOf', given: unknown, nested: Nested): readonly Requirements[] {
  if (given === undefined) return Object.freeze([])
  if (!Array.isArray(given) || given.length === 0) throw configurationError(name, given, 'a list of requirements')
  const list = given.map((one: unknown) => nested(name, one))
  if (name === 'anyOf') {
    refuseDpop(name, list)
    refuseTried(name, list)
    // It would let everybody pass.
    if (list.some(({ anyToken }) => anyToken))
      throw configurationError(name, given, 'requirements that ask for something')
  }
  return Object.freeze(list)
}

/** @throws {TypeError} that names the option */
export function readNot(given: unknown, nested: Nested): Requirements | undefined {
  if (given === undefined) return undefined
  const one = nested('not', given)
  // It would refuse everybody.
  if (one.anyToken) throw configurationError('not', given, 'requirements that ask for something')
  refuseDpop('not', [one])
  refuseTried('not', [one])
  return one
}

/**
 * What is tried on a route, together with what is tried of all that must hold there.
 *
 * @throws {TypeError} that names the option
 */
export function readTried(given: unknown, allOf: readonly Requirements[], nested: Nested): Requirements | undefined {
  const own = given === undefined ? undefined : nested('shadow', given)
  if (own?.anyToken === true) throw configurationError('shadow', given, 'requirements that ask for something')
  if (own !== undefined) refuseTried('shadow', [own])
  const tried = [own, ...allOf.map(({ shadow }) => shadow)].filter((one) => one !== undefined)
  return tried.length > 1 ? nested('shadow', { allOf: tried }) : tried[0]
}

/** What would be refused could not be told: the others decide too. */
function refuseTried(name: string, list: readonly Requirements[]): void {
  if (list.some(({ shadow }) => shadow !== undefined)) {
    throw new TypeError(`${name}: shadow cannot stand within it, want it beside ${name}`)
  }
}

/** How a token is to be sent is told by the challenges of a route, which cannot depend on the token. */
function refuseDpop(name: string, list: readonly Requirements[]): void {
  if (list.some(({ dpopRequired }) => dpopRequired)) {
    throw new TypeError(`${name}: dpop: 'required' cannot be one of several, want it beside ${name}`)
  }
}

/** All of them. */
export function allOfDemands(list: readonly Requirements[]): readonly Demand[] {
  return list.flatMap(demandsOf)
}

/** One of them. What is unmet of the first alternative that a client can mend is told, or of the first. */
export function anyOfDemands(list: readonly Requirements[]): readonly Demand[] {
  if (list.length === 0) return []
  const alternatives = list.map(demandsOf)
  return [{ asks: asks(alternatives.flat()), unmet: (auth, judging) => firstMet(alternatives, [], auth, judging) }]
}

function firstMet(
  alternatives: readonly (readonly Demand[])[],
  failed: readonly (readonly Unmet[])[],
  auth: AuthContext,
  judging: Judging,
): MaybePromise<readonly Unmet[]> {
  const [demands, ...others] = alternatives
  if (demands === undefined) return best(failed)
  const next = (unmet: readonly Unmet[]): MaybePromise<readonly Unmet[]> =>
    unmet.length === 0 ? MET : firstMet(others, [...failed, unmet], auth, judging)
  const unmet = unmetDemands(demands, auth, judging)
  return isPending(unmet) ? unmet.then(next) : next(unmet)
}

function best(failed: readonly (readonly Unmet[])[]): readonly Unmet[] {
  const mendable = failed.find((unmet) => unmet.every(({ mend }) => mend !== undefined))
  const told = mendable ?? failed[0] ?? MET
  const all = failed.map((unmet) => unmet.map(({ detail }) => detail).join(' and '))
  const unknown = failed.flat().some((unmet) => unmet.unknown === true)
  return told.map((unmet, index) => (index === 0 ? { ...unmet, detail: `none of: ${all.join('; ')}`, unknown } : unmet))
}

/** Not these. A fault of what is asked stays one. */
export function notDemands(one: Requirements | undefined): readonly Demand[] {
  if (one === undefined) return []
  const demands = demandsOf(one)
  const denied: readonly Unmet[] = [{ reason: 'access_denied', detail: 'the token is what the route excludes (not)' }]
  // What cannot be told is not known to be excluded: it fails closed here as elsewhere.
  const turn = (unmet: readonly Unmet[]): readonly Unmet[] =>
    unmet.length === 0 || unmet.some(({ unknown }) => unknown === true) ? denied : MET
  return [
    {
      asks: asks(demands),
      unmet(auth, judging) {
        const unmet = unmetDemands(demands, auth, judging)
        return isPending(unmet) ? unmet.then(turn) : turn(unmet)
      },
    },
  ]
}

function asks(demands: readonly Demand[]): boolean {
  return demands.some((demand) => demand.asks === true)
}
