import { describe, expect, it } from 'vitest'

import { createMemoryTokenStore, onBehalfOf } from '../../src/index.js'
import { Clock, clientOf, failureOf, issuerOf, logIn } from '../support/client.js'

const API = 'https://orders.example.com'
const ORIGIN = 'https://orders.internal.example.com'

/** The scopes in an access token of the test issuer, sorted. */
function scopesIn(token: string): readonly string[] {
  const [, payload = ''] = token.split('.')
  const { scope = '' } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { scope?: string } // of a JWT
  return scope.split(' ').filter(Boolean).toSorted()
}

describe('a token for a caller', () => {
  it('has no scopes that only the options of the client name', async () => {
    const issuer = await issuerOf()
    const asked: (string | null)[] = []
    const client = clientOf(issuer, {
      clientId: 'shop',
      scopes: ['admin:orders'],
      fetch: (input, init) => {
        if (init?.body instanceof URLSearchParams) asked.push(init.body.get('scope'))
        return fetch(input, init)
      },
    })
    const token = await issuer.accessToken({ scope: 'read:orders' })
    const call = onBehalfOf(client, { services: { [API]: [ORIGIN] }, fetch: async () => new Response('{}') })
    await call({ token, issuer: issuer.issuer }, { audience: API, scopes: [] })(`${ORIGIN}/orders`)
    // `auth.onBehalfOf({ audience })`: what the issuer gives.
    expect(asked).toEqual([null])
  })

  it('has those that were asked for, whatever was asked for before', async () => {
    const issuer = await issuerOf()
    const client = clientOf(issuer, { clientId: 'shop' })
    const subjectToken = await issuer.accessToken({ scope: 'read:orders write:orders' })
    const asked = async (scopes?: readonly string[]): Promise<readonly string[]> => {
      const source = client.onBehalfOf({ subjectToken, audience: API, ...(scopes && { scopes }) })
      return scopesIn((await source.getAccessToken()).value)
    }
    expect(await asked(['read:orders', 'write:orders'])).toEqual(['read:orders', 'write:orders'])
    expect(await asked(['read:orders'])).toEqual(['read:orders'])
    expect(await asked()).toEqual(['read:orders', 'write:orders'])
    issuer.resetCounts()
    await Promise.all([asked(['write:orders', 'read:orders']), asked(['read:orders']), asked()])
    expect(issuer.count('token')).toBe(0)
  })
})

describe('a token of the client', () => {
  it('has the scopes that were asked for, whatever was asked for before', async () => {
    const issuer = await issuerOf({ clients: [{ id: 'app', secret: 'the-secret-of-the-client', scope: 'a b' }] })
    const client = clientOf(issuer)
    const asked = async (scopes?: readonly string[]): Promise<readonly string[]> =>
      scopesIn((await client.clientCredentials(scopes && { scopes }).getAccessToken()).value)
    expect(await asked(['a'])).toEqual(['a'])
    expect(await asked()).toEqual(['a', 'b'])
    expect(await asked(['a'])).toEqual(['a'])
  })
})

describe('what comes with a token for a caller', () => {
  it('is not kept: a refresh token that nobody asked for would outlive it by a month', async () => {
    const issuer = await issuerOf({ accessTokenLifetime: 300 })
    const store = createMemoryTokenStore()
    const written: { value: string; ttl: number }[] = []
    const { set } = store
    Object.assign(store, {
      set(...[key, tokens, options]: Parameters<typeof set>) {
        written.push({ value: tokens.value, ttl: options.ttl })
        return set(key, tokens, options)
      },
    })
    // As Keycloak does.
    issuer.fail('token', { change: { refresh_token: 'rt-of-the-user' } })
    const client = clientOf(issuer, { store })
    const subjectToken = await issuer.accessToken({ scope: 'read:orders' })
    const source = client.onBehalfOf({ subjectToken, audience: API })
    const refused = await source.getAccessToken()
    await client.clientCredentials().getAccessToken()
    expect(written).toHaveLength(2)
    for (const { value, ttl } of written) {
      expect(value).not.toContain('rt-of-the-user')
      expect(ttl).toBeLessThanOrEqual(301)
    }
    const headers = { 'content-type': 'application/json' }
    issuer.fail('token', { status: 400, headers, body: '{"error":"invalid_grant"}' })
    expect((await failureOf(source.getAccessToken({ refused }))).reason).toBe('token_refused')
  })
})

describe('a session without scopes', () => {
  it('has all that the user granted, also when another part of the program wanted less', async () => {
    const clock = new Clock()
    const issuer = await issuerOf({ now: clock.now, accessTokenLifetime: 300 })
    const client = clientOf(issuer, { now: clock.now, fetch: clock.fetch })
    const all = ['offline_access', 'openid', 'read:messages', 'write:messages']
    await logIn(issuer, client, client.session('s'), all)
    clock.advance(300)
    const narrow = await client.session('s', { scopes: ['read:messages'] }).getAccessToken()
    expect(scopesIn(narrow.value)).toEqual(['read:messages'])
    expect(scopesIn((await client.session('s').getAccessToken()).value)).toEqual(all)
    issuer.resetCounts()
    expect(scopesIn((await client.session('s').getAccessToken()).value)).toEqual(all)
    expect(issuer.count('token')).toBe(0)
  })
})
