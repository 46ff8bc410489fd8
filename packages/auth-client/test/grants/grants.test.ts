import { exportJWK } from 'jose'
import { describe, expect, it } from 'vitest'

import { generateDpopKeyPair, TOKEN_TYPES } from '../../src/index.js'
import type { AuthClientOptions, ClientAuthentication } from '../../src/index.js'
import { CALLBACK, Clock, clientOf, failureOf, issuerOf, logIn, SECRET } from '../support/client.js'

function claimsOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown> // of a JWT
}

describe('client credentials', () => {
  it.each<[string, ClientAuthentication]>([
    ['client_secret_basic', { secret: SECRET }],
    ['client_secret_post', { secret: SECRET, method: 'post' }],
  ])('by %s', async (_, authentication) => {
    const issuer = await issuerOf({ clients: [{ id: 'app', secret: SECRET }] })
    const token = await clientOf(issuer, { authentication })
      .clientCredentials({ scopes: ['a', 'b'] })
      .getAccessToken()
    expect(token).toMatchObject({ type: 'Bearer', scopes: ['a', 'b'] })
    expect(claimsOf(token.value)).toMatchObject({ aud: issuer.audience, scope: 'a b' })
  })

  it('by private_key_jwt, with a clock that is an hour off', async () => {
    const clock = new Clock()
    const { privateKey, publicKey } = await generateDpopKeyPair()
    const keys = [{ ...(await exportJWK(publicKey)), kid: 'k' }]
    const issuer = await issuerOf({ clients: [{ id: 'app', keys }] })
    clock.advance(3600)
    const client = clientOf(issuer, { authentication: { privateKey, kid: 'k' }, now: clock.now })
    expect(await client.clientCredentials().getAccessToken()).toMatchObject({ type: 'Bearer' })
  })

  it('by the fetch that presents a certificate, at the endpoints for it', async () => {
    const issuer = await issuerOf()
    const alias = new URL('/mtls/token', issuer.issuer).href
    issuer.fail('metadata', { change: { mtls_endpoint_aliases: { token_endpoint: alias } } })
    const asked: unknown[] = []
    const mtls: typeof fetch = (url, init) => {
      asked.push(url)
      // What a certificate would prove there, a secret does here.
      const headers = new Headers(init?.headers)
      headers.set('authorization', `Basic ${btoa(`app:${SECRET}`)}`)
      return fetch(issuer.urlOf('token'), { ...init, headers })
    }
    await clientOf(issuer, { authentication: { mtls } }).clientCredentials().getAccessToken()
    expect(asked).toEqual([alias])
  })

  it('bound to a key, with a nonce that the issuer wants', async () => {
    const issuer = await issuerOf()
    issuer.demandNonces('required')
    const client = clientOf(issuer, { dpop: 'generate' })
    const token = await client.clientCredentials().getAccessToken()
    expect(token).toMatchObject({ type: 'DPoP', dpopKey: { privateKey: { extractable: false } } })
    expect(claimsOf(token.value)).toHaveProperty('cnf.jkt')
    expect(issuer.count('token')).toBe(2)
  })

  it('bound to a key, with a clock that is an hour off', async () => {
    const clock = new Clock()
    clock.advance(-3600)
    const client = clientOf(await issuerOf(), { dpop: 'generate', now: clock.now })
    expect(await client.clientCredentials().getAccessToken()).toMatchObject({ type: 'DPoP' })
  })

  it('refuses a token without the binding that it asked for', async () => {
    const issuer = await issuerOf()
    issuer.fail('token', { change: { token_type: 'Bearer' } })
    const error = await failureOf(clientOf(issuer, { dpop: 'generate' }).clientCredentials().getAccessToken())
    expect(error).toMatchObject({ reason: 'answer_invalid', code: 'VAL_2002' })
  })

  it('by a wrong secret is refused, without the secret', async () => {
    const issuer = await issuerOf({ clients: [{ id: 'app', secret: 'another' }] })
    const error = await failureOf(clientOf(issuer).clientCredentials().getAccessToken())
    expect(error).toMatchObject({ reason: 'client_refused', httpStatus: 401 })
    expect(JSON.stringify(error) + error.stack).not.toContain(SECRET)
  })
})

