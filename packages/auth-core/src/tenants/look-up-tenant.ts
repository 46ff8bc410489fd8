import { isAuthError, refusal } from '../outcome/errors.js'
import type { AuthError } from '../outcome/errors.js'
import { tell } from '../outcome/fault.js'
import { isPending } from '../util/maybe-promise.js'
import { printable } from '../util/quote.js'
import { withinOr } from '../util/time-limit.js'
import { configurationError } from '../options/option-checks.js'
import type { Tenant, TenantRequest, TenantSettings } from './tenant-types.js'

const LATE = Symbol('late')

// Seconds: Retry-After when a function failed.
const RETRY_AFTER = 1

/**
 * The name of a request's tenant, by the function of the application.
 *
 * @returns undefined for none
 * @throws {AuthError} `tenant_unavailable`
 */
export function tenantName(of: TenantSettings['of'], request: TenantRequest): string | undefined {
  let name: unknown
  try {
    name = of(request)
    // A promise is a mistake, and its rejection must not end the process.
    if (isPending(name)) name.then(undefined, () => undefined)
    if (name === undefined || name === null || name === '') return undefined
    if (typeof name !== 'string') throw configurationError('tenants.of()', name, 'text or undefined, at once')
  } catch (cause) {
    throw unavailable('tenants.of()', cause)
  }
  return name
}

/**
 * Looks a tenant up with the function of the application. Whatever goes wrong is an outage (503): whether the token is one
 * of the tenant is unknown, so it is neither refused with 401 nor accepted.
 *
 * @param timeout - seconds
 * @returns undefined when the function does not know the tenant
 * @throws {AuthError} `tenant_unavailable`
 */
export async function lookUpTenant(
  { resolve, read }: TenantSettings,
  name: string,
  timeout: number,
): Promise<Tenant | undefined> {
  try {
    const answer = resolve(name)
    const settled: unknown = isPending(answer) ? await withinOr(answer, timeout, LATE) : answer
    if (settled === LATE) throw refusal('tenant_unavailable', `no answer within ${timeout} s`)
    // Many database clients return null for a missing row.
    return settled === undefined || settled === null ? undefined : read(name, settled)
  } catch (cause) {
    throw unavailable('tenants.resolve()', cause)
  }
}

/** An AuthError of its own may have been thrown by the application, and would be a 401. */
function unavailable(what: string, cause: unknown): AuthError {
  const why = isAuthError(cause) && cause.detail !== undefined ? cause.detail : tell(cause)
  return refusal('tenant_unavailable', `${what} failed: ${printable(why, 400)}`, { cause, retryAfter: RETRY_AFTER })
}
