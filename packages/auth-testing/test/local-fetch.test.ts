import { describe, expect, it } from 'vitest'

import { createTestIssuer } from '../src/index.js'

const issuer = await createTestIssuer({ algorithm: 'ES256' })

describe('the fetch of an issuer', () => {
  it.each([
    'https://other.test/.well-known/openid-configuration',
    'http://issuer.test/.well-known/openid-configuration',
    'https://issuer.test:8443/.well-known/jwks.json',
    'https://issuer.test.evil.test/.well-known/jwks.json',
  ])('does not reach %s', async (url) => {
    const before = issuer.count('all')
    await expect(issuer.fetch(url)).rejects.toThrow(new TypeError('fetch failed'))
    expect(issuer.count('all')).toBe(before)
  })

  it('rejects a URL that is none', async () => {
    await expect(issuer.fetch('nonsense')).rejects.toThrow(TypeError)
  })

  it('takes a URL and a Request, and says where the answer came from', async () => {
    for (const input of [new URL(issuer.jwksUri), new Request(issuer.jwksUri)]) {
      const response = await issuer.fetch(input)
      expect(response).toMatchObject({ status: 200, url: issuer.jwksUri, redirected: false })
    }
  })

  it('refuses any method but GET', async () => {
    expect((await issuer.fetch(issuer.jwksUri, { method: 'POST' })).status).toBe(405)
  })

  it('makes no request with a signal that is aborted already', async () => {
    const before = issuer.count('all')
    const reason = new Error('too late')
    const aborted = issuer.fetch(issuer.jwksUri, { signal: AbortSignal.abort(reason) })
    await expect(aborted).rejects.toBe(reason)
    expect(issuer.count('all')).toBe(before)
  })

  it('hands out a good answer with a signal that stays quiet', async () => {
    const response = await issuer.fetch(issuer.jwksUri, { signal: new AbortController().signal })
    expect(response).toMatchObject({ status: 200, url: issuer.jwksUri })
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(await response.json()).toHaveProperty('keys')
  })
})

describe('redirects', () => {
  it('are followed, and marked', async () => {
    const source = await createTestIssuer({ algorithm: 'ES256' })
    source.fail('metadata', { status: 307, headers: { location: '/.well-known/jwks.json' } })
    const response = await source.fetch('https://issuer.test/.well-known/openid-configuration')
    expect(response).toMatchObject({ status: 200, url: source.jwksUri, redirected: true })
  })

  it('do not lead to another origin', async () => {
    const source = await createTestIssuer({ algorithm: 'ES256' })
    source.fail('keys', { status: 302, headers: { location: 'https://evil.test/jwks' } })
    await expect(source.fetch(source.jwksUri)).rejects.toThrow(new TypeError('fetch failed'))
    expect((await source.fetch(source.jwksUri, { redirect: 'manual' })).headers.get('location')).toBe(
      'https://evil.test/jwks',
    )
    await expect(source.fetch(source.jwksUri, { redirect: 'error' })).rejects.toThrow(TypeError)
  })
})
