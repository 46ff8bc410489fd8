import { inspect } from 'node:util'

import { AuthError } from '@acme/auth-core'
import { generateKeyPair } from 'jose'
import { describe, expect, it } from 'vitest'

import { introspection } from '../src/index.js'
import type { IntrospectionOptions } from '../src/index.js'
import { createApi } from './support.js'

const SECRET = 'a-secret-that-nobody-may-see'
const TOKEN = 'a-token-that-nobody-may-see'
const GOOD = { clientId: 'api', clientSecret: SECRET }

/** Everything that printing may show. */
function shown(value: unknown): string {
  const all = inspect(value, { depth: 20, showHidden: true, getters: true })
  const { stack = '', cause } = value instanceof Error ? value : {}
  return [all, JSON.stringify(value), String(value), stack, cause === undefined ? '' : shown(cause)].join('\n')
}

describe('wrong options', () => {
  const rows: readonly (readonly [string, object, string])[] = [
    ['no client', { clientSecret: SECRET }, 'clientId'],
    ['a client that is a list', { ...GOOD, clientId: [SECRET] }, 'clientId'],
    ['no secret', { clientId: 'api' }, 'clientSecret, privateKey'],
    ['an empty secret', { clientId: 'api', clientSecret: '' }, 'clientSecret'],
    ['a secret and a key', { ...GOOD, privateKey: {} }, 'exactly one'],
    ['a key that is none', { clientId: 'api', privateKey: { key: SECRET } }, 'privateKey'],
    ['a secret in another place', { ...GOOD, endpoint: SECRET }, 'endpoint'],
    ['plain http', { ...GOOD, endpoint: 'http://login.example.com/ask' }, 'endpoint'],
    ['an endpoint with a password', { ...GOOD, endpoint: `https://api:${SECRET}@login.example.com/` }, 'endpoint'],
    ['an issuer without TLS', { ...GOOD, issuer: 'http://login.example.com/' }, 'issuer'],
    ['another authentication', { ...GOOD, authentication: SECRET }, 'authentication'],
    ['signed as text', { ...GOOD, signed: 'true' }, 'signed'],
    ['other tokens', { ...GOOD, tokens: SECRET }, 'tokens'],
    ['an audience of yes', { ...GOOD, missingAudience: true }, 'missingAudience'],
    ['no time', { ...GOOD, timeout: 0 }, 'timeout'],
    ['too much time', { ...GOOD, timeout: 61 }, 'timeout'],
    ['no number', { ...GOOD, timeout: Number.NaN }, 'timeout'],
    ['a cache of days', { ...GOOD, cache: 86_400 }, 'cache'],
    ['a cache of less than nothing', { ...GOOD, cache: -1 }, 'cache'],
    ['a misspelt name', { ...GOOD, [SECRET]: 1 }, 'unknown option'],
  ]

  it.each(rows)('%s: a TypeError that names it and shows nothing', (_name, options, words) => {
    let thrown: unknown
    try {
      introspection(options as IntrospectionOptions) // which they are not
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(TypeError)
    expect(String(thrown)).toContain(words)
    expect(shown(thrown)).not.toContain(SECRET)
  })
})

describe('nothing prints', () => {
  it('the secret of a verifier', () => {
    expect(shown(introspection(GOOD))).not.toContain(SECRET)
  })

  it.each([
    ['an error with the request in it', (init: unknown) => Promise.reject(new Error(inspect(init), { cause: init }))],
    ['an answer with the request in it', async (init: unknown) => new Response(inspect(init), { status: 400 })],
    ['no answer', async () => undefined],
  ])('secret or token after %s', async (_name, answer) => {
    const fetch = async (_url: unknown, init: unknown): Promise<Response> => {
      const response: unknown = await answer(init)
      return response as Response // which it need not be
    }
    const opaqueTokens = introspection({
      ...GOOD,
      authentication: 'client_secret_post',
      endpoint: 'https://x.test/ask',
    })
    const { server, events } = createApi({ issuer: 'https://x.test/', audience: 'a', opaqueTokens, fetch })
    const refused: unknown = await server.verifyAccessToken(TOKEN).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(AuthError)
    expect(refused).toMatchObject({ status: 503 })
    const printed = shown([refused, events]) + shown(refused)
    expect(printed).not.toContain(SECRET)
    expect(printed).not.toContain(TOKEN)
  })
})

describe('credentials', () => {
  it('go to one issuer', async () => {
    const opaqueTokens = introspection({ ...GOOD, endpoint: 'https://x.test/ask' })
    const fetch = async (): Promise<Response> => Response.json({ active: false })
    const one = createApi({ issuer: 'https://x.test/', audience: 'a', opaqueTokens, fetch })
    const other = createApi({ issuer: 'https://y.test/', audience: 'a', opaqueTokens, fetch })
    expect((await one.get(TOKEN))[0]).toBe(401)
    expect((await other.get(TOKEN))[0]).toBe(503)
  })

  it('may be a private key (RFC 7523 §2.2)', async () => {
    const { privateKey } = await generateKeyPair('ES256')
    const bodies: URLSearchParams[] = []
    const fetch = async (_url: unknown, init?: RequestInit): Promise<Response> => {
      if (init?.body instanceof URLSearchParams) bodies.push(init.body)
      return Response.json({ active: false })
    }
    const key = { key: privateKey, kid: 'one' }
    const opaqueTokens = introspection({ clientId: 'api', privateKey: key, endpoint: 'https://x.test/ask' })
    const { get } = createApi({ issuer: 'https://x.test/', audience: 'a', opaqueTokens, fetch })
    expect(await get(TOKEN)).toEqual([401, 'token_invalid'])
    expect(bodies[0]?.get('client_assertion_type')).toBe('urn:ietf:params:oauth:client-assertion-type:jwt-bearer')
    expect(bodies[0]?.get('token_type_hint')).toBe('access_token')
  })
})
