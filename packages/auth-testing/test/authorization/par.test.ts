import { describe, expect, it } from 'vitest'

import { createProof, createTestKey } from '../../src/index.js'
import { authorizationForm, codeForm, createWorld, type Form, type World } from '../wire.js'

const key = await createTestKey('ES256')

describe('pushed authorization requests (RFC 9126)', () => {
  it('are good once, whatever stands beside request_uri', async () => {
    const world = await createWorld()
    const { status, body } = await push(world)
    expect([status, body['expires_in']]).toEqual([201, 60])
    const url = authorizationUrl(world, body['request_uri'])
    url.searchParams.set('redirect_uri', 'https://evil.test/')
    url.searchParams.set('state', 'forged')
    const answer = await world.issuer.authorize(url)
    expect([answer.origin, answer.searchParams.get('state')]).toEqual(['https://app.test', 'state-1'])
    await expect(world.issuer.authorize(url)).rejects.toThrow('invalid_request_uri')
  })

  it.each<[string, Form, number, string]>([
    ['another request_uri', { request_uri: 'urn:x' }, 400, 'invalid_request'],
    ['a wrong secret', { client_id: 'web', client_secret: 'x' }, 401, 'invalid_client'],
    ['no redirect URI', { redirect_uri: undefined }, 400, 'invalid_request'],
    ['plain PKCE', { code_challenge_method: 'plain' }, 400, 'invalid_request'],
    ['the implicit flow', { response_type: 'token' }, 400, 'unsupported_response_type'],
    ['a bad resource', { resource: 'x' }, 400, 'invalid_target'],
  ])('are refused with %s', async (_, form, status, error) => {
    const answer = await push(await createWorld(), form)
    expect([answer.status, answer.body['error']]).toEqual([status, error])
  })

  it('are of one client, and of one minute', async () => {
    const world = await createWorld()
    const url = authorizationUrl(world, (await push(world)).body['request_uri'])
    url.searchParams.set('client_id', 'web')
    await expect(world.issuer.authorize(url)).rejects.toThrow('invalid_request_uri')
    const late = authorizationUrl(world, (await push(world)).body['request_uri'])
    world.clock.now += 60
    await expect(world.issuer.authorize(late)).rejects.toThrow('invalid_request_uri')
  })

  it('name the client that authenticated, however it did', async () => {
    const world = await createWorld()
    const headers = { authorization: `Basic ${Buffer.from('web:s3cret').toString('base64')}` }
    const url = authorizationUrl(world, (await push(world, { client_id: undefined }, headers)).body['request_uri'])
    url.searchParams.set('client_id', 'web')
    expect((await world.issuer.authorize(url)).searchParams.has('code')).toBe(true)
  })

  it('bind the code to the key of their proof (RFC 9449 §10.1)', async () => {
    const world = await createWorld()
    const proof = await proofFor(world, 'par')
    const url = authorizationUrl(world, (await push(world, {}, { dpop: proof })).body['request_uri'])
    const code = (await world.issuer.authorize(url)).searchParams.get('code') ?? ''
    expect((await world.post('token', codeForm(code))).body['error']).toBe('invalid_grant')
    const headers = { dpop: await proofFor(world, 'token') }
    expect((await world.post('token', codeForm(code), headers)).body['token_type']).toBe('DPoP')
  })

  it('whose dpop_jkt is not the key of their proof are refused', async () => {
    const world = await createWorld()
    const form = { dpop_jkt: 'x'.repeat(43) }
    const answer = await push(world, form, { dpop: await proofFor(world, 'par') })
    expect(answer.body['error']).toBe('invalid_dpop_proof')
  })

  it('need a nonce where proofs do', async () => {
    const world = await createWorld()
    world.issuer.demandNonces('required')
    const answer = await push(world, {}, { dpop: await proofFor(world, 'par') })
    expect(answer.body['error']).toBe('use_dpop_nonce')
    const nonce = answer.headers.get('dpop-nonce') ?? ''
    const again = await push(world, {}, { dpop: await proofFor(world, 'par', nonce) })
    expect([again.status, again.headers.get('dpop-nonce')]).toEqual([201, nonce])
  })
})

async function push(world: World, form: Form = {}, headers = {}): ReturnType<World['post']> {
  return world.post('par', await authorizationForm(form), headers)
}

function authorizationUrl({ issuer }: World, uri: unknown): URL {
  const url = new URL(issuer.urlOf('authorize'))
  url.search = new URLSearchParams({ client_id: 'spa', request_uri: String(uri) }).toString()
  return url
}

function proofFor({ issuer, clock }: World, what: 'par' | 'token', nonce?: string): Promise<string> {
  const options = { key, method: 'POST', url: issuer.urlOf(what), now: clock.now }
  return createProof({ ...options, ...(nonce !== undefined && { nonce }) })
}
