import type { AuthOptions } from '@acme/auth-core'

import { text, wrong } from './variables.js'
import type { Environment } from './variables.js'

type Tenants = NonNullable<AuthOptions['tenants']>

/** Each with hosts, an issuer and an audience of its own; what is wrong in one of them, the check of the options tells. */
export function tenantsFrom(env: Environment): Tenants | undefined {
  const given = text(env, 'TENANTS')
  if (given === undefined) return undefined
  const issuer = ['AUTH0_DOMAIN', 'AUTH0_ISSUER'].find((name) => text(env, name) !== undefined)
  if (issuer !== undefined) throw new TypeError(`TENANTS and ${issuer} are both set: each tenant has its own issuer`)
  const tenants = parsed(given)
  if (!Array.isArray(tenants))
    throw wrong('TENANTS', given, 'a list as JSON: [{ "id", "hosts", "issuer", "audience" }]')
  return tenants as Tenants // as: checked with all options
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}
