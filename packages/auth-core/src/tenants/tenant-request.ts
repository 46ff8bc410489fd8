import { parseCompactJws } from '../crypto/compact-jws.js'
import { isAuthError } from '../outcome/errors.js'
import type { PublicUrl } from '../public-url/public-url.js'
import { readCredentials } from '../request/credentials.js'
import { headerValues } from '../request/resource-request.js'
import type { ResourceRequest } from '../request/resource-request.js'
import type { TenantRequest } from './tenant-types.js'

// Characters, as for issuers that are looked up: a client chooses it.
export const MAX_NAME = 1024

/** A request as `tenants.of` sees it. What it does not ask for is not worked out. */
export function tenantRequest(request: ResourceRequest, urlOf: (request: ResourceRequest) => PublicUrl): TenantRequest {
  return {
    get host() {
      return hostOf(request, urlOf)
    },
    get path() {
      const [path = ''] = request.target.split(/[?#]/, 1)
      return path
    },
    get issuer() {
      return unverifiedIssuer(request)
    },
    header(name) {
      // Of several, any could be the one that a proxy wrote.
      const values = headerValues(request, name.toLowerCase())
      return values.length === 1 ? values[0] : undefined
    },
  }
}

function hostOf(request: ResourceRequest, urlOf: (request: ResourceRequest) => PublicUrl): string | undefined {
  try {
    // A port follows the bracket of an IPv6 address. The name is in lower case already.
    return urlOf(request).url.authority.replace(/:\d*$/, '')
  } catch (error) {
    // The host is no name, contradicts itself, or is none of `publicOrigins`: it is of no tenant.
    if (isAuthError(error)) return undefined
    throw error
  }
}

function unverifiedIssuer(request: ResourceRequest): string | undefined {
  try {
    const { iss } = parseCompactJws(readCredentials(request).token).payload
    return typeof iss === 'string' && iss.length <= MAX_NAME ? iss : undefined
  } catch {
    // Refused later, for what is wrong with it.
    return undefined
  }
}
