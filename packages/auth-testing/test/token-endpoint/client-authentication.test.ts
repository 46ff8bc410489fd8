import { SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'

import { createTestKey, type TestKey } from '../../src/index.js'
import { createWorld, type Form, type World } from '../wire.js'

const key = await createTestKey('ES256')
const stranger = await createTestKey('ES256')
const CLIENTS = [
  { id: 'web', secret: 's3cret' },
  { id: 'spa' },
  { id: 'keyed', keys: [key.publicJwk] },
  { id: 'odd:id%', secret: 'a:b+c d' },
]
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

describe('client authentication', () => {
  it.each<[string, Form, Record<string, string>, number, string]>([
    ['no client', {}, {}, 400, 'invalid_request'],
    ['an unknown client', { client_id: 'nobody' }, {}, 401, 'invalid_client'],
    ['a wrong secret', { client_id: 'web', client_secret: 'S3cret' }, {}, 401, 'invalid_client'],
    ['no secret', { client_id: 'web' }, {}, 401, 'invalid_client'],
    ['an empty secret', { client_id: 'web', client_secret: '' }, {}, 401, 'invalid_client'],
    ['a secret for a public client', { client_id: 'spa', client_secret: 'x' }, {}, 401, 'invalid_client'],
    ['a secret for a client with keys', { client_id: 'keyed', client_secret: 'x' }, {}, 401, 'invalid_client'],
    ['nothing for a client with keys', { client_id: 'keyed' }, {}, 401, 'invalid_client'],
    ['a wrong Basic secret', {}, basic('web:wrong'), 401, 'invalid_client'],
    ['Basic without a colon', {}, basic('web'), 401, 'invalid_client'],
    ['Basic with two colons', {}, basic('web:s3cret:x'), 401, 'invalid_client'],
    ['another scheme', { client_id: 'web' }, { authorization: 'Bearer x' }, 401, 'invalid_client'],
    ['Basic for another client', { client_id: 'spa' }, basic('web:s3cret'), 401, 'invalid_client'],
    ['two ways', { client_id: 'web', client_secret: 's3cret' }, basic('web:s3cret'), 400, 'invalid_request'],
    ['a secret twice', { client_id: 'web', client_secret: ['s3cret', 's3cret'] }, {}, 400, 'invalid_request'],
    ['a client for itself that is public', { client_id: 'spa' }, {}, 400, 'unauthorized_client'],
  ])('refuses %s', async (_, form, headers, status, error) => {
    const world = await createWorld({}, CLIENTS)
    const answer = await world.post('token', { grant_type: 'client_credentials', ...form }, headers)
    expect([answer.status, answer.body['error']]).toEqual([status, error])
    expect(answer.headers.get('cache-control')).toBe('no-store')
  })

  it('challenges by Basic (RFC 6749 §5.2)', async () => {
    const world = await createWorld({}, CLIENTS)
    const answer = await world.post('token', { grant_type: 'client_credentials' }, basic('web:wrong'))
    expect(answer.headers.get('www-authenticate')).toBe('Basic realm="test issuer"')
  })

  it('decodes what Basic encoded as a form (RFC 6749 §2.3.1)', async () => {
    const world = await createWorld({}, CLIENTS)
    const headers = basic('odd%3Aid%25:a%3Ab%2Bc+d')
    expect((await world.post('token', { grant_type: 'client_credentials' }, headers)).status).toBe(200)
  })

  it.each([
    { client_id: 'anybody', client_secret: 'anything' },
    { client_id: 'somebody', client_secret: '1' },
  ])('takes anybody without a list of clients: %j', async (form) => {
    const world = await createWorld({}, 'anybody')
    expect((await world.post('token', { grant_type: 'client_credentials', ...form })).status).toBe(200)
  })

  it('knows nobody with an empty list', async () => {
    const world = await createWorld({}, [])
    const form = { grant_type: 'client_credentials', client_id: 'anybody', client_secret: 'anything' }
    expect((await world.post('token', form)).body['error']).toBe('invalid_client')
  })

  it('refuses options of a client that there are not', async () => {
    const client = { id: 'web', redirect_uris: [] }
    await expect(createWorld({}, [client])).rejects.toThrow('clients: unknown option "redirect_uris"')
  })
})

describe('private_key_jwt', () => {
  it('is good for the issuer, the token endpoint, and once', async () => {
    const world = await createWorld({}, CLIENTS)
    for (const aud of [world.issuer.issuer, world.issuer.urlOf('token'), ['urn:x', world.issuer.issuer]]) {
      expect(await authenticate(world, await assertion(world, { aud }))).toBe(200)
    }
    const once = await assertion(world, {})
    expect(await authenticate(world, once)).toBe(200)
    expect(await authenticate(world, once)).toBe(401)
  })

  it.each<[string, Record<string, unknown>, TestKey]>([
    ['signed by another key', {}, stranger],
    ['for another audience', { aud: 'https://evil.test/' }, key],
    ['without an audience', { aud: undefined }, key],
    ['expired', { exp: 1_799_999_999 }, key],
    ['without exp', { exp: undefined }, key],
    ['not yet good', { nbf: 1_800_000_300 }, key],
    ['without jti', { jti: undefined }, key],
    ['of another issuer', { iss: 'web' }, key],
    ['about another client', { sub: 'web' }, key],
    ['about nobody', { sub: undefined }, key],
  ])('refuses one %s', async (_, claims, signer) => {
    const world = await createWorld({}, CLIENTS)
    expect(await authenticate(world, await assertion(world, claims, signer))).toBe(401)
  })

  it.each(['', 'x', 'a.b.c', 'e30.e30.', ' e30.e30.e30'])('refuses %j', async (text) => {
    const world = await createWorld({}, CLIENTS)
    expect(await authenticate(world, text)).toBeGreaterThanOrEqual(400)
  })

  it('refuses another type of assertion, and one beside a secret', async () => {
    const world = await createWorld({}, CLIENTS)
    const good = { client_assertion: await assertion(world, {}), client_assertion_type: ASSERTION_TYPE }
    const saml = 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer'
    const form = { grant_type: 'client_credentials', ...good }
    expect((await world.post('token', { ...form, client_assertion_type: saml })).status).toBe(401)
    expect((await world.post('token', { ...form, client_secret: 'x' })).body['error']).toBe('invalid_request')
  })

  it('refuses a key that nobody registered', async () => {
    const world = await createWorld({}, 'anybody')
    expect(await authenticate(world, await assertion(world, {}))).toBe(401)
  })
})

async function authenticate(world: World, text: string): Promise<number> {
  const form = { client_assertion: text, client_assertion_type: ASSERTION_TYPE }
  return (await world.post('token', { grant_type: 'client_credentials', ...form })).status
}

function assertion({ issuer, clock }: World, claims: Record<string, unknown>, signer = key): Promise<string> {
  const good = { iss: 'keyed', sub: 'keyed', aud: issuer.issuer, exp: clock.now + 60, jti: crypto.randomUUID() }
  return new SignJWT({ ...good, ...claims }).setProtectedHeader({ alg: 'ES256' }).sign(signer.privateKey)
}

function basic(text: string): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(text).toString('base64')}` }
}