describe('options', () => {
  it.each<[string, Partial<AuthClientOptions>]>([
    ['issuer', { issuer: 'http://tenant.example.com/' }],
    ['issuer', { issuer: `https://u:${SECRET}@tenant.example.com/` }],
    ['issuer', { issuer: SECRET }],
    ['clientId', { clientId: '' }],
    ['authentication', { authentication: { secret: '' } }],
    ['authentication', { authentication: SECRET as 'none' }], // as JavaScript might
    ['authentication', { authentication: { privateKey: SECRET as never } }], // as above
    ['scopes', { scopes: [`a ${SECRET}`] }],
    ['timeout', { timeout: Number.NaN }],
    ['retries', { retries: 11 }],
    ['options', { secret: SECRET } as object],
  ])('a wrong %s is named, and not shown', (name, options) => {
    const make = (): unknown => clientOf({ issuer: 'https://tenant.example.com/' }, options)
    expect(make).toThrow(expect.objectContaining({ code: 'VAL_2001', message: expect.stringContaining(name) }))
    expect(make).not.toThrow(SECRET)
  })
})

describe('token exchange', () => {
  it('on behalf of a user, with who acts', async () => {
    const issuer = await issuerOf()
    const client = clientOf(issuer)
    const subjectToken = await issuer.accessToken({ claims: { sub: 'ada' } })
    const source = client.onBehalfOf({ subjectToken, audience: 'https://next.test/', scopes: ['read:orders'] })
    const token = await source.getAccessToken()
    expect(claimsOf(token.value)).toMatchObject({ sub: 'ada', aud: 'https://next.test/' })
    expect(await source.getAccessToken()).toEqual(token)
    expect(issuer.count('token')).toBe(1)
  })

  it('names who acts, and who acted before (RFC 8693 §4.1)', async () => {
    const issuer = await issuerOf()
    const client = clientOf(issuer)
    let subjectToken = await issuer.accessToken({ claims: { sub: 'ada' } })
    for (const sub of ['orders', 'billing']) {
      const actorToken = await issuer.accessToken({ claims: { sub } })
      subjectToken = (await client.onBehalfOf({ subjectToken, actorToken }).getAccessToken()).value
    }
    expect(claimsOf(subjectToken)).toMatchObject({ sub: 'ada', act: { sub: 'billing', act: { sub: 'orders' } } })
  })

  it('is never shared between users', async () => {
    const issuer = await issuerOf()
    const client = clientOf(issuer)
    const subjects = await Promise.all(
      ['ada', 'bob'].map(async (sub) => {
        const subjectToken = await issuer.accessToken({ claims: { sub } })
        return claimsOf((await client.onBehalfOf({ subjectToken }).getAccessToken()).value)['sub']
      }),
    )
    expect(subjects).toEqual(['ada', 'bob'])
  })

  it('of a token of the user’s own kind', async () => {
    const issuer = await issuerOf({ foreignTokens: (token) => (token === 'legacy-1' ? { sub: 'eve' } : undefined) })
    const { accessToken } = await clientOf(issuer).exchangeToken({
      subjectToken: 'legacy-1',
      subjectTokenType: 'urn:acme:legacy',
      parameters: { organization: 'org_1' },
    })
    expect(claimsOf(accessToken.value)).toMatchObject({ sub: 'eve' })
    expect(issuer.tokenRequests[0]).toMatchObject({ organization: 'org_1' })
  })

  it.each(['Bearer abc', 'DPoP abc', ' abc', 'abc ', 'a b', 'a\nb', '', 'ä', undefined])(
    'refuses the subject token %j',
    async (subjectToken) => {
      const issuer = await issuerOf()
      const client = clientOf(issuer)
      const error = await failureOf(client.exchangeToken({ subjectToken: subjectToken as string })) // as JavaScript might
      expect(error.code).toBe('VAL_2001')
      expect(issuer.count('all')).toBe(0)
    },
  )

  it.each(['grant_type', 'client_id', 'Client_Secret', 'subject_token', ' scope', 'audience', 'client_assertion'])(
    'refuses the parameter %j',
    async (name) => {
      const issuer = await issuerOf()
      const call = clientOf(issuer).exchangeToken({ subjectToken: 'abc', parameters: { [name]: 'x' } })
      expect((await failureOf(call)).reason).toBe('options_invalid')
      expect(issuer.count('all')).toBe(0)
    },
  )

  it('of a subject token that is not good is refused', async () => {
    const error = await failureOf(clientOf(await issuerOf()).exchangeToken({ subjectToken: 'made-up' }))
    expect(['token_refused', 'authorization_refused']).toContain(error.reason)
  })
})

