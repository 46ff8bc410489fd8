import { exportJWK } from 'jose'
import { describe, expect, it } from 'vitest'

import { createProof, createTestKey, type ProofOptions } from '../../src/index.js'
import { authorize, claims, codeForm, createWorld, logIn, text, WEB, type Answer, type World } from '../wire.js'

const key = await createTestKey('ES256')
const other = await createTestKey('ES256')
const CREDENTIALS = { grant_type: 'client_credentials', ...WEB }

type Change = Partial<ProofOptions>

describe('proofs at the token endpoint (RFC 9449 §5)', () => {
  it('bind the token to their key', async () => {
    const { body } = await request(await createWorld())
    expect(body['token_type']).toBe('DPoP')
    expect(claims(body['access_token'])['cnf']).toEqual({ jkt: key.thumbprint })
  })

  it.each<[string, Change]>([
    ['a query in htu', { url: 'https://issuer.test/oauth/token?x#y' }],
    ['htu in other letters', { url: 'HTTPS://ISSUER.TEST:443/oauth/token' }],
    ['iat five minutes ago', { claims: { iat: 1_800_000_000 - 300 } }],
  ])('are good with %s', async (_, change) => {
    expect((await request(await createWorld(), change)).status).toBe(200)
  })

  it.each<[string, Change]>([
    ['another typ', { header: { typ: 'JWT' } }],
    ['no typ', { header: { typ: undefined } }],
    ['no jwk', { header: { jwk: undefined } }],
    ['the jwk of another', { header: { jwk: other.publicJwk } }],
    ['a private key', { header: { jwk: { ...key.publicJwk, d: 'x' } } }],
    ['a symmetric key', { header: { jwk: { kty: 'oct', k: 'eA' }, alg: 'HS256' } }],
    ['alg none', { header: { alg: 'none' }, signature: 'none' }],
    ['another alg than the key', { header: { alg: 'ES384' } }],
    ['a flipped signature', { signature: 'flipped' }],
    ['a signature in DER', { signature: 'der' }],
    ['another method', { method: 'GET' }],
    ['the method in small letters', { method: 'post' }],
    ['another URL', { url: 'https://issuer.test/oauth/par' }],
    ['another host', { url: 'https://evil.test/oauth/token' }],
    ['htu that is no URL', { url: '/oauth/token' }],
    ['no htu', { claims: { htu: undefined } }],
    ['no iat', { claims: { iat: undefined } }],
    ['an old iat', { claims: { iat: 1_800_000_000 - 301 } }],
    ['a future iat', { claims: { iat: 1_800_000_000 + 301 } }],
    ['no jti', { claims: { jti: undefined } }],
    ['an empty jti', { claims: { jti: '' } }],
    ['a long jti', { claims: { jti: 'x'.repeat(257) } }],
    ['an exp that is over', { claims: { exp: 1 } }],
    ['a payload that is no object', { rawPayload: '[]' }],
    ['a header that is no JSON', { rawHeader: 'x' }],
  ])('are refused with %s', async (_, change) => {
    const answer = await request(await createWorld(), change)
    expect([answer.status, answer.body['error']]).toEqual([400, 'invalid_dpop_proof'])
  })

  it.each(['', 'x', 'a.b', 'a.b.c, a.b.c'])('are refused where they are %j', async (dpop) => {
    const { issuer, post } = await createWorld()
    const proof = await createProof({ key, method: 'POST', url: issuer.urlOf('token'), now: 1_800_000_000 })
    for (const header of [dpop, `${proof}, ${proof}`]) {
      expect((await post('token', CREDENTIALS, { dpop: header })).body['error']).toBe('invalid_dpop_proof')
    }
  })

  it('are refused for a private key, and not for what can be made of it (§4.3)', async () => {
    const { privateKey, publicJwk } = key
    const { d } = await exportJWK(privateKey)
    const answer = await request(await createWorld(), { header: { jwk: { ...publicJwk, d } } })
    expect(answer.body['error_description']).toBe('the DPoP proof is refused: jwk is no public key')
  })

  it('are good once', async () => {
    const world = await createWorld()
    const change = { claims: { jti: 'jti-1' } }
    expect((await request(world, change)).status).toBe(200)
    expect((await request(world, change)).body['error']).toBe('invalid_dpop_proof')
  })
})

