import { configurationError } from '../options/option-checks.js'
import { isPlainObject } from '../util/json.js'
import { claimDemand } from './basic-demands.js'
import type { ClaimTest } from './basic-demands.js'
import { optionalBy, requirementsBy } from './requirements.js'
import type { ClaimsReader } from './requirements.js'
import type { ClaimValue, RequirementArguments, Requirements } from './requirement-types.js'

/** Claims by name, each a value, a list, `{ all }` or a predicate. */
export const readBasicClaims: ClaimsReader = (value) => {
  if (value === undefined) return [NONE, []]
  if (!isPlainObject(value) || Object.keys(value).length === 0) {
    throw configurationError('claims', value, "an object such as { org_id: 'org_1' }")
  }
  const tests = Object.entries(value).map(([name, wanted]) => [name, claimTest(name, wanted)] as const)
  const claims = tests.map(([name, wanted]) => Object.freeze({ path: Object.freeze([name]), value: wanted }))
  return [Object.freeze(claims), tests.map(([name, wanted]) => claimDemand([name], wanted))]
}

const NONE = Object.freeze([])

/** @throws {TypeError} that names the claim */
export function claimTest(name: string, wanted: unknown): ClaimTest {
  const isAll = isPlainObject(wanted) && Object.keys(wanted).join() === 'all' && Array.isArray(wanted['all'])
  const list: unknown = isAll ? wanted['all'] : wanted
  const valid = Array.isArray(list)
    ? list.length > 0 && list.every(isValue)
    : isValue(list) || typeof list === 'function'
  if (!valid)
    throw configurationError(`claims.${name}`, wanted, 'a value, a list of values, { all: [...] } or a function')
  if (!Array.isArray(list)) return wanted as ClaimTest // just checked
  const copy = Object.freeze([...(list as readonly ClaimValue[])]) // just checked
  return isAll ? Object.freeze({ all: copy }) : copy
}

function isValue(value: unknown): boolean {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value)
}

const make = requirementsBy(readBasicClaims)

/** Resolves the arguments of a guard for Bearer tokens alone. @throws {TypeError} when a value is not of its form */
export function requirements(...args: RequirementArguments): Requirements {
  return make(...args)
}

/** Lets a request without credentials pass; bad credentials are refused all the same. */
export function optional(): Requirements {
  return optionalBy(make)
}
