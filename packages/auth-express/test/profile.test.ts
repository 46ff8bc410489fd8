import { ContractClient, createContractFixture, describeContract, sendRaw } from '@acme/auth-conformance'
import type { ContractConfiguration, ContractServer } from '@acme/auth-conformance'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { startExpress } from './contract-server.js'

const AREAS = ['DPoP proofs', 'DPoP nonces', 'replayed proofs', 'access tokens']

/** The same server, with the profile. */
function withMcp({ options, ...configuration }: ContractConfiguration): ReturnType<typeof startExpress> {
  const profile = { profile: 'mcp', resourceMetadata: { resource: options.audience } } as const
  return startExpress({ ...configuration, options: { ...options, ...profile } })
}

// At the level of the RFCs, which leave the status of a bad proof open: the profile answers 401.
describe("with profile 'mcp'", () => {
  describeContract({ describe, it, beforeAll, afterAll }, withMcp, {
    level: 'rfc',
    only: ({ area }) => AREAS.includes(area),
  })
})

function withFapi2({ options, ...configuration }: ContractConfiguration): ReturnType<typeof startExpress> {
  const profile = { profile: 'fapi2' } as const
  return startExpress({ ...configuration, options: { ...options, ...profile } })
}

const ROUTES = [{ path: '/any', guard: 'route', wanted: [], mountedAt: undefined }] as const

const OF_PROOFS = [
  'DPoP proofs',
  'DPoP nonces',
  'replayed proofs',
  'URL of a proof',
  'Host and request target',
  'trusted proxies',
  'forwarded headers',
]

// The profile demands proofs, so that what is sent as Bearer in other areas is refused for that alone.
describe.each(['ES256', 'PS256'] as const)("with profile 'fapi2' and tokens of %s", (algorithm) => {
  describeContract({ describe, it, beforeAll, afterAll }, withFapi2, {
    level: 'rfc',
    algorithm,
    only: ({ area, clause }) => OF_PROOFS.includes(area) || clause?.startsWith('RFC 9449') === true,
  })
})

// FAPI 2.0 Security Profile §5.3.3, §5.4.1.
describe("profile 'fapi2' refuses what is good without it", () => {
  it.each([
    ['ES256', 'bearer', 400, 'invalid_request'],
    ['RS256', 'bearer', 400, 'invalid_request'],
    ['RS256', 'dpop', 401, 'invalid_token'],
    ['ES384', 'dpop', 401, 'invalid_token'],
  ] as const)('a token of %s, by %s', async (algorithm, way, status, error) => {
    const fixture = await createContractFixture({ algorithm })
    const options = { issuer: fixture.issuer.issuer, audience: fixture.issuer.audience }
    const algorithms = { algorithms: ['RS256', 'ES256', 'ES384'] as const }
    const configuration = { options, trustProxy: false, routes: ROUTES } as const
    const statusOf = async ({ port, close }: ContractServer): Promise<readonly [number, string]> => {
      const { status: seen, body } = await sendRaw(port, await new ContractClient(fixture, port)[way]())
      await close()
      return [seen, body]
    }
    const without = await startExpress({ ...configuration, options: { ...options, ...algorithms } })
    expect((await statusOf(without))[0]).toBe(200)
    const [seen, body] = await statusOf(await withFapi2(configuration))
    expect([seen, JSON.parse(body)]).toMatchObject([status, { error }])
    await fixture.close()
  })
})
