import { describeContract } from '@acme/auth-conformance'
import type { ContractConfiguration } from '@acme/auth-conformance'
import { afterAll, beforeAll, describe, it } from 'vitest'

import { startExpress } from './contract-server.js'

const AREAS = ['DPoP proofs', 'DPoP nonces', 'replayed proofs', 'access tokens']

/** The same server, with the profile. */
function withProfile({ options, ...configuration }: ContractConfiguration): ReturnType<typeof startExpress> {
  const profile = { profile: 'mcp', resourceMetadata: { resource: options.audience } } as const
  return startExpress({ ...configuration, options: { ...options, ...profile } })
}

// At the level of the RFCs, which leave the status of a bad proof open: the profile answers 401.
describe("with profile 'mcp'", () => {
  describeContract({ describe, it, beforeAll, afterAll }, withProfile, {
    level: 'rfc',
    only: ({ area }) => AREAS.includes(area),
  })
})
