import { describe, expect, it } from 'vitest'
import { NOW, bearer, createWorld, refused, verdict } from '../support.js'

const world = await createWorld()
const strict = world.serve({ tokenProfile: 'rfc9068' })

/** A token that is right in everything but what it is. */
async function token(claims: Readonly<Record<string, unknown>>, header: Record<string, unknown> = {}): Promise<string> {
  return world.issuer.accessToken({ claims, header: { typ: 'JWT', ...header } })
}

const OTHERS: readonly (readonly [Readonly<Record<string, unknown>>, string])[] = [
  [{ at_hash: 'fPlsvVszI29LU2UhDyJ9vg' }, 'this is an ID token, not an access token: it has at_hash'],
  [{ at_hash: null }, 'this is an ID token, not an access token: it has at_hash'],
  [{ at_hash: '' }, 'this is an ID token, not an access token: it has at_hash'],
  [{ c_hash: 'x', nonce: 'n' }, 'this is an ID token, not an access token: it has c_hash'],
  [{ s_hash: 'x' }, 'this is an ID token, not an access token: it has s_hash'],
  [{ typ: 'ID' }, 'this is an ID token, not an access token: its typ is "ID"'],
  [{ typ: 'Serialized-ID' }, 'this is an ID token, not an access token: its typ is "Serialized-ID"'],
  [{ typ: 'Refresh' }, 'this is a refresh token, not an access token: its typ is "Refresh"'],
  [{ typ: 'Offline' }, 'this is a refresh token, not an access token: its typ is "Offline"'],
  [{ typ: 'Logout' }, 'this is a logout token, not an access token: its typ is "Logout"'],
  [{ token_use: 'id' }, 'this is an ID token, not an access token: its token_use is "id"'],
  [{ token_use: 'refresh' }, 'this is a refresh token, not an access token: its token_use is "refresh"'],
  [
    { events: { 'http://schemas.openid.net/event/backchannel-logout': {} } },
    'this is a security event or logout token, not an access token: it has events',
  ],
]

describe('what is marked as another kind of token (RFC 8725 §3.11)', () => {
  it.each(OTHERS)('%o: %s', async (claims, detail) => {
    const outcome = refused(await world.server.authenticate(bearer(await token(claims))))
    expect([outcome.status, outcome.error.reason, outcome.error.detail]).toEqual([401, 'token_invalid', detail])
  })

  it.each(OTHERS)('%o, though its header says at+jwt', async (claims) => {
    for (const server of [world.server, strict]) {
      const outcome = await server.authenticate(bearer(await token(claims, { typ: 'at+jwt' })))
      expect(verdict(outcome)).toBe('401 token_invalid')
    }
  })

  it('is told so before its audience, which is then its client', async () => {
    const outcome = await world.server.authenticate(bearer(await token({ at_hash: 'x', aud: 'client-1' })))
    expect(refused(outcome).error.detail).toBe('this is an ID token, not an access token: it has at_hash')
  })
})

describe('what is no mark', () => {
  it.each([
    [{ nonce: 'n-0S6_WzA2Mj' }],
    [{ nonce: 'n', typ: 'Bearer' }],
    [{ typ: 'DPoP' }],
    [{ typ: 'JWT' }],
    [{ typ: 'at+jwt' }],
    [{ typ: 1 }],
    [{ typ: ['ID'] }],
    [{ token_use: 'access' }],
    [{ sid: 's', auth_time: NOW - 60, acr: '1', amr: ['pwd'], azp: 'client-1' }],
    [{ constructor: 1 }],
  ])('%o', async (claims) => {
    expect(verdict(await world.server.authenticate(bearer(await token(claims))))).toBe('accepted')
  })
})
