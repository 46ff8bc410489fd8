import { describe, expect, it } from 'vitest'

import { claims, createWorld, logIn, text, WEB, type Answer, type Form, type World } from '../wire.js'

describe('refresh', () => {
  it('keeps the login, and gives an ID token without a nonce', async () => {
    const world = await createWorld()
    world.issuer.login({ subject: 'ada', acr: 'mfa', claims: { org_id: 'org_1' } })
    const first = await logIn(world, { nonce: 'n-1' })
    world.issuer.login({ subject: 'eve' })
    world.clock.now += 1000
    const { body } = await refresh(world, first)
    const login = { sub: 'ada', acr: 'mfa', auth_time: 1_800_000_000, iat: 1_800_001_000, org_id: 'org_1' }
    expect(claims(body['access_token'])).toMatchObject(login)
    expect(claims(body['id_token'])).toMatchObject(login)
    expect(claims(body['id_token'])).not.toHaveProperty('nonce')
  })

  it.each<[string, Form, string]>([
    ['no token', { refresh_token: undefined }, 'invalid_request'],
    ['a token that there is not', { refresh_token: 'rt_x' }, 'invalid_grant'],
    ['the token of another client', WEB, 'invalid_grant'],
    ['a scope that was not granted (RFC 6749 §6)', { scope: 'read admin' }, 'invalid_scope'],
    ['a resource that was not granted', { resource: 'https://other.test/' }, 'invalid_target'],
  ])('refuses %s, and uses nothing up', async (_, form, error) => {
    const world = await createWorld()
    const first = await logIn(world)
    expect((await refresh(world, first, form)).body['error']).toBe(error)
    expect((await refresh(world, first)).status).toBe(200)
    expect(world.issuer.refreshTokenReuses).toBe(0)
  })

  it('ends with the lifetime of the token, which each rotation begins anew', async () => {
    const world = await createWorld({ refreshTokenLifetime: 100 })
    const first = await logIn(world)
    world.clock.now += 99
    const second = await refresh(world, first)
    world.clock.now += 99
    const third = await refresh(world, second)
    expect([second.status, third.status]).toEqual([200, 200])
    world.clock.now += 100
    expect((await refresh(world, third)).body['error']).toBe('invalid_grant')
  })

  it('does not rotate when told so', async () => {
    const world = await createWorld({ rotateRefreshTokens: false, accessTokenLifetime: 60 })
    const first = await logIn(world)
    for (let time = 0; time < 3; time++) {
      const { status, body } = await refresh(world, first)
      expect([status, body['refresh_token'], body['expires_in']]).toEqual([200, undefined, 60])
    }
    expect(world.issuer.refreshTokenReuses).toBe(0)
  })
})

describe('reuse (RFC 9700 §4.14.2)', () => {
  it('revokes the family, the newest token and its access tokens included, and no other', async () => {
    const world = await createWorld()
    const [first, stranger] = [await logIn(world), await logIn(world)]
    const second = await refresh(world, first)
    expect((await refresh(world, first)).body['error']).toBe('invalid_grant')
    expect((await refresh(world, second)).body['error']).toBe('invalid_grant')
    expect(world.issuer.refreshTokenReuses).toBe(1)
    const introspected = await world.post('introspection', { ...WEB, token: text(second.body['access_token']) })
    expect(introspected.body).toEqual({ active: false })
    expect((await refresh(world, stranger)).status).toBe(200)
  })

  it('is found when ten refresh at a time: one gets tokens, and they are worth nothing', async () => {
    const world = await createWorld()
    const first = await logIn(world)
    const answers = await Promise.all(Array.from({ length: 10 }, () => refresh(world, first)))
    const good = answers.filter(({ status }) => status === 200)
    expect([good.length, world.issuer.refreshTokenReuses]).toEqual([1, 9])
    for (const each of good) expect((await refresh(world, each)).body['error']).toBe('invalid_grant')
  })

  it('is no reuse when it is another client that comes with the token', async () => {
    const world = await createWorld()
    const first = await logIn(world)
    const second = await refresh(world, first)
    expect((await refresh(world, first, WEB)).body['error']).toBe('invalid_grant')
    expect([world.issuer.refreshTokenReuses, (await refresh(world, second)).status]).toEqual([0, 200])
  })
})

function refresh(world: World, { body }: Answer, form: Form = {}): Promise<Answer> {
  const token = text(body['refresh_token'])
  return world.post('token', { grant_type: 'refresh_token', client_id: 'spa', refresh_token: token, ...form })
}
