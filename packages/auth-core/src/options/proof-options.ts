import { readTenants } from '../tenants/read-tenants.js'
import { originOf } from '../public-url/public-url.js'
import { readDpopOptions } from './dpop-options.js'
import { configurationError } from './option-checks.js'
import type { ProofOptionsReader } from './options.js'
import { resolvePublicUrl } from './public-url-option.js'

/** What needs to know how proofs are judged, and under which URLs clients address this API. */
export const readProofOptions: ProofOptionsReader = ({ dpop, publicOrigins, publicUrl, tenants }, defaults) => {
  const origins = readOrigins(publicOrigins, 'publicOrigins')
  const settings = readDpopOptions(dpop, 'dpop')
  return {
    dpop: settings,
    publicOrigins: origins,
    publicUrl: resolvePublicUrl(publicUrl, origins),
    tenants: readTenants(tenants, { ...defaults, mode: settings.mode, publicUrl }),
  }
}

function readOrigins(given: unknown, name: string): readonly string[] {
  if (given === undefined) return []
  const origins = Array.isArray(given) ? given.map((one: unknown) => originOf(one)) : []
  if (origins.length === 0 || origins.includes(undefined)) {
    throw configurationError(name, given, "origins such as ['https://api.example.com'], without a path")
  }
  return Object.freeze(origins.filter((origin) => origin !== undefined))
}
