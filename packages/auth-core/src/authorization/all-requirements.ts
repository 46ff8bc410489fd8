import { configurationError, rejectUndefined, rejectUnknownNames } from '../options/option-checks.js'
import { isPlainObject } from '../util/json.js'
import { isPending } from '../util/maybe-promise.js'
import { isSchema, schemaIssue } from '../util/standard-schema.js'
import type { StandardSchema } from '../util/standard-schema.js'
import { authorizationDetailDemand, readAuthorizationDetails } from './authorization-details.js'
import { authorizeDemands, readAuthorize } from './authorize.js'
import { claimDemand } from './basic-demands.js'
import { claimTest } from './basic-requirements.js'
import { allOfDemands, anyOfDemands, notDemands, readList, readNot, readTried } from './combinators.js'
import { delegationDemands, readActor, readMaxDelegation } from './delegation.js'
import { MET } from './demand.js'
import type { Demand, Unmet } from './demand.js'
import { optionalBy, requirementsBy } from './requirements.js'
import type { ClaimsReader, MoreRequirements } from './requirements.js'
import type { ClaimAtPath, ClaimRequirement, RequirementArguments, Requirements } from './requirement-types.js'
import { readClaim } from '../access-token/claim-mapping.js'

/** What the entry for Bearer tokens alone does without. */
const MORE: MoreRequirements = {
  names: ['authorizationDetails', 'actor', 'maxDelegation', 'allOf', 'anyOf', 'not', 'authorize', 'shadow'],
  read(options, nested) {
    const allOf = readList('allOf', options['allOf'], nested)
    const fields = {
      authorizationDetails: readAuthorizationDetails(options['authorizationDetails']),
      actor: readActor(options['actor']),
      maxDelegation: readMaxDelegation(options['maxDelegation']),
      allOf,
      anyOf: readList('anyOf', options['anyOf'], nested),
      not: readNot(options['not'], nested),
      shadow: readTried(options['shadow'], allOf, nested),
      authorize: readAuthorize(options['authorize']),
    }
    const demands = [
      ...fields.authorizationDetails.map(authorizationDetailDemand),
      ...delegationDemands(fields.actor, fields.maxDelegation),
      ...allOfDemands(fields.allOf),
      ...anyOfDemands(fields.anyOf),
      ...notDemands(fields.not),
      ...authorizeDemands(fields.authorize),
    ]
    return { fields, demands }
  },
}

/** Claims by name or by path; schemas too. */
const readAllClaims: ClaimsReader = (given) => {
  if (given === undefined) return [Object.freeze([]), []]
  const claims = Object.freeze(Array.isArray(given) ? given.map(readClaimAtPath) : namedClaims(given))
  if (claims.length === 0) throw configurationError('claims', given, "an object such as { org_id: 'org_1' }")
  return [
    claims,
    claims.map(({ path, value }) => (isSchema(value) ? schemaDemand(path, value) : claimDemand(path, value))),
  ]
}

function namedClaims(given: unknown): readonly ClaimAtPath[] {
  if (!isPlainObject(given)) throw configurationError('claims', given, "an object such as { org_id: 'org_1' }")
  return Object.entries(given).map(([name, value]) => claimAt([name], value))
}

function readClaimAtPath(given: unknown): ClaimAtPath {
  if (!isPlainObject(given)) throw configurationError('claims', given, "entries such as { path: ['org', 'id'], value }")
  rejectUnknownNames('claims', given, ['path', 'value'])
  rejectUndefined('claims.', given)
  const { path, value } = given
  if (!Array.isArray(path) || path.length === 0 || !path.every((name) => typeof name === 'string' && name !== '')) {
    throw configurationError('claims.path', path, "a list of names, such as ['address', 'country']")
  }
  return claimAt(path as readonly string[], value) // just checked
}

function claimAt(path: readonly string[], value: unknown): ClaimAtPath {
  const wanted: ClaimRequirement = isSchema(value) ? value : claimTest(path.join('.'), value)
  return Object.freeze({ path: Object.freeze([...path]), value: wanted })
}

function schemaDemand(path: readonly string[], schema: StandardSchema): Demand {
  const name = path.join('.')
  const unmetBy = (issue: string | undefined): readonly Unmet[] =>
    issue === undefined ? MET : [{ reason: 'claim_missing', detail: `claim ${name}: ${issue}` }]
  return {
    unmet({ claims }) {
      const issue = schemaIssue(schema, readClaim(claims, path), `claims.${name}`)
      return isPending(issue) ? issue.then(unmetBy) : unmetBy(issue)
    },
  }
}

const make = requirementsBy(readAllClaims, MORE)

/**
 * Resolves the arguments of a guard, once, when it is created. What it makes can guard a route, and stand within other
 * requirements.
 *
 * @throws {TypeError} when a value is not of its form: nothing is dropped silently.
 * @example
 * ```ts
 * import { requirements } from '@acme/auth-core'
 *
 * const wanted = requirements({ scopes: 'read:messages', anyOf: [{ roles: 'editor' }, { acr: 'urn:example:mfa' }] })
 * console.log(wanted.scopes) // ['read:messages']
 * ```
 */
export function requirements(...args: RequirementArguments): Requirements {
  return make(...args)
}

/**
 * Lets a request without credentials pass; bad credentials are refused all the same.
 * @example
 * ```ts
 * import { optional } from '@acme/auth-core'
 *
 * const wanted = optional()
 * console.log(wanted.optional) // true
 * ```
 */
export function optional(): Requirements {
  return optionalBy(make)
}
