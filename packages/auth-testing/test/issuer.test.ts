import { createRemoteJWKSet, customFetch, errors, jwtVerify } from 'jose'
import { describe, expect, it } from 'vitest'

import { createTestIssuer, createTestKey, startTestIssuer, type TestIssuer } from '../src/index.js'

const OIDC = 'https://issuer.test/.well-known/openid-configuration'

describe('metadata', () => {
  it.each(['openid-configuration', 'oauth-authorization-server'])('is served as %s', async (name) => {
    const issuer = await createTestIssuer({ algorithm: 'ES256' })
    const response = await issuer.fetch(`https://issuer.test/.well-known/${name}`)
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(await response.json()).toMatchObject({ issuer: issuer.issuer, jwks_uri: issuer.jwksUri })
  })

  it.each(['https://issuer.test/tenant', 'https://issuer.test/tenant/'])(
    'of %s: appended for OpenID Connect, inserted for RFC 8414',
    async (identifier) => {
      const issuer = await createTestIssuer({ algorithm: 'ES256', issuer: identifier })
      expect(issuer.jwksUri).toBe('https://issuer.test/tenant/.well-known/jwks.json')
      for (const path of [
        '/tenant/.well-known/openid-configuration',
        '/.well-known/oauth-authorization-server/tenant',
      ]) {
        const response = await issuer.fetch(`https://issuer.test${path}`)
        expect(await response.json()).toMatchObject({ issuer: identifier, jwks_uri: issuer.jwksUri })
      }
      expect((await issuer.fetch(OIDC)).status).toBe(404)
    },
  )

  it('keeps the identifier to the letter', async () => {
    const issuer = await createTestIssuer({ algorithm: 'ES256', issuer: 'https://issuer.test' })
    expect(await (await issuer.fetch(OIDC)).json()).toMatchObject({ issuer: 'https://issuer.test' })
  })

  it('has Cache-Control only when asked for', async () => {
    const plain = await createTestIssuer({ algorithm: 'ES256' })
    const cached = await createTestIssuer({ algorithm: 'ES256', cacheControl: 'max-age=60' })
    for (const url of [OIDC, plain.jwksUri]) {
      expect((await plain.fetch(url)).headers.get('cache-control')).toBe(null)
      expect((await cached.fetch(url)).headers.get('cache-control')).toBe('max-age=60')
    }
  })
})

describe('keys', () => {
  it('verify its tokens', async () => {
    const issuer = await createTestIssuer({ algorithm: 'ES256', audience: 'urn:api' })
    const { payload } = await verify(issuer, await issuer.accessToken())
    expect(payload).toMatchObject({ iss: issuer.issuer, aud: 'urn:api' })
  })

  it('rotate, and keep the previous one', async () => {
    const issuer = await createTestIssuer()
    const before = await issuer.accessToken()
    const key = await issuer.rotateKey({ algorithm: 'ES256' })
    expect(issuer.signingKey).toBe(key)
    expect(key.alg).toBe('ES256')
    await verify(issuer, before)
    await verify(issuer, await issuer.accessToken())
  })

  it('rotate, and drop the previous one', async () => {
    const issuer = await createTestIssuer({ algorithm: 'PS256' })
    const before = await issuer.accessToken()
    expect((await issuer.rotateKey({ keepPrevious: false })).alg).toBe('PS256')
    await expect(verify(issuer, before)).rejects.toThrow(errors.JWKSNoMatchingKey)
    await verify(issuer, await issuer.accessToken())
  })

  it('are added without signing, and removed', async () => {
    const issuer = await createTestIssuer()
    const key = await createTestKey('ES256')
    issuer.addKey(key)
    expect(issuer.signingKey).not.toBe(key)
    await verify(issuer, await issuer.accessToken({ key }))
    issuer.removeKey(key.kid)
    await expect(verify(issuer, await issuer.accessToken({ key }))).rejects.toThrow(errors.JWKSNoMatchingKey)
  })

  it('go on signing when unpublished', async () => {
    const issuer = await createTestIssuer({ algorithm: 'ES256' })
    issuer.removeKey(issuer.signingKey.kid)
    await expect(verify(issuer, await issuer.accessToken())).rejects.toThrow(errors.JWKSNoMatchingKey)
  })

  it('hold raw entries as they are', async () => {
    const issuer = await createTestIssuer({ algorithm: 'ES256' })
    const entries = [null, 'text', 7, { kty: 'oct', k: 'AAAA' }, { kid: 3 }]
    for (const entry of entries) issuer.publish(entry)
    issuer.removeKey('nobody')
    const response = await issuer.fetch(issuer.jwksUri)
    expect(await response.json()).toEqual({ keys: [issuer.signingKey.publicJwk, ...entries] })
  })
})

