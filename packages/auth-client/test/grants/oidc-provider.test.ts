import { exportJWK } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { generateDpopKeyPair } from '../../src/index.js'
import type { AuthClient, AuthClientOptions, DpopKeyPair, TokenSet } from '../../src/index.js'
import { CALLBACK, clientOf, failureOf, SECRET } from '../support/client.js'
import { startProvider } from '../support/provider.js'
import type { RealIssuer } from '../support/provider.js'

let issuer: RealIssuer
let keyPair: DpopKeyPair

beforeAll(async () => {
  keyPair = await generateDpopKeyPair()
  const key = { ...(await exportJWK(keyPair.publicKey)), kid: 'k', use: 'sig', alg: 'ES256' }
  issuer = await startProvider({ nonces: true, keys: [key] })
})

afterAll(() => issuer.close())

const SCOPES = ['openid', 'offline_access', 'read:messages']

function client(options: Partial<AuthClientOptions> = {}): AuthClient {
  return clientOf(issuer, { audience: undefined, resource: 'https://api.test/', ...options })
}

async function logIn(one: AuthClient): Promise<TokenSet> {
  const { url, stored } = await one.authorizationRequest({ redirectUri: CALLBACK, scopes: SCOPES })
  return one.handleCallback(await issuer.authorize(url), stored)
}

function claimsOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown> // of a JWT
}

describe.each([
  ['Bearer', undefined],
  ['DPoP', 'generate'],
] as const)('%s tokens', (type, dpop) => {
  it.each<[string, () => Partial<AuthClientOptions>]>([
    ['client_secret_basic', () => ({ clientId: 'app' })],
    ['client_secret_post', () => ({ clientId: 'posting', authentication: { secret: SECRET, method: 'post' } })],
    ['private_key_jwt', () => ({ clientId: 'keyed', authentication: { privateKey: keyPair.privateKey, kid: 'k' } })],
  ])('for client credentials by %s', async (_, options) => {
    const source = client({ dpop, ...options() }).clientCredentials({ scopes: ['read:messages'] })
    const token = await source.getAccessToken()
    expect(token).toMatchObject({ type, scopes: ['read:messages'] })
    expect('cnf' in claimsOf(token.value)).toBe(type === 'DPoP')
  })

  it.each<[string, Partial<AuthClientOptions>]>([
    ['a public client', { clientId: 'public', authentication: 'none' }],
    ['a confidential client', { clientId: 'app' }],
  ])('for a code, then by refresh with rotation, for %s', async (_, options) => {
    const one = client({ dpop, ...options })
    const session = one.session('s')
    await session.save(await logIn(one))
    const first = await session.getAccessToken()
    expect(first.type).toBe(type)
    expect(claimsOf(first.value)).toMatchObject({ sub: 'user-1', scope: 'read:messages' })
    const second = await session.getAccessToken({ refused: first })
    const third = await session.getAccessToken({ refused: second })
    expect(new Set([first.value, second.value, third.value]).size).toBe(3)
    expect(third.type).toBe(type)
    expect(issuer.reuses()).toBe(0)
    await session.clear()
    expect((await failureOf(session.getAccessToken())).reason).toBe('login_required')
  })
})

describe('oidc-provider', () => {
  it('exchanges a token', async () => {
    const { accessToken } = await logIn(client())
    const request = { subjectToken: accessToken.value, audience: 'https://next.test/' }
    expect(await client().onBehalfOf(request).getAccessToken()).toMatchObject({
      value: 'exchanged-for-user-1-at-https://next.test/',
      type: 'Bearer',
    })
  })

  it('refuses a subject token, which is not told', async () => {
    const error = await failureOf(client().exchangeToken({ subjectToken: 'unknown-subject-token' }))
    expect(error.reason).toBe('token_refused')
    expect(JSON.stringify(error) + error.stack).not.toContain('unknown-subject-token')
  })

  it('refuses a code that comes twice, another verifier, and another key', async () => {
    const one = client({ dpop: 'generate' })
    const begin = async (): ReturnType<AuthClient['authorizationRequest']> =>
      one.authorizationRequest({ redirectUri: CALLBACK, scopes: SCOPES })
    const twice = await begin()
    const callback = await issuer.authorize(twice.url)
    await one.handleCallback(callback, twice.stored)
    expect((await failureOf(one.handleCallback(callback, twice.stored))).code).toBe('PKCE_7002')
    const changed = await begin()
    const stored = { ...changed.stored, codeVerifier: twice.stored.codeVerifier }
    expect((await failureOf(one.handleCallback(await issuer.authorize(changed.url), stored))).code).toBe('PKCE_7002')
    // `dpop_jkt` (RFC 9449 §10): a code that leaked is of no use to the thief's key.
    const stolen = await begin()
    const thief = client({ dpop: 'generate' })
    const error = await failureOf(thief.handleCallback(await issuer.authorize(stolen.url), stolen.stored))
    expect(['authorization_refused', 'proof_refused']).toContain(error.reason)
  })

  it('sees a refresh token that comes twice, and the session ends', async () => {
    const one = client()
    const tokens = await logIn(one)
    const [first, copy] = [one.session('first'), one.session('copy')]
    for (const session of [first, copy]) await session.save(tokens)
    const { accessToken: refused } = tokens
    await first.getAccessToken({ refused })
    expect((await failureOf(copy.getAccessToken({ refused }))).reason).toBe('login_required')
    expect(issuer.reuses()).toBe(1)
    expect((await failureOf(first.getAccessToken({ refused: await first.getAccessToken() }))).reason).toBe(
      'login_required',
    )
  })

  it('recovers from a clock that is an hour off', async () => {
    const now = (): number => Date.now() / 1000 - 3600
    const one = client({ dpop: 'generate', now })
    expect((await logIn(one)).accessToken.type).toBe('DPoP')
  })

  it('has a page for the logout', async () => {
    expect(await client().logoutUrl({ idToken: 'i' })).toContain(`${issuer.issuer}/session/end`)
  })

  it('revokes a refresh token', async () => {
    const one = client()
    const { refreshToken = '', accessToken } = await logIn(one)
    const session = one.session('revoked')
    await session.save({ accessToken, refreshToken })
    await one.revoke(refreshToken, 'refresh_token')
    expect((await failureOf(session.getAccessToken({ refused: accessToken }))).reason).toBe('login_required')
  })
})
