import type { ClaimRequirement, Requirements } from '../authorization/requirement-types.js'

/** What a claim must be: a function, or a schema, cannot be told from another. */
function valueText(value: ClaimRequirement): string {
  const isFunction =
    typeof value === 'function' || (typeof value === 'object' && value !== null && '~standard' in value)
  return isFunction ? 'by a function' : JSON.stringify(value)
}

/**
 * Requirements in words, for people: a line of a census, a row of a banner, a description in an OpenAPI document.
 * @param detail - `values`: with those that claims must have, for a census. Not for documents that anybody may read
 * @example
 * ```ts
 * import { describeRequirements, requirements } from '@acme/auth-core'
 *
 * console.log(describeRequirements(requirements('read:messages'))) // scope read:messages
 * ```
 */
export function describeRequirements(wanted: Requirements, detail: 'names' | 'values' = 'names'): string {
  if (wanted.optional) return 'optional token'
  const parts = [
    ...words('scope', wanted.scopes, wanted.anyScope),
    ...words('permission', wanted.permissions, wanted.anyPermission),
    ...words('role', wanted.roles, wanted.anyRole),
    ...wanted.claims.map(
      ({ path, value }) => `claim ${path.join('.')}${detail === 'values' ? ` ${valueText(value)}` : ''}`,
    ),
    ...(wanted.acr.length > 0 ? [`acr ${wanted.acr.join(' or ')}`] : []),
    ...(wanted.maxAge === undefined ? [] : [`login of the last ${wanted.maxAge} s`]),
    ...(wanted.clientCredentials ? ['a client-credentials token'] : []),
    ...wanted.authorizationDetails.map(
      ({ type, matches }) => `authorization details ${type}${matches === undefined ? '' : ' by a function'}`,
    ),
    ...(wanted.actor === undefined ? [] : [wanted.actor === false ? 'no actor' : `actor ${wanted.actor.join(' or ')}`]),
    ...(wanted.maxDelegation === undefined ? [] : [`at most ${wanted.maxDelegation} actors`]),
    ...(wanted.dpopRequired ? ['DPoP'] : []),
    ...wanted.allOf.map((one) => describeRequirements(one, detail)),
    ...(wanted.anyOf.length > 0
      ? [`one of (${wanted.anyOf.map((one) => describeRequirements(one, detail)).join('; ')})`]
      : []),
    ...(wanted.not === undefined ? [] : [`not (${describeRequirements(wanted.not, detail)})`]),
    ...(wanted.authorize === undefined ? [] : ['a policy engine']),
  ]
  return parts.join(', ') || 'any valid token'
}

function words(noun: string, all: readonly string[], any: readonly string[]): readonly string[] {
  const parts: string[] = []
  if (all.length > 0) parts.push(`${noun}${all.length > 1 ? 's' : ''} ${all.join(' ')}`)
  if (any.length > 0) parts.push(`${noun} ${any.join(' or ')}`)
  return parts
}
