import { SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'

import { createTestIssuer, createTestKey, type TestKey } from '../../src/index.js'
import { JWT_BEARER, TOKEN_EXCHANGE } from '../../src/token-endpoint/grant-types.js'
import { ID_JAG, ID_TOKEN } from '../../src/token-endpoint/token-types.js'
import { claims, createWorld, logIn, text, WEB, type Answer, type Form, type World } from '../wire.js'

const key = await createTestKey('ES256')
const stranger = await createTestKey('ES256')
const CLIENTS = [
  { id: 'service', secret: 's', keys: [key.publicJwk] },
  { id: 'web', secret: 's3cret' },
]
const SERVICE = { client_id: 'service', client_secret: 's' }

describe("an assertion of the client's own (RFC 7523 §2.1)", () => {
  it('gives a token for its subject, within what is asked for', async () => {
    const world = await createWorld({}, CLIENTS)
    const form = { scope: 'read', resource: 'https://other.test/' }
    const { body } = await redeem(world, await assertion(world), form)
    const wanted = { sub: 'user-9', client_id: 'service', scope: 'read', aud: 'https://other.test/' }
    expect(claims(body['access_token'])).toMatchObject(wanted)
    expect(body).not.toHaveProperty('refresh_token')
  })

  it('is good once', async () => {
    const world = await createWorld({}, CLIENTS)
    const once = await assertion(world)
    expect((await redeem(world, once)).status).toBe(200)
    expect((await redeem(world, once)).body['error']).toBe('invalid_grant')
  })

  it.each<[string, Record<string, unknown>, TestKey?]>([
    ['for another audience', { aud: 'https://evil.test/' }],
    ['without an audience', { aud: undefined }],
    ['without a subject', { sub: undefined }],
    ['without an end', { exp: undefined }],
    ['that has expired', { exp: 1_799_999_999 }],
    ['of an issuer that is not trusted', { iss: 'https://evil.test/' }],
    ['of another client', { iss: 'web' }],
    ['of nobody', { iss: undefined }],
    ['signed by another key', {}, stranger],
  ])('is refused %s', async (_, change, signer) => {
    const world = await createWorld({}, CLIENTS)
    expect((await redeem(world, await assertion(world, change, signer))).body['error']).toBe('invalid_grant')
  })

  it.each(['x', 'a.b.c', 'Bearer e30.e30.e30'])('is refused when it is %j', async (assertion_) => {
    const world = await createWorld({}, CLIENTS)
    expect((await redeem(world, assertion_)).body['error']).toBe('invalid_grant')
  })

  it("is not the issuer's own access token", async () => {
    const world = await createWorld({}, CLIENTS)
    world.issuer.trust(world.issuer)
    const token = await world.issuer.accessToken({ claims: { aud: world.issuer.issuer } })
    expect((await redeem(world, token)).body['error']).toBe('invalid_grant')
  })
})

describe('an ID-JAG', () => {
  it('is for one client, which it names', async () => {
    const { world, idJag } = await chained()
    expect((await redeem(world, idJag)).body['error']).toBe('invalid_grant')
    const { body } = await redeem(world, idJag, WEB)
    expect(claims(body['access_token'])).toMatchObject({ sub: 'user-1', client_id: 'web', scope: 'a b' })
  })

  it('is not widened, but narrowed', async () => {
    const [wide, narrow] = [await chained(), await chained()]
    expect((await redeem(wide.world, wide.idJag, { ...WEB, scope: 'a c' })).body['error']).toBe('invalid_scope')
    expect((await redeem(narrow.world, narrow.idJag, { ...WEB, scope: 'a' })).body['scope']).toBe('a')
  })

  it('is refused when its issuer is not trusted', async () => {
    const { idJag } = await chained()
    const world = await createWorld({ issuer: 'https://saas.test/' }, CLIENTS)
    expect((await redeem(world, idJag, WEB)).body['error']).toBe('invalid_grant')
  })

  it('is good for five minutes', async () => {
    const { world, idJag } = await chained()
    world.clock.now += 300
    expect((await redeem(world, idJag, WEB)).body['error']).toBe('invalid_grant')
  })

  it('follows the keys of its issuer', async () => {
    const { idp, world, idJag } = await chained()
    await idp.issuer.rotateKey({ keepPrevious: false })
    expect((await redeem(world, idJag, WEB)).body['error']).toBe('invalid_grant')
  })

  it('cannot be checked while its issuer is down, which is no refusal', async () => {
    const { idp, world, idJag } = await chained()
    idp.issuer.fail('keys', 'reset')
    await expect(redeem(world, idJag, WEB)).rejects.toThrow(TypeError)
  })
})

it('an assertion for one issuer is none for another', async () => {
  const world = await createWorld({}, CLIENTS)
  const other = await createTestIssuer({ issuer: 'https://other.test/', clients: CLIENTS })
  const form = { grant_type: JWT_BEARER, ...SERVICE, assertion: await assertion(world) }
  const response = await other.fetch(other.urlOf('token'), { method: 'POST', body: new URLSearchParams(form) })
  expect(await response.json()).toMatchObject({ error: 'invalid_grant' })
})

async function chained(): Promise<{ idp: World; world: World; idJag: string }> {
  const idp = await createWorld()
  const world = await createWorld({ issuer: 'https://saas.test/' }, CLIENTS)
  world.issuer.trust(idp.issuer)
  const form = { client_id: 'web', client_secret: 's3cret' }
  const login = await logInOfWeb(idp)
  const { body } = await idp.post('token', {
    grant_type: TOKEN_EXCHANGE,
    ...form,
    subject_token: login,
    subject_token_type: ID_TOKEN,
    requested_token_type: ID_JAG,
    audience: world.issuer.issuer,
    scope: 'a b',
  })
  return { idp, world, idJag: text(body['access_token']) }
}

async function logInOfWeb(world: World): Promise<string> {
  world.issuer.login({ idTokenClaims: { aud: 'web' } })
  return text((await logIn(world)).body['id_token'])
}

function redeem(world: World, given: string, form: Form = {}): Promise<Answer> {
  return world.post('token', { grant_type: JWT_BEARER, ...SERVICE, assertion: given, ...form })
}

function assertion({ issuer, clock }: World, change: Record<string, unknown> = {}, signer = key): Promise<string> {
  const good = { iss: 'service', sub: 'user-9', aud: issuer.issuer, exp: clock.now + 60, jti: crypto.randomUUID() }
  return new SignJWT({ ...good, ...change }).setProtectedHeader({ alg: 'ES256' }).sign(signer.privateKey)
}
