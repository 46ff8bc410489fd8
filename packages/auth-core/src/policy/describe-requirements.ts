import type { Requirements } from '../authorization/requirement-types.js'

/**
 * Requirements in words, for people: a line of a census, a row of a banner, a description in an OpenAPI document.
 * @example
 * ```ts
 * import { describeRequirements, requirements } from '@acme/auth-core'
 *
 * console.log(describeRequirements(requirements('read:messages'))) // scope read:messages
 * ```
 */
export function describeRequirements(wanted: Requirements): string {
  if (wanted.optional) return 'optional token'
  const parts = [
    ...words('scope', wanted.scopes, wanted.anyScope),
    ...words('permission', wanted.permissions, wanted.anyPermission),
    ...words('role', wanted.roles, wanted.anyRole),
    ...wanted.claims.map(({ path }) => `claim ${path.join('.')}`),
    ...(wanted.acr.length > 0 ? [`acr ${wanted.acr.join(' or ')}`] : []),
    ...(wanted.maxAge === undefined ? [] : [`login of the last ${wanted.maxAge} s`]),
    ...(wanted.clientCredentials ? ['a client-credentials token'] : []),
    ...wanted.authorizationDetails.map(({ type }) => `authorization details ${type}`),
    ...(wanted.actor === undefined ? [] : [wanted.actor === false ? 'no actor' : `actor ${wanted.actor.join(' or ')}`]),
    ...(wanted.maxDelegation === undefined ? [] : [`at most ${wanted.maxDelegation} actors`]),
    ...(wanted.dpopRequired ? ['DPoP'] : []),
    ...wanted.allOf.map((one) => describeRequirements(one)),
    ...(wanted.anyOf.length > 0 ? [`one of (${wanted.anyOf.map((one) => describeRequirements(one)).join('; ')})`] : []),
    ...(wanted.not === undefined ? [] : [`not (${describeRequirements(wanted.not)})`]),
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
