import { describe, expect, it } from 'vitest'

import type { StoredAuthorization } from '../../src/index.js'
import { CALLBACK, Clock, clientOf, failureOf, issuerOf } from '../support/client.js'

describe('a login', () => {
  it('gives tokens for the code, with PKCE and dpop_jkt, pushed', async () => {
    const issuer = await issuerOf()
    const client = clientOf(issuer, { dpop: 'generate', authentication: 'none' })
    const started = await client.authorizationRequest({ redirectUri: CALLBACK, scopes: ['openid', 'offline_access'] })
    expect([...new URL(started.url).searchParams.keys()].toSorted()).toEqual(['client_id', 'request_uri'])
    const stored = JSON.parse(JSON.stringify(started.stored)) as StoredAuthorization // as a session would
    const tokens = await client.handleCallback((await issuer.authorize(started.url)).href, stored)
    expect(tokens).toMatchObject({ accessToken: { type: 'DPoP' }, claims: { sub: 'user-1', nonce: stored.nonce } })
    expect(tokens.refreshToken).toMatch(/^\S{20,}$/)
  })

  it('without an endpoint for pushed requests has all in the URL', async () => {
    const issuer = await issuerOf()
    issuer.fail('metadata', { change: { pushed_authorization_request_endpoint: undefined } })
    const client = clientOf(issuer, { dpop: 'generate' })
    const { url, stored } = await client.authorizationRequest({
      redirectUri: CALLBACK,
      scopes: ['openid'],
      acrValues: ['mfa'],
      maxAge: 60,
      prompt: 'login',
      loginHint: 'ada',
    })
    expect(Object.fromEntries(new URL(url).searchParams)).toMatchObject({
      response_type: 'code',
      code_challenge_method: 'S256',
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      dpop_jkt: expect.stringMatching(/^[\w-]{43}$/),
      state: stored.state,
      nonce: stored.nonce,
      acr_values: 'mfa',
      max_age: '60',
      prompt: 'login',
      login_hint: 'ada',
    })
    await client.handleCallback((await issuer.authorize(url)).href, stored)
  })

  it('is new each time', async () => {
    const client = clientOf(await issuerOf(), { scopes: ['openid'] })
    const [one, two] = [1, 2].map(() => client.authorizationRequest({ redirectUri: CALLBACK }))
    const [a, b] = [(await one)?.stored, (await two)?.stored]
    for (const name of ['state', 'nonce', 'codeVerifier'] as const) expect(a?.[name]).not.toBe(b?.[name])
  })
})

