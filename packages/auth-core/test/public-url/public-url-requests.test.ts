import { describe, expect, it } from 'vitest'
import { bearer, createWorld, refused, verdict } from '../support.js'

describe('in a request', async () => {
  const world = await createWorld({ publicOrigins: ['https://api.test'] })
  const { server, issuer } = world

  it.each([
    ['absolute-form', { target: 'https://api.test/items' }],
    ['a Host with a path', { host: 'api.test/other?' }],
    ['two Hosts', { host: ['api.test', 'api.test'] }],
    ['an origin that is not ours', { host: 'evil.test' }],
    ['disagreeing proxies', { hops: 1, headers: ['X-Forwarded-Host', 'api.test', 'Forwarded', 'host=evil.test'] }],
  ])('%s: 400 for DPoP, and Bearer goes on', async (_, parts) => {
    const outcome = await server.authenticate(await world.dpopRequest({}, parts))
    const { status, headers, error } = refused(outcome)
    expect([status, error.reason, headers['www-authenticate']]).toEqual([
      400,
      'url_unknown',
      'DPoP algs="ES256", error="invalid_request", error_description="The URL of the request cannot be determined", Bearer realm="api"',
    ])
    expect(verdict(await server.authenticate(bearer(await issuer.accessToken(), parts)))).toBe('accepted')
  })

  it('a Host that would move the path does not move it', async () => {
    const moved = await world.dpopRequest(
      { url: 'https://api.test/other' },
      { host: 'api.test/other?', target: '/items' },
    )
    expect(verdict(await server.authenticate(moved))).toBe('400 url_unknown')
    const slashes = await world.dpopRequest({ url: 'https://evil.test/items' }, { target: '//evil.test/items' })
    expect(verdict(await server.authenticate(slashes))).toBe('400 proof_url')
  })
})
