export { startTenant } from './tenant.js'
export type { Tenant, TenantClient } from './tenant.js'
