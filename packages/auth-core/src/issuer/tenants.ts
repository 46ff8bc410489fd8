import { configurationError } from '../options/option-checks.js'

/** The placeholder for the tenant in a multi-tenant issuer, as the metadata of Entra ID's common endpoint writes it. */
export const TENANT = '{tenantid}'

/** A tenant identifier of Entra ID: a UUID (RFC 9562 §4) in lower case, as in its tokens. */
const TENANT_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const TENANT_ID_LENGTH = 36

/** A multi-tenant issuer. Its issuers differ in one segment of the path, the tenant. */
export interface TenantTemplate {
  readonly prefix: string
  readonly suffix: string
  /** The accepted tenants; undefined for all. */
  readonly tenants: readonly string[] | undefined
}

/** Validates an issuer with a placeholder and the option `tenants`. @throws {TypeError} */
export function resolveTenants(path: string, issuer: string, tenants: unknown): TenantTemplate | undefined {
  const [prefix = '', suffix, ...more] = issuer.split(TENANT)
  if (suffix === undefined) {
    if (tenants === undefined) return undefined
    throw configurationError(`${path}tenants`, tenants, `an issuer with ${TENANT}, such as ${EXAMPLE}`)
  }
  // One whole segment of the path: as a part of the host, the placeholder would let a tenant choose the origin.
  if (more.length > 0 || !/^https?:\/\/[^/]+\/(?:.*\/)?$/.test(prefix) || !/^(?:\/.*)?$/.test(suffix)) {
    throw configurationError(`${path}issuer`, issuer, `${TENANT} as one segment of the path, such as ${EXAMPLE}`)
  }
  return Object.freeze({ prefix, suffix, tenants: tenantList(`${path}tenants`, tenants) })
}

const EXAMPLE = `https://login.microsoftonline.com/${TENANT}/v2.0`

function tenantList(name: string, given: unknown): readonly string[] | undefined {
  if (given === undefined) return undefined
  const valid = (one: unknown): boolean => typeof one === 'string' && TENANT_ID.test(one)
  if (!Array.isArray(given) || given.length === 0 || !given.every(valid)) {
    throw configurationError(name, given, 'a list of tenant identifiers in lower case, such as 9188040d-…')
  }
  return Object.freeze([...new Set<string>(given)])
}

/** The tenant in an `iss`, or undefined when the template does not match it or the tenant is not accepted. */
export function tenantOf(issuer: string, { prefix, suffix, tenants }: TenantTemplate): string | undefined {
  if (issuer.length !== prefix.length + TENANT_ID_LENGTH + suffix.length) return undefined
  if (!issuer.startsWith(prefix) || !issuer.endsWith(suffix)) return undefined
  const tenant = issuer.slice(prefix.length, prefix.length + TENANT_ID_LENGTH)
  if (!TENANT_ID.test(tenant)) return undefined
  return tenants === undefined || tenants.includes(tenant) ? tenant : undefined
}

/** The issuer whose metadata serves all tenants of a template: Entra ID's common endpoint. */
export function commonIssuer(issuer: string): string {
  return issuer.replace(TENANT, 'common')
}
