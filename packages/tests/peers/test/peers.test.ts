import { startTestIssuer } from '@acme/auth-testing'
import type { ListeningTestIssuer } from '@acme/auth-testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { PEER_NAMES, startPeer } from '../src/index.js'
import type { Peer } from '../src/index.js'

const audience = 'https://api.test/'

describe.each(PEER_NAMES)('the sample API of %s', (name) => {
  let issuer: ListeningTestIssuer
  let peer: Peer

  beforeAll(async () => {
    issuer = await startTestIssuer({ audience, algorithm: 'RS256' })
    peer = await startPeer(name, { issuer: issuer.issuer, audience })
  })
  afterAll(async () => {
    await peer.close()
    await issuer.close()
  })

  const ask = async (path: string, token?: string): Promise<Response> =>
    fetch(peer.origin + path, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } })

  it('takes a good token', async () => {
    const response = await ask('/any', await issuer.accessToken({ claims: { sub: 'user-1' } }))
    expect([response.status, await response.json()]).toEqual([200, { sub: 'user-1' }])
  })

  it('takes one with the scope that a route wants, and refuses one without', async () => {
    const statuses = await Promise.all(
      ['read:messages write:messages', 'write:messages'].map(
        async (scope) => (await ask('/read', await issuer.accessToken({ scope }))).status,
      ),
    )
    expect(statuses).toEqual([200, 403])
  })

  it('refuses no token, and one of another audience', async () => {
    const other = await issuer.accessToken({ claims: { aud: 'https://other.test/' } })
    expect([(await ask('/any')).status, (await ask('/any', other)).status]).toEqual([401, 401])
  })
})
