import { createProof } from '@acme/auth-testing'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { introspection } from '../src/index.js'
import type { IntrospectionOptions } from '../src/index.js'
import { AUDIENCE, SECRET, startProvider } from './provider.js'
import type { TestProvider } from './provider.js'
import { createApi, told } from './support.js'
import type { Api } from './support.js'

let provider: TestProvider

beforeAll(async () => {
  provider = await startProvider()
})
afterAll(() => provider.close())
beforeEach(() => {
  provider.questions.count = 0
})

function api(options: Partial<IntrospectionOptions> = {}): Api {
  const opaqueTokens = introspection({ clientId: 'api', clientSecret: SECRET, ...options })
  return createApi({ issuer: provider.issuer, audience: AUDIENCE, opaqueTokens })
}

describe.each([
  ['plain answers', {}],
  ['signed answers', { signed: true }],
  ['the secret in the body', { clientId: 'post', authentication: 'client_secret_post' }],
] as const)('with %s of a real issuer', (_name, options) => {
  it('accepts an active token, and asks once', async () => {
    const { get, server } = api(options)
    const token = await provider.token()
    expect([await get(token), await get(token)]).toEqual([
      [200, ''],
      [200, ''],
    ])
    expect(provider.questions.count).toBe(1)
    const { claims, scopes, clientId, header } = await server.verifyAccessToken(token)
    expect({ scopes, clientId, header }).toEqual({ scopes: ['read:messages'], clientId: 'app', header: {} })
    expect(claims).toMatchObject({ iss: provider.issuer, aud: AUDIENCE })
  })

  it('refuses garbage, and asks once in five seconds', async () => {
    const { get, advance } = api(options)
    expect(await get('garbage')).toEqual([401, 'token_invalid'])
    expect(await get('garbage')).toEqual([401, 'token_invalid'])
    expect(provider.questions.count).toBe(1)
    advance(6)
    expect(await get('garbage')).toEqual([401, 'token_invalid'])
    expect(provider.questions.count).toBe(2)
  })

  it('refuses a revoked token as soon as the answer is over', async () => {
    const { get, advance } = api({ ...options, cache: 30 })
    const token = await provider.token()
    expect(await get(token)).toEqual([200, ''])
    await provider.revoke(token)
    advance(29)
    expect(await get(token)).toEqual([200, ''])
    advance(2)
    expect(await get(token)).toEqual([401, 'token_invalid'])
  })

  it('refuses a revoked token at once where nothing is remembered', async () => {
    const { get } = api({ ...options, cache: 0 })
    const token = await provider.token()
    expect(await get(token)).toEqual([200, ''])
    await provider.revoke(token)
    expect(await get(token)).toEqual([401, 'token_invalid'])
  })

  it('holds a bound token to its key', async () => {
    const { get } = api(options)
    const token = await provider.boundToken()
    const { key } = provider
    const proof = (): Promise<string> => createProof({ key, url: 'https://api.example.com/items', accessToken: token })
    expect(await get(token, await proof())).toEqual([200, ''])
    const replayed = await proof()
    expect(await get(token, replayed)).toEqual([200, ''])
    expect(await get(token, replayed)).toEqual([400, 'proof_replayed'])
    expect(await get(token)).toEqual([401, 'token_bound'])
    const unbound = await provider.token()
    expect(await get(unbound, await proof())).toEqual([401, 'token_unbound'])
  })
})

describe('at a real issuer', () => {
  it('a wrong secret is our fault: 503, and an event that names it', async () => {
    const { get, events } = api({ clientSecret: 'wrong-secret' })
    expect(await get(await provider.token())).toEqual([503, 'issuer_unavailable'])
    expect(told(events)).toEqual([expect.stringMatching(/^misconfigured: .*client id or credentials of this API/)])
    expect(JSON.stringify(events)).not.toContain('wrong-secret')
  })

  it('asks once for all who come with one token at once', async () => {
    const { get } = api()
    const token = await provider.token()
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => get(token)))
    expect(new Set(outcomes.map(([status]) => status))).toEqual(new Set([200]))
    expect(provider.questions.count).toBe(1)
  })

  it('an answer is not used for another audience', async () => {
    const opaqueTokens = introspection({ clientId: 'api', clientSecret: SECRET })
    const one = createApi({ issuer: provider.issuer, audience: AUDIENCE, opaqueTokens })
    const other = createApi({ issuer: provider.issuer, audience: 'https://other.example.com', opaqueTokens })
    const token = await provider.token()
    expect(await one.get(token)).toEqual([200, ''])
    expect(await other.get(token)).toEqual([401, 'token_invalid'])
    expect(await one.get(token)).toEqual([200, ''])
    expect(provider.questions.count).toBe(2)
  })
})
