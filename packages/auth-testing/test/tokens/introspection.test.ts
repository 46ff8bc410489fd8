import { describe, expect, it } from 'vitest'

import { createTestKey } from '../../src/index.js'
import { createWorld, logIn, text, WEB, type Form, type World } from '../wire.js'

const key = await createTestKey('ES256')

describe('introspection (RFC 7662)', () => {
  it('tells what an access token says', async () => {
    const world = await createWorld()
    const token = await world.issuer.accessToken({ scope: 'read', jkt: key.thumbprint })
    const { body, headers } = await world.post('introspection', { ...WEB, token })
    const wanted = { active: true, token_type: 'DPoP', sub: 'user-1', scope: 'read', cnf: { jkt: key.thumbprint } }
    expect(body).toMatchObject({ ...wanted, iss: world.issuer.issuer, aud: world.issuer.audience, exp: 1_800_003_600 })
    expect(headers.get('cache-control')).toBe('no-store')
  })

  it('cannot be lied to about being active', async () => {
    const world = await createWorld()
    const token = await world.issuer.accessToken({ claims: { active: false, token_type: 'x' } })
    expect((await world.post('introspection', { ...WEB, token })).body).toMatchObject({
      active: true,
      token_type: 'Bearer',
    })
  })

  it('tells what a refresh token is, until it is used or over', async () => {
    const world = await createWorld()
    const token = text((await logIn(world)).body['refresh_token'])
    const { body } = await world.post('introspection', { ...WEB, token })
    expect(body).toMatchObject({ active: true, sub: 'user-1', client_id: 'spa', scope: 'openid offline_access read' })
    await world.post('token', { grant_type: 'refresh_token', client_id: 'spa', refresh_token: token })
    expect((await world.post('introspection', { ...WEB, token })).body).toEqual({ active: false })
  })

  it.each<[string, (world: World) => Promise<unknown>]>([
    ['expired', ({ issuer }) => issuer.accessToken({ expiresIn: 0 })],
    ['forged', ({ issuer }) => issuer.accessToken({ signature: 'flipped' })],
    ['of another issuer', ({ issuer }) => issuer.accessToken({ claims: { iss: 'https://evil.test/' } })],
    ['an ID token', async (world) => (await logIn(world)).body['id_token']],
    ['nothing', () => Promise.resolve('x')],
  ])('says no more than that it is not active when it is %s', async (_, make) => {
    const world = await createWorld()
    const token = text(await make(world))
    expect((await world.post('introspection', { ...WEB, token })).body).toEqual({ active: false })
  })

  it.each<[string, Form, number]>([
    ['a public client (§2.1)', { client_id: 'spa', client_secret: undefined }, 401],
    ['a wrong secret', { client_secret: 'x' }, 401],
    ['no token', { token: undefined }, 400],
  ])('refuses %s', async (_, form, status) => {
    const world = await createWorld()
    const token = await world.issuer.accessToken()
    const answer = await world.post('introspection', { ...WEB, token, ...form })
    expect([answer.status, answer.body['active']]).toEqual([status, undefined])
  })

  it('refuses those who give no secret also where anybody is a client', async () => {
    const world = await createWorld({}, 'anybody')
    const token = await world.issuer.accessToken()
    expect((await world.post('introspection', { client_id: 'x', token })).status).toBe(401)
    expect((await world.post('introspection', { client_id: 'x', client_secret: 'y', token })).status).toBe(200)
  })
})
