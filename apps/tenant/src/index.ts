export { startTenant } from './tenant.js'
export type { Tenant, TenantClient, TenantOptions } from './tenant.js'
