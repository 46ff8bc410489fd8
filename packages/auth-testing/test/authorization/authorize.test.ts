import { describe, expect, it } from 'vitest'

import {
  authorizationForm,
  authorize,
  CALLBACK,
  claims,
  codeForm,
  createWorld,
  logIn,
  search,
  VERIFIER,
  type Form,
} from '../wire.js'

describe('the authorization endpoint', () => {
  it('answers at once with code, state and iss (RFC 9207)', async () => {
    const world = await createWorld()
    const answer = await authorize(world)
    expect([...answer.keys()]).toEqual(['code', 'state', 'iss'])
    expect([answer.get('state'), answer.get('iss')]).toEqual(['state-1', world.issuer.issuer])
  })

  it('keeps the query of the redirect URI, and takes a POST', async () => {
    const { issuer } = await createWorld()
    const body = search(await authorizationForm({ redirect_uri: `${CALLBACK}?tenant=a%20b` }))
    const response = await issuer.fetch(issuer.urlOf('authorize'), { method: 'POST', body, redirect: 'manual' })
    const location = new URL(response.headers.get('location') ?? '')
    expect([response.status, location.searchParams.get('tenant')]).toEqual([302, 'a b'])
  })

  it.each<[string, Form, string]>([
    ['no response_type', { response_type: undefined }, 'invalid_request'],
    ['the implicit flow', { response_type: 'token' }, 'unsupported_response_type'],
    ['no PKCE', { code_challenge: undefined }, 'invalid_request'],
    ['PKCE without a method, which is plain', { code_challenge_method: undefined }, 'invalid_request'],
    ['plain PKCE', { code_challenge_method: 'plain' }, 'invalid_request'],
    ['a challenge of another length', { code_challenge: 'abc' }, 'invalid_request'],
    ['a request object', { request: 'e30.e30.' }, 'request_not_supported'],
    ['another response_mode', { response_mode: 'fragment' }, 'invalid_request'],
    ['a bad resource', { resource: 'x' }, 'invalid_target'],
  ])('tells the client of %s', async (_, form, error) => {
    const world = await createWorld()
    const answer = await authorize(world, form)
    expect([answer.get('error'), answer.get('state'), answer.get('iss')]).toEqual([
      error,
      'state-1',
      world.issuer.issuer,
    ])
    expect(answer.has('code')).toBe(false)
  })

  // RFC 6749 §4.1.2.1: nobody is sent to a place that may not be the client's.
  it.each<[string, Form]>([
    ['no client', { client_id: undefined }],
    ['an unknown client', { client_id: 'nobody' }],
    ['no redirect URI', { redirect_uri: undefined }],
    ['a relative one', { redirect_uri: '/callback' }],
    ['one with a fragment', { redirect_uri: `${CALLBACK}#x` }],
    ['javascript:', { redirect_uri: 'javascript:alert(1)' }],
    ['one that is not registered', { client_id: 'native', redirect_uri: 'https://evil.test/' }],
    ['one that only begins like it', { client_id: 'native', redirect_uri: 'http://127.0.0.1/callback/x' }],
    ['another host with a port', { client_id: 'native', redirect_uri: 'http://evil.test:1/callback' }],
    ['two of them', { redirect_uri: [CALLBACK, CALLBACK] }],
    ['an unknown pushed request', { request_uri: 'urn:ietf:params:oauth:request_uri:x' }],
  ])('sends nobody anywhere for %s', async (_, form) => {
    const world = await createWorld({}, [{ id: 'spa' }, { id: 'native', redirectUris: ['http://127.0.0.1/callback'] }])
    await expect(authorize(world, form)).rejects.toThrow('answered with 400')
  })

  it('lets the port of a loopback URI differ (RFC 8252 §7.3)', async () => {
    const world = await createWorld({}, [{ id: 'native', redirectUris: ['http://127.0.0.1/callback'] }])
    const answer = await authorize(world, { client_id: 'native', redirect_uri: 'http://127.0.0.1:4711/callback' })
    expect(answer.has('code')).toBe(true)
  })

  it('grants what the client may have of what it wants', async () => {
    const world = await createWorld({}, [{ id: 'spa', scope: 'openid read' }])
    expect((await logIn(world)).body['scope']).toBe('openid read')
    expect((await authorize(world, { scope: 'admin' })).get('error')).toBe('invalid_scope')
  })
})

