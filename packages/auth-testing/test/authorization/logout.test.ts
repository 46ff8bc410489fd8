import { describe, expect, it } from 'vitest'

import { createWorld, logIn, search, text, type Form, type World } from '../wire.js'

const BYE = 'https://app.test/bye'
const CLIENTS = [{ id: 'spa', logoutUris: [BYE] }, { id: 'other' }]

describe('logout', () => {
  it.each<[string, Form]>([
    ['an ID token', {}],
    ['an ID token and its client', { client_id: 'spa' }],
    ['the client alone', { client_id: 'spa', id_token_hint: undefined }],
  ])('goes back to the client with %s', async (_, form) => {
    const world = await createWorld({}, CLIENTS)
    const answer = await logout(world, form)
    expect([answer.status, answer.headers.get('location')]).toEqual([302, `${BYE}?state=s`])
  })

  it('takes an ID token that has expired', async () => {
    const world = await createWorld({}, CLIENTS)
    const hint = text((await logIn(world)).body['id_token'])
    world.clock.now += 1_000_000
    expect((await logout(world, { id_token_hint: hint })).status).toBe(302)
  })

  it('goes nowhere when not asked to', async () => {
    const world = await createWorld({}, CLIENTS)
    const answer = await logout(world, { post_logout_redirect_uri: undefined })
    expect([answer.status, answer.headers.get('location')]).toEqual([200, null])
  })

  it.each<[string, Form]>([
    ['another URI', { post_logout_redirect_uri: 'https://evil.test/' }],
    ['a URI, and no client', { id_token_hint: undefined }],
    ['another client', { client_id: 'other' }],
    ['an unknown client', { id_token_hint: undefined, client_id: 'nobody' }],
    ['a hint that is none', { id_token_hint: 'x' }],
    ['a hint that nobody signed', { id_token_hint: 'e30.e30.e30' }],
  ])('refuses %s', async (_, form) => {
    const answer = await logout(await createWorld({}, CLIENTS), form)
    expect([answer.status, answer.headers.get('location')]).toEqual([400, null])
  })

  it('refuses an ID token that names another issuer', async () => {
    const world = await createWorld({}, CLIENTS)
    world.issuer.login({ idTokenClaims: { iss: 'https://other.test/' } })
    expect((await logout(world, {})).status).toBe(400)
  })

  it('refuses an ID token of another issuer', async () => {
    const other = await createWorld({ issuer: 'https://other.test/' }, CLIENTS)
    const hint = text((await logIn(other)).body['id_token'])
    expect((await logout(await createWorld({}, CLIENTS), { id_token_hint: hint })).status).toBe(400)
  })
})

async function logout(world: World, form: Form): Promise<Response> {
  const hint = text((await logIn(world)).body['id_token'])
  const parameters = { id_token_hint: hint, post_logout_redirect_uri: BYE, state: 's', ...form }
  return world.issuer.fetch(`${world.issuer.urlOf('logout')}?${search(parameters).toString()}`, { redirect: 'manual' })
}