describe('a callback', () => {
  type Change = (url: URL) => void
  it.each<[string, Change]>([
    ['another state', (url) => url.searchParams.set('state', 'forged')],
    ['no state', (url) => url.searchParams.delete('state')],
    ['another issuer', (url) => url.searchParams.set('iss', 'https://evil.test/')],
    ['no issuer, which this one always names', (url) => url.searchParams.delete('iss')],
    ['a second code', (url) => url.searchParams.append('code', 'x')],
    ['a second state', (url) => url.searchParams.append('state', url.searchParams.get('state') ?? '')],
    ['a parameter of its own twice', (url) => (url.search += '&a=1&a=2')],
    ['no code', (url) => url.searchParams.delete('code')],
    ['an empty code', (url) => url.searchParams.set('code', '')],
    ['a fragment', (url) => (url.hash = '#access_token=x')],
    ['another path', (url) => (url.pathname = '/other')],
    ['another origin', (url) => (url.host = 'evil.test')],
    ['an error of somebody without the state', (url) => (url.search = '?error=access_denied&state=forged')],
    ['a response of JARM', (url) => url.searchParams.set('response', 'x')],
  ])('with %s is refused before anything is sent', async (_, change) => {
    const issuer = await issuerOf()
    const client = clientOf(issuer)
    const { url, stored } = await client.authorizationRequest({ redirectUri: CALLBACK })
    const callback = await issuer.authorize(url)
    change(callback)
    const error = await failureOf(client.handleCallback(callback.href, stored))
    expect(error).toMatchObject({ reason: 'callback_invalid', code: 'PKCE_7001' })
    expect(issuer.count('token')).toBe(0)
  })

  it.each<[string, (stored: StoredAuthorization) => unknown]>([
    ['nothing', () => undefined],
    ['what another client began', (stored) => ({ ...stored, clientId: 'other' })],
    ['what was begun at another issuer', (stored) => ({ ...stored, issuer: 'https://evil.test/' })],
    ['an empty state', (stored) => ({ ...stored, state: '' })],
    ['no address', ({ redirectUri: _, ...stored }) => stored],
    ['an address that is none', (stored) => ({ ...stored, redirectUri: 'x' })],
    ['no verifier', ({ codeVerifier: _, ...stored }) => stored],
    ['an empty verifier', (stored) => ({ ...stored, codeVerifier: '' })],
    ['a verifier that is no text', (stored) => ({ ...stored, codeVerifier: { length: 43 } })],
    ['a nonce that is no text', (stored) => ({ ...stored, nonce: 1 })],
    ['scopes that are no list', (stored) => ({ ...stored, scopes: 'admin' })],
    ['an age that is no number', (stored) => ({ ...stored, maxAge: '60' })],
    ['no time', ({ createdAt: _, ...stored }) => stored],
  ])('for %s is refused', async (_, change) => {
    const issuer = await issuerOf()
    const client = clientOf(issuer)
    const { url, stored } = await client.authorizationRequest({ redirectUri: CALLBACK })
    const callback = await issuer.authorize(url)
    const error = await failureOf(client.handleCallback(callback.href, change(stored) as StoredAuthorization)) // as JavaScript might
    expect(error.reason).toBe('callback_invalid')
    expect(issuer.count('token')).toBe(0)
  })

  it('after more than an hour is refused', async () => {
    const clock = new Clock()
    const issuer = await issuerOf()
    const client = clientOf(issuer, { now: clock.now })
    const { url, stored } = await client.authorizationRequest({ redirectUri: CALLBACK })
    const callback = await issuer.authorize(url)
    clock.advance(3601)
    expect((await failureOf(client.handleCallback(callback.href, stored))).reason).toBe('callback_invalid')
  })

  it.each([
    ['access_denied', 'authorization_refused'],
    ['login_required', 'login_required'],
  ])('that says %s is %s', async (error, reason) => {
    const issuer = await issuerOf()
    issuer.refuseLogin(error, 'a secret description')
    const client = clientOf(issuer)
    const { url, stored } = await client.authorizationRequest({ redirectUri: CALLBACK })
    const failure = await failureOf(client.handleCallback((await issuer.authorize(url)).href, stored))
    expect(failure.reason).toBe(reason)
    expect(JSON.stringify(failure)).not.toContain('a secret description')
  })

  it('that comes twice is refused by the issuer: a code is good once', async () => {
    const issuer = await issuerOf()
    const client = clientOf(issuer)
    const { url, stored } = await client.authorizationRequest({ redirectUri: CALLBACK })
    const callback = (await issuer.authorize(url)).href
    await client.handleCallback(callback, stored)
    expect((await failureOf(client.handleCallback(callback, stored))).reason).toBe('authorization_refused')
  })

  it('that is handled twice at the same time is handled once', async () => {
    const issuer = await issuerOf()
    const client = clientOf(issuer)
    const { url, stored } = await client.authorizationRequest({ redirectUri: CALLBACK })
    const callback = (await issuer.authorize(url)).href
    const [one, two] = await Promise.all([1, 2].map(() => client.handleCallback(callback, { ...stored })))
    expect(one).toEqual(two)
    expect(issuer.count('token')).toBe(1)
  })

  it('of a caller who gives up is told so', async () => {
    const issuer = await issuerOf()
    const client = clientOf(issuer)
    const { url, stored } = await client.authorizationRequest({ redirectUri: CALLBACK })
    const callback = (await issuer.authorize(url)).href
    const signal = AbortSignal.abort(new Error('gone'))
    await expect(client.handleCallback(callback, stored, { signal })).rejects.toThrow('gone')
    expect(issuer.count('token')).toBe(0)
  })

  it('with an ID token for another nonce is refused', async () => {
    const issuer = await issuerOf()
    const client = clientOf(issuer, { scopes: ['openid'] })
    const { url, stored } = await client.authorizationRequest({ redirectUri: CALLBACK })
    const callback = (await issuer.authorize(url)).href
    const error = await failureOf(client.handleCallback(callback, { ...stored, nonce: 'another' }))
    expect(error.reason).toBe('answer_invalid')
  })
})