describe('what is bound', () => {
  it('a code by dpop_jkt: to that key alone (RFC 9449 §10)', async () => {
    const world = await createWorld()
    const code = (await authorize(world, { dpop_jkt: key.thumbprint })).get('code') ?? ''
    const withKey = async (signer: typeof key): Promise<Answer> =>
      world.post('token', codeForm(code), { dpop: await proofFor(world, { key: signer }) })
    expect((await world.post('token', codeForm(code))).body['error']).toBe('invalid_grant')
    expect((await withKey(other)).body['error']).toBe('invalid_grant')
    expect((await withKey(key)).status).toBe(200)
  })

  it("a public client's refresh token, to its key", async () => {
    const world = await createWorld()
    const { body } = await logIn(world, {}, { dpop: await proofFor(world) })
    const form = { grant_type: 'refresh_token', client_id: 'spa', refresh_token: text(body['refresh_token']) }
    const stolen = await world.post('token', form, { dpop: await proofFor(world, { key: other }) })
    expect([stolen.body['error'], (await world.post('token', form)).body['error']]).toEqual([
      'invalid_grant',
      'invalid_grant',
    ])
    expect((await world.post('token', form, { dpop: await proofFor(world) })).body['token_type']).toBe('DPoP')
    expect(world.issuer.refreshTokenReuses).toBe(0)
  })

  it("not a confidential client's refresh token: it may take another key", async () => {
    const world = await createWorld()
    const code = (await authorize(world, { client_id: 'web' })).get('code') ?? ''
    const redeemed = await world.post('token', { ...codeForm(code), ...WEB }, { dpop: await proofFor(world) })
    const form = { grant_type: 'refresh_token', ...WEB, refresh_token: text(redeemed.body['refresh_token']) }
    const { body } = await world.post('token', form, { dpop: await proofFor(world, { key: other }) })
    expect(claims(body['access_token'])['cnf']).toEqual({ jkt: other.thumbprint })
  })
})

describe('nonces (RFC 9449 §8)', () => {
  it('off: none is given, and none is looked at', async () => {
    const answer = await request(await createWorld(), { nonce: 'whatever' })
    expect([answer.status, answer.headers.get('dpop-nonce')]).toEqual([200, null])
  })

  it.each(['required', 'rotating'] as const)('%s: the first request is told one', async (mode) => {
    const world = await createWorld()
    world.issuer.demandNonces(mode)
    const refused = await request(world)
    expect([refused.status, refused.body['error']]).toEqual([400, 'use_dpop_nonce'])
    const nonce = refused.headers.get('dpop-nonce') ?? ''
    expect((await request(world, { nonce })).status).toBe(200)
    expect((await request(world, { nonce: 'another' })).body['error']).toBe('use_dpop_nonce')
  })

  it('required: good until another is made', async () => {
    const world = await createWorld()
    world.issuer.demandNonces('required')
    const nonce = (await request(world)).headers.get('dpop-nonce') ?? ''
    expect([(await request(world, { nonce })).status, (await request(world, { nonce })).status]).toEqual([200, 200])
    world.issuer.demandNonces('required')
    expect((await request(world, { nonce })).body['error']).toBe('use_dpop_nonce')
  })

  it('rotating: good once, and each answer has the next', async () => {
    const world = await createWorld()
    world.issuer.demandNonces('rotating')
    const first = (await request(world)).headers.get('dpop-nonce') ?? ''
    const second = (await request(world, { nonce: first })).headers.get('dpop-nonce') ?? ''
    expect(second).not.toBe(first)
    expect((await request(world, { nonce: first })).body['error']).toBe('use_dpop_nonce')
    expect((await request(world, { nonce: second })).status).toBe(200)
  })

  it('rotating: those of a hundred answers are remembered', async () => {
    const world = await createWorld()
    world.issuer.demandNonces('rotating')
    const oldest = (await request(world)).headers.get('dpop-nonce') ?? ''
    const newer = (await request(world)).headers.get('dpop-nonce') ?? ''
    for (let answers = 0; answers < 99; answers++) await request(world)
    expect((await request(world, { nonce: oldest })).body['error']).toBe('use_dpop_nonce')
    expect(newer).not.toBe(oldest)
  })

  it('a request without the nonce uses nothing up', async () => {
    const world = await createWorld()
    const code = (await authorize(world)).get('code') ?? ''
    world.issuer.demandNonces('required')
    const refused = await world.post('token', codeForm(code), { dpop: await proofFor(world) })
    const nonce = refused.headers.get('dpop-nonce') ?? ''
    expect((await world.post('token', codeForm(code), { dpop: await proofFor(world, { nonce }) })).status).toBe(200)
  })

  it('are not asked of requests without a proof, and come with refusals too', async () => {
    const world = await createWorld()
    world.issuer.demandNonces('required')
    const answer = await world.post('token', { ...CREDENTIALS, client_secret: 'wrong' })
    expect([answer.status, answer.headers.get('dpop-nonce')]).toEqual([401, expect.any(String)])
  })
})

async function request(world: World, change: Change = {}): Promise<Answer> {
  return world.post('token', CREDENTIALS, { dpop: await proofFor(world, change) })
}

function proofFor({ issuer, clock }: World, change: Change = {}): Promise<string> {
  return createProof({ key, method: 'POST', url: issuer.urlOf('token'), now: clock.now, ...change })
}
