import { describe, expect, it } from 'vitest'

import { createTestIssuer, createTestKey } from '../../src/index.js'
import { CONNECTION_TOKEN, TOKEN_EXCHANGE } from '../../src/token-endpoint/grant-types.js'
import * as types from '../../src/token-endpoint/token-types.js'
import { claims, createWorld, logIn, text, WEB, type Answer, type Form, type World } from '../wire.js'

const LEGACY = 'urn:acme:legacy-token'

describe('token exchange (RFC 8693)', () => {
  it('without an actor token has the client as actor, since the token was given to another', async () => {
    const world = await createWorld()
    const { status, body } = await exchange(world, await world.issuer.accessToken({ scope: 'read write' }))
    expect([status, body['issued_token_type'], body['scope']]).toEqual([200, types.ACCESS_TOKEN, 'read write'])
    expect(claims(body['access_token'])).toMatchObject({ sub: 'user-1', client_id: 'web', act: { sub: 'web' } })
  })

  it('of its own token needs no actor', async () => {
    const world = await createWorld()
    const { body } = await exchange(world, await world.issuer.accessToken({ claims: { client_id: 'web' } }))
    expect(claims(body['access_token'])).not.toHaveProperty('act')
  })

  it('with an actor token puts that actor before those of the subject token (§4.1)', async () => {
    const world = await createWorld()
    const subject = await world.issuer.accessToken({ claims: { act: { sub: 'gateway' } } })
    const actor = await world.issuer.accessToken({ claims: { sub: 'agent' } })
    const { body } = await exchange(world, subject, { actor_token: actor, actor_token_type: types.ACCESS_TOKEN })
    expect(claims(body['access_token'])['act']).toEqual({ sub: 'agent', act: { sub: 'gateway' } })
  })

  it('lets those act whom may_act names, and no others (§4.4)', async () => {
    const world = await createWorld()
    const may = (sub: string): Promise<string> => world.issuer.accessToken({ claims: { may_act: { sub } } })
    expect((await exchange(world, await may('web'))).status).toBe(200)
    expect((await exchange(world, await may('another'))).body['error']).toBe('invalid_request')
  })

  it('narrows scopes, and never widens them', async () => {
    const world = await createWorld()
    const subject = await world.issuer.accessToken({ scope: 'read write' })
    expect((await exchange(world, subject, { scope: 'read' })).body['scope']).toBe('read')
    expect((await exchange(world, subject, { scope: 'read admin' })).body['error']).toBe('invalid_scope')
  })

  it('gives a registered client the scopes of its own: other APIs have others', async () => {
    const world = await createWorld({}, [{ id: 'web', secret: 's3cret', scope: 'stock:read' }])
    const subject = await world.issuer.accessToken({ scope: 'read' })
    expect((await exchange(world, subject, { scope: 'stock:read' })).body['scope']).toBe('stock:read')
    expect((await exchange(world, subject, { scope: 'read' })).body['error']).toBe('invalid_scope')
  })

  it('gives a refresh token only to those who ask for it', async () => {
    const world = await createWorld()
    const { body } = await logIn(world)
    const subject = text(body['access_token'])
    expect((await exchange(world, subject)).body).not.toHaveProperty('refresh_token')
    expect((await exchange(world, subject, { scope: 'offline_access' })).body).toHaveProperty('refresh_token')
  })

  it.each([
    [types.ID_TOKEN, 'N_A', 3600],
    [types.REFRESH_TOKEN, 'N_A', 1_209_600],
    [types.JWT, 'Bearer', 3600],
  ])('gives a %s', async (type, tokenType, lifetime) => {
    const world = await createWorld()
    const { body } = await exchange(world, await world.issuer.accessToken(), { requested_token_type: type })
    const wanted = { issued_token_type: type, token_type: tokenType, expires_in: lifetime }
    expect(body).toMatchObject(wanted)
  })

  it.each<[string, Form, string]>([
    ['no subject token', { subject_token: undefined }, 'invalid_request'],
    ['no type of it', { subject_token_type: undefined }, 'invalid_request'],
    ['an unknown type', { subject_token_type: LEGACY }, 'invalid_request'],
    ['an access token as an ID token', { subject_token_type: types.ID_TOKEN }, 'invalid_request'],
    ['an actor token without a type', { actor_token: 'x' }, 'invalid_request'],
    ['a type without an actor token', { actor_token_type: types.ACCESS_TOKEN }, 'invalid_request'],
    ['a bad actor token', { actor_token: 'x', actor_token_type: types.ACCESS_TOKEN }, 'invalid_request'],
    ['an unknown type to give', { requested_token_type: LEGACY }, 'invalid_request'],
    ['an ID-JAG for nobody', { requested_token_type: types.ID_JAG }, 'invalid_request'],
    ['a bad resource', { resource: 'x' }, 'invalid_target'],
  ])('refuses %s', async (_, form, error) => {
    const world = await createWorld()
    const answer = await exchange(world, await world.issuer.accessToken(), form)
    expect([answer.status, answer.body['error']]).toEqual([400, error])
  })

  it.each<[string, (world: World) => Promise<string>]>([
    ['expired', ({ issuer }) => issuer.accessToken({ expiresIn: -1 })],
    ['forged', ({ issuer }) => issuer.accessToken({ signature: 'flipped' })],
    ['unsigned', ({ issuer }) => issuer.accessToken({ header: { alg: 'none' }, signature: 'none' })],
    ['of another key', async ({ issuer }) => issuer.accessToken({ key: await createTestKey('ES256') })],
    ['of another issuer', ({ issuer }) => issuer.accessToken({ claims: { iss: 'https://evil.test/' } })],
    ['without a subject', ({ issuer }) => issuer.accessToken({ claims: { sub: undefined } })],
    ['with a scheme before it', async ({ issuer }) => `Bearer ${await issuer.accessToken()}`],
    ['with a space before it', async ({ issuer }) => ` ${await issuer.accessToken()}`],
    ['with a line after it', async ({ issuer }) => `${await issuer.accessToken()}\n`],
    ['twice', async ({ issuer }) => `${await issuer.accessToken()},${await issuer.accessToken()}`],
  ])('refuses a subject token that is %s', async (_, make) => {
    const world = await createWorld()
    expect((await exchange(world, await make(world))).body['error']).toBe('invalid_request')
  })

  it('refuses a token that was revoked, or whose family was', async () => {
    const world = await createWorld()
    const { body } = await logIn(world)
    const form = { client_id: 'spa', token: text(body['refresh_token']) }
    expect((await world.post('revocation', form)).status).toBe(200)
    expect((await exchange(world, text(body['access_token']))).body['error']).toBe('invalid_request')
  })

  it('refuses an ID token that is said to be an access token', async () => {
    const world = await createWorld()
    world.issuer.login({ idTokenClaims: { aud: 'web' } })
    const token = text((await logIn(world)).body['id_token'])
    for (const type of [types.ACCESS_TOKEN, types.JWT]) {
      expect((await exchange(world, token, { subject_token_type: type })).body['error']).toBe('invalid_request')
    }
    expect((await exchange(world, token, { subject_token_type: types.ID_TOKEN })).status).toBe(200)
  })

  it("refuses another client's ID token and refresh token", async () => {
    const world = await createWorld()
    const { body } = await logIn(world)
    const asIdToken = await exchange(world, text(body['id_token']), { subject_token_type: types.ID_TOKEN })
    const asRefresh = await exchange(world, text(body['refresh_token']), { subject_token_type: types.REFRESH_TOKEN })
    expect([asIdToken.body['error'], asRefresh.body['error']]).toEqual(['invalid_request', 'invalid_grant'])
  })
})