describe('an access token for a connection', () => {
  it.each(['access_token', 'refresh_token'] as const)('for an %s', async (subjectTokenType) => {
    const issuer = await issuerOf({ connections: { google: 'google-token' }, rotateRefreshTokens: false })
    const client = clientOf(issuer)
    const { url, stored } = await client.authorizationRequest({
      redirectUri: CALLBACK,
      scopes: ['openid', 'offline_access'],
    })
    const tokens = await client.handleCallback((await issuer.authorize(url)).href, stored)
    const subjectToken = subjectTokenType === 'access_token' ? tokens.accessToken.value : (tokens.refreshToken ?? '')
    const { accessToken } = await client.tokenForConnection({ connection: 'google', subjectToken, subjectTokenType })
    expect(accessToken).toMatchObject({ value: 'google-token', type: 'Bearer' })
  })

  it('is refused for an unknown connection', async () => {
    const issuer = await issuerOf({ connections: {} })
    const subjectToken = await issuer.accessToken()
    const call = clientOf(issuer).tokenForConnection({
      connection: 'x',
      subjectToken,
      subjectTokenType: 'access_token',
    })
    await failureOf(call)
  })
})

describe('ID-JAG', () => {
  it('of the identity provider is a grant at another issuer', async () => {
    const [provider, other] = [await issuerOf(), await issuerOf()]
    other.trust(provider)
    const client = clientOf(provider)
    const { url, stored } = await client.authorizationRequest({ redirectUri: CALLBACK, scopes: ['openid'] })
    const { idToken = '' } = await client.handleCallback((await provider.authorize(url)).href, stored)
    const { assertion } = await client.identityAssertion({ subjectToken: idToken, audience: other.issuer })
    const { accessToken } = await clientOf(other, { dpop: 'generate' }).assertionGrant({ assertion })
    expect(claimsOf(accessToken.value)).toMatchObject({ sub: 'user-1' })
    expect(accessToken.type).toBe('DPoP')
  })

  it('is nothing else', async () => {
    const issuer = await issuerOf()
    issuer.fail('token', {
      body: JSON.stringify({ access_token: 'x', token_type: 'Bearer', issued_token_type: TOKEN_TYPES.accessToken }),
    })
    const subjectToken = await issuer.accessToken()
    const error = await failureOf(clientOf(issuer).identityAssertion({ subjectToken, audience: 'https://o.test/' }))
    expect(error.reason).toBe('answer_invalid')
  })
})

describe('revocation and logout', () => {
  it('revokes the refresh token of a session', async () => {
    const issuer = await issuerOf()
    const client = clientOf(issuer)
    const session = client.session('s')
    await logIn(issuer, client, session)
    await session.clear()
    expect(issuer.count('revocation')).toBe(1)
    expect((await failureOf(session.getAccessToken())).reason).toBe('login_required')
  })

  it('of a token that the issuer does not know is no error', async () => {
    await clientOf(await issuerOf()).revoke('unknown', 'access_token')
  })

  it('names the user and the way back', async () => {
    const issuer = await issuerOf()
    const url = new URL(await clientOf(issuer).logoutUrl({ idToken: 'i', returnTo: 'https://app.test/', state: 's' }))
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: 'app',
      id_token_hint: 'i',
      post_logout_redirect_uri: 'https://app.test/',
      state: 's',
    })
  })
})
