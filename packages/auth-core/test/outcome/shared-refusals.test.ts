import { describe, expect, it } from 'vitest'

import { AuthError } from '../../src/index.js'
import type { AuthOptions } from '../../src/index.js'
import { bearer, createWorld, refused } from '../support.js'
import type { World } from '../support.js'

const fail = async (): Promise<never> => {
  throw new Error('the database is down')
}

/** What many requests wait for together. */
const SHARED: readonly (readonly [string, (world: World) => Partial<AuthOptions>])[] = [
  ['issuers()', () => ({ issuer: undefined, issuers: fail })],
  ['tenants.resolve()', () => ({ issuer: undefined, tenants: { of: () => 'a', resolve: fail } })],
  ['the keys of an issuer', () => ({ fetch: fail })],
  [
    'a verifier of opaque tokens',
    () => {
      const error = new AuthError('issuer_unavailable')
      return { opaqueTokens: { tokens: 'all', introspect: () => Promise.reject(error) } }
    },
  ],
]

describe.each(SHARED)('requests that are refused together, by %s', (_name, optionsOf) => {
  it('have each an error with their own correlation id, and their own scheme', async () => {
    const world = await createWorld()
    const server = world.serve(optionsOf(world))
    const asBearer = bearer(await world.issuer.accessToken())
    const requests = [asBearer, await world.dpopRequest(), { ...asBearer, identity: {} }]
    const wanted = server.requirements()
    const all = (await Promise.all(requests.map(async (one) => server.authenticate(one, wanted)))).map(refused)
    expect(all.map(({ error }) => [error.status, error.scheme])).toEqual([
      [503, 'Bearer'],
      [503, 'DPoP'],
      [503, 'Bearer'],
    ])
    expect(all.map(({ error }) => error.correlationId)).toEqual(all.map(({ headers }) => headers['x-request-id']))
    expect(new Set(all.map(({ error }) => error.correlationId)).size).toBe(requests.length)
  })
})