describe('Date', () => {
  it.each(['socket', 'in process'])('is by its own clock, also of what fails: %s', async (how) => {
    const now = (): number => 1_800_000_000
    const listening = await startTestIssuer({ now })
    const issuer = how === 'socket' ? listening : await createTestIssuer({ now })
    const fetch = how === 'socket' ? globalThis.fetch : issuer.fetch
    for (const fault of [undefined, { status: 500 }, { body: '<html>' }, 'redirect-loop'] as const) {
      issuer.fail('keys', fault)
      const { headers } = await fetch(issuer.jwksUri, { redirect: 'manual' })
      expect(headers.get('date')).toBe('Fri, 15 Jan 2027 08:00:00 GMT')
    }
    issuer.fail('keys', { status: 500, headers: { date: 'never' } })
    expect((await fetch(issuer.jwksUri)).headers.get('date')).toBe('never')
    await listening.close()
  })
})

describe('counts', () => {
  it('tells metadata, keys and the rest apart', async () => {
    const issuer = await createTestIssuer({ algorithm: 'ES256' })
    await issuer.fetch(OIDC)
    await issuer.fetch('https://issuer.test/.well-known/oauth-authorization-server')
    await issuer.fetch(`${issuer.jwksUri}?x=1`)
    await issuer.fetch('https://issuer.test/elsewhere', { method: 'POST' })
    expect([issuer.count('metadata'), issuer.count('keys'), issuer.count('all')]).toEqual([2, 1, 4])
    expect(issuer.requests).toEqual([
      'GET /.well-known/openid-configuration',
      'GET /.well-known/oauth-authorization-server',
      'GET /.well-known/jwks.json',
      'POST /elsewhere',
    ])
  })

  it('counts what fails', async () => {
    const issuer = await createTestIssuer({ algorithm: 'ES256' })
    issuer.fail('all', 'reset')
    await expect(issuer.fetch(issuer.jwksUri)).rejects.toThrow(TypeError)
    expect(issuer.count('keys')).toBe(1)
  })

  it('starts again', async () => {
    const issuer = await createTestIssuer({ algorithm: 'ES256' })
    await issuer.fetch(OIDC)
    issuer.resetCounts()
    expect([issuer.count('metadata'), issuer.count('all'), issuer.requests]).toEqual([0, 0, []])
  })
})

async function verify(issuer: TestIssuer, token: string): ReturnType<typeof jwtVerify> {
  const keys = createRemoteJWKSet(new URL(issuer.jwksUri), { [customFetch]: issuer.fetch })
  return jwtVerify(token, keys, { issuer: issuer.issuer, audience: issuer.audience })
}

describe('options that there are not', () => {
  it.each([
    [
      'createTestIssuer',
      () => createTestIssuer({ audiance: 'a' } as object),
      'createTestIssuer: unknown option "audiance"',
    ],
    ['startTestIssuer', () => startTestIssuer({ issuer: 'a' } as object), 'startTestIssuer: unknown option "issuer"'],
    [
      'accessToken',
      async () => (await createTestIssuer()).accessToken({ scopes: 'read' } as object),
      'accessToken: unknown option "scopes", want one of claims, header, key, jkt, scope',
    ],
  ])('%s refuses', async (_, call, message) => {
    const refused = call()
    await expect(refused).rejects.toThrow(TypeError)
    await expect(refused).rejects.toThrow(message)
  })
})
