import { configurationError } from '../options/option-checks.js'

/** The part of a multi-tenant issuer that differs, as its metadata writes it (Entra ID's common endpoint). */
export const TENANT = '{tenantid}'

/** Entra ID's tenant identifiers: RFC 9562 §4, in lower case, as they are issued. */
const TENANT_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const TENANT_ID_LENGTH = 36

/** The issuers that a template stands for: each differs from it in one path segment only. */
export interface TenantTemplate {
  readonly prefix: string
  readonly suffix: string
  /** Those whose tokens are accepted; undefined for all. */
  readonly tenants: readonly string[] | undefined
}

/** @throws {TypeError} */
export function resolveTenants(path: string, issuer: string, tenants: unknown): TenantTemplate | undefined {
  const [prefix = '', suffix, ...more] = issuer.split(TENANT)
  if (suffix === undefined) {
    if (tenants === undefined) return undefined
    throw configurationError(`${path}tenants`, tenants, `an issuer with ${TENANT}, such as ${EXAMPLE}`)
  }
  // A whole segment of the path, once: a tenant must not be able to choose anything but its identifier.
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

/** The tenant that an `iss` of the template names, or undefined where it is none of its issuers. */
export function tenantOf(issuer: string, { prefix, suffix, tenants }: TenantTemplate): string | undefined {
  if (issuer.length !== prefix.length + TENANT_ID_LENGTH + suffix.length) return undefined
  if (!issuer.startsWith(prefix) || !issuer.endsWith(suffix)) return undefined
  const tenant = issuer.slice(prefix.length, prefix.length + TENANT_ID_LENGTH)
  if (!TENANT_ID.test(tenant)) return undefined
  return tenants === undefined || tenants.includes(tenant) ? tenant : undefined
}

/** Where a template's documents are: its tenants share one set of keys, at the common endpoint. */
export function commonIssuer(issuer: string): string {
  return issuer.replace(TENANT, 'common')
}