describe("tokens of one's own types (Auth0's custom token exchange)", () => {
  it('are good when a function says so', async () => {
    const known = (token: string, type: string): Record<string, unknown> | undefined =>
      type === LEGACY && token === 'legacy-7' ? { sub: 'user-7' } : undefined
    const world = await createWorld({ foreignTokens: known })
    const good = await exchange(world, 'legacy-7', { subject_token_type: LEGACY, scope: 'read' })
    expect(claims(good.body['access_token'])).toMatchObject({ sub: 'user-7', scope: 'read' })
    expect((await exchange(world, 'legacy-8', { subject_token_type: LEGACY })).body['error']).toBe('invalid_request')
  })
})

describe('connections (Token Vault)', () => {
  it('have the tokens that a test gives them', async () => {
    const world = await createWorld({ connections: { github: 'gho_1' } })
    const { body } = await connectionToken(world, {})
    expect(body).toEqual({
      access_token: 'gho_1',
      issued_token_type: types.CONNECTION_ACCESS_TOKEN,
      token_type: 'Bearer',
      expires_in: 3600,
    })
  })

  it.each<[string, Form, string]>([
    ['another connection', { connection: 'gitlab' }, 'invalid_request'],
    ['a connection of prototypes', { connection: 'constructor' }, 'invalid_request'],
    ['no connection', { connection: undefined }, 'invalid_request'],
    ['another type to give', { requested_token_type: types.ACCESS_TOKEN }, 'invalid_request'],
    ['an ID token', { subject_token_type: types.ID_TOKEN }, 'invalid_request'],
    ['a public client', { client_id: 'spa', client_secret: undefined }, 'unauthorized_client'],
    ['a bad token', { subject_token: 'x' }, 'invalid_request'],
  ])('refuse %s', async (_, form, error) => {
    const world = await createWorld({ connections: { github: 'gho_1' } })
    expect((await connectionToken(world, form)).body['error']).toBe(error)
  })
})

it('another issuer exchanges nothing of this one', async () => {
  const other = await createTestIssuer({ issuer: 'https://other.test/' })
  const world = await createWorld()
  expect((await exchange(world, await other.accessToken())).body['error']).toBe('invalid_request')
})

function exchange(world: World, token: string, form: Form = {}): Promise<Answer> {
  const subject = { subject_token: token, subject_token_type: types.ACCESS_TOKEN }
  return world.post('token', { grant_type: TOKEN_EXCHANGE, ...WEB, ...subject, ...form })
}

async function connectionToken(world: World, form: Form): Promise<Answer> {
  return world.post('token', {
    grant_type: CONNECTION_TOKEN,
    ...WEB,
    subject_token: await world.issuer.accessToken(),
    subject_token_type: types.ACCESS_TOKEN,
    requested_token_type: types.CONNECTION_ACCESS_TOKEN,
    connection: 'github',
    ...form,
  })
}
