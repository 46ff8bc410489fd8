import type { Requirements } from '../authorization/requirements.js'

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
    ...wanted.claims.map(([name]) => `claim ${name}`),
    ...(wanted.acr.length > 0 ? [`acr ${wanted.acr.join(' or ')}`] : []),
    ...(wanted.maxAge === undefined ? [] : [`login of the last ${wanted.maxAge} s`]),
    ...(wanted.clientCredentials ? ['a client-credentials token'] : []),
    ...(wanted.dpopRequired ? ['DPoP'] : []),
  ]
  return parts.join(', ') || 'any valid token'
}

function words(noun: string, all: readonly string[], any: readonly string[]): readonly string[] {
  const parts: string[] = []
  if (all.length > 0) parts.push(`${noun}${all.length > 1 ? 's' : ''} ${all.join(' ')}`)
  if (any.length > 0) parts.push(`${noun} ${any.join(' or ')}`)
  return parts
}
