export { startTenant } from './tenant.js'
export type { Tenant, TenantClient, TenantOptions } from './tenant.js'
export type { TrustedIssuer } from './presented-tokens.js'
