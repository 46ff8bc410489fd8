import { mainOf } from '@acme/sample-api/programs'
import type { Program, Server } from '@acme/sample-api/programs'

export const TENANT: Program = { name: 'tenant', script: mainOf('tenant') }

/** Of another issuer; both have the same clients. */
export const SECOND_TENANT: Program = { ...TENANT, name: 'second tenant' }

/** A server that is reached through the gateway, too. */
export interface ProxiedServer extends Server {
  /** Its base URL there, without a slash at the end. */
  readonly publicUrl: string
}
