import { describe, expect, it } from 'vitest'

import { createWorld, logIn, text, WEB, type Answer, type Form, type World } from '../wire.js'

const SPA = { client_id: 'spa' }

describe('revocation (RFC 7009)', () => {
  it('of an access token ends that alone', async () => {
    const world = await createWorld()
    const { body } = await logIn(world)
    expect((await revoke(world, body['access_token'])).status).toBe(200)
    expect(await isActive(world, body['access_token'])).toBe(false)
    expect(await isActive(world, body['refresh_token'])).toBe(true)
  })

  it('of a refresh token ends all that came of it', async () => {
    const world = await createWorld()
    const { body } = await logIn(world)
    const answer = await revoke(world, body['refresh_token'], { token_type_hint: 'access_token' })
    expect([answer.status, answer.body]).toEqual([200, {}])
    expect(await isActive(world, body['access_token'])).toBe(false)
    const form = { grant_type: 'refresh_token', ...SPA, refresh_token: text(body['refresh_token']) }
    expect((await world.post('token', form)).body['error']).toBe('invalid_grant')
    expect(world.issuer.refreshTokenReuses).toBe(0)
  })

  it('of what is no token is as good (§2.2)', async () => {
    const world = await createWorld()
    for (const token of ['x', 'rt_x', 'e30.e30.e30']) expect((await revoke(world, token)).status).toBe(200)
  })

  it.each(['access_token', 'refresh_token'])("refuses another client's %s (§2.1)", async (name) => {
    const world = await createWorld()
    const { body } = await logIn(world)
    const answer = await revoke(world, body[name], WEB)
    expect([answer.status, answer.body['error']]).toEqual([400, 'unauthorized_client'])
    expect(await isActive(world, body[name])).toBe(true)
  })

  it.each<[string, Form, number]>([
    ['no token', { token: undefined }, 400],
    ['a wrong secret', { client_id: 'web', client_secret: 'x' }, 401],
    ['no client', { client_id: undefined }, 400],
  ])('refuses %s', async (_, form, status) => {
    expect((await revoke(await createWorld(), 'x', form)).status).toBe(status)
  })
})

function revoke(world: World, token: unknown, form: Form = {}): Promise<Answer> {
  return world.post('revocation', { ...SPA, token: text(token), ...form })
}

async function isActive(world: World, token: unknown): Promise<unknown> {
  return (await world.post('introspection', { ...WEB, token: text(token) })).body['active']
}