describe('the login', () => {
  it('is of user-1, now, with the acr that is asked for', async () => {
    const world = await createWorld()
    const { body } = await logIn(world, { acr_values: 'mfa pwd', nonce: 'n-1' })
    const now = world.clock.now
    const wanted = { sub: 'user-1', acr: 'mfa', auth_time: now, iat: now, exp: now + 3600 }
    expect(claims(body['id_token'])).toMatchObject({ ...wanted, aud: 'spa', nonce: 'n-1' })
    expect(claims(body['access_token'])).toMatchObject({ ...wanted, client_id: 'spa' })
  })

  it('is as a test says, until it says otherwise', async () => {
    const world = await createWorld()
    world.issuer.login({ subject: 'ada', acr: 'pwd', authTime: 1_799_000_000, idTokenClaims: { name: 'Ada' } })
    for (let logins = 0; logins < 2; logins++) {
      const { body } = await logIn(world, { acr_values: 'mfa' })
      expect(claims(body['id_token'])).toMatchObject({ sub: 'ada', acr: 'pwd', auth_time: 1_799_000_000, name: 'Ada' })
      expect(claims(body['access_token'])).not.toHaveProperty('name')
    }
    world.issuer.login({})
    expect(claims((await logIn(world)).body['id_token'])['sub']).toBe('user-1')
  })

  it('is refused, until somebody logs in', async () => {
    const world = await createWorld()
    world.issuer.refuseLogin('login_required')
    const answer = await authorize(world, { prompt: 'none' })
    expect([answer.get('error'), answer.get('state'), answer.has('code')]).toEqual(['login_required', 'state-1', false])
    world.issuer.login({ subject: 'ada' })
    expect((await authorize(world)).has('code')).toBe(true)
  })

  it('has no ID token without openid, and no refresh token without offline_access', async () => {
    const world = await createWorld()
    const { body } = await logIn(world, { scope: 'read' })
    expect(Object.keys(body).toSorted()).toEqual(['access_token', 'expires_in', 'scope', 'token_type'])
  })

  it('refuses options that there are not', async () => {
    const { issuer } = await createWorld()
    const login = { sub: 'ada' }
    expect(() => issuer.login(login as object)).toThrow('login: unknown option "sub"')
  })
})

describe('a code', () => {
  it.each<[string, Form, string]>([
    ['without a verifier', { code_verifier: undefined }, 'invalid_request'],
    ['with another verifier', { code_verifier: 'b'.repeat(43) }, 'invalid_grant'],
    ['for another redirect URI', { redirect_uri: 'https://app.test/other' }, 'invalid_grant'],
    ['without a redirect URI', { redirect_uri: undefined }, 'invalid_grant'],
    ['by another client', { client_id: 'web', client_secret: 's3cret' }, 'invalid_grant'],
    ['for a resource that was not granted', { resource: 'https://other.test/' }, 'invalid_target'],
    ['that there is not', { code: 'code_x' }, 'invalid_grant'],
    ['that is missing', { code: undefined }, 'invalid_request'],
  ])('is not redeemed %s', async (_, form, error) => {
    const world = await createWorld()
    const code = (await authorize(world)).get('code') ?? ''
    expect((await world.post('token', { ...codeForm(code), ...form })).body['error']).toBe(error)
    // And the client that it belongs to still can.
    expect((await world.post('token', codeForm(code))).status).toBe(200)
  })

  it('is good for a minute', async () => {
    const world = await createWorld()
    const code = (await authorize(world)).get('code') ?? ''
    world.clock.now += 60
    expect((await world.post('token', codeForm(code))).body['error']).toBe('invalid_grant')
  })

  it('that comes twice takes back what it gave (RFC 6749 §4.1.2)', async () => {
    const world = await createWorld()
    const code = (await authorize(world)).get('code') ?? ''
    const { body } = await world.post('token', codeForm(code))
    expect((await world.post('token', codeForm(code))).body['error']).toBe('invalid_grant')
    const form = { grant_type: 'refresh_token', client_id: 'spa', refresh_token: String(body['refresh_token']) }
    expect((await world.post('token', form)).body['error']).toBe('invalid_grant')
  })

  it('is redeemed once of ten at a time', async () => {
    const world = await createWorld()
    const code = (await authorize(world)).get('code') ?? ''
    const answers = await Promise.all(Array.from({ length: 10 }, () => world.post('token', codeForm(code))))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
  })

  it('is for the resources that were asked for, or fewer (RFC 8707 §2.2)', async () => {
    const world = await createWorld()
    const resource = ['https://a.test/', 'https://b.test/']
    const code = (await authorize(world, { resource })).get('code') ?? ''
    const { body } = await world.post('token', { ...codeForm(code), resource: 'https://b.test/' })
    expect(claims(body['access_token'])['aud']).toBe('https://b.test/')
  })

  it('is forgotten when a thousand newer ones wait', async () => {
    const world = await createWorld()
    const code = (await authorize(world)).get('code') ?? ''
    for (let newer = 0; newer < 1000; newer++) await authorize(world)
    expect((await world.post('token', codeForm(code))).body['error']).toBe('invalid_grant')
  })
})

it('the verifier of these tests is one', () => {
  expect(VERIFIER).toMatch(/^[\w.~-]{43,128}$/)
})
