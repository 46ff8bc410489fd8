import { createTestIssuer } from '@acme/auth-testing'
import type { TestIssuer } from '@acme/auth-testing'
import type { AuthOptions } from '../../src/options/auth-options.js'
import type { ResourceServer } from '../../src/resource-server-types.js'
import { createWorld } from '../support.js'
import type { World } from '../support.js'
import type { TenantOptions } from '../../src/tenants/tenant-types.js'

export const HOST_A = 'a.example.com'
export const HOST_B = 'b.example.com'
export const AUDIENCE_A = 'https://a.example.com/api'
export const AUDIENCE_B = 'https://b.example.com/api'

/** Two tenants with an issuer each, on one clock. */
export interface TwoTenants {
  readonly world: World
  readonly a: TestIssuer
  readonly b: TestIssuer
  readonly optionsA: TenantOptions
  readonly optionsB: TenantOptions
  serve(options: Partial<AuthOptions>): ResourceServer
  /** Outbound calls to either issuer. */
  fetches(): number
}

export async function twoTenants(): Promise<TwoTenants> {
  const world = await createWorld()
  const { now } = world.clock
  const a = await createTestIssuer({ issuer: 'https://a.issuer.test/', audience: AUDIENCE_A, now })
  const b = await createTestIssuer({ issuer: 'https://b.issuer.test/', audience: AUDIENCE_B, now })
  const fetch: typeof globalThis.fetch = (input, init) =>
    (new Request(input).url.startsWith(a.issuer) ? a : b).fetch(input, init)
  return {
    world,
    a,
    b,
    optionsA: { issuer: a.issuer, audience: AUDIENCE_A },
    optionsB: { issuer: b.issuer, audience: AUDIENCE_B },
    // `issuers` keeps the world from adding its own.
    serve: (options) => world.serve({ issuers: undefined, issuer: undefined, audience: undefined, fetch, ...options }),
    fetches: () => a.count('all') + b.count('all'),
  }
}
