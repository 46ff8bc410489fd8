import { request } from 'node:http'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import type { ServedPage } from '@acme/sample-api/page'

import { servePage } from '../src/serve.js'
import { readSettings } from '../src/settings.js'

const env = {
  PORT: '0',
  AUTH0_ISSUER: 'http://127.0.0.1:4000/',
  AUTH0_AUDIENCE: 'https://api.example.test/',
  API_ORIGINS: 'nest/express=http://127.0.0.1:3000, http://127.0.0.1:3001',
}
let page: ServedPage

beforeAll(async () => {
  page = await servePage(readSettings(env))
})

afterAll(() => page.close())

/** As it is written: `fetch` would resolve dots. */
function statusOf(path: string, method = 'GET'): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port: new URL(page.origin).port, path, method }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
    asked.on('error', reject).end()
  })
}

describe('the server of the page', () => {
  test('tells the page what it is for', async () => {
    const response = await fetch(`${page.origin}/config.json`)
    expect(await response.json()).toEqual({
      issuer: env.AUTH0_ISSUER,
      audience: env.AUTH0_AUDIENCE,
      clientId: 'web',
      dpop: true,
      apis: [
        { name: 'nest/express', origin: 'http://127.0.0.1:3000' },
        { name: '127.0.0.1:3001', origin: 'http://127.0.0.1:3001' },
      ],
    })
  })

  test.each(['/', '/?code=1&state=2', '/callback', '/callback?code=1&state=2'])('has the page at %s', async (path) => {
    const response = await fetch(page.origin + path)
    expect(response.status).toBe(200)
    expect(await response.text()).toContain('<title>Sample client</title>')
  })

  test('allows requests to the issuer and the APIs alone, and no foreign scripts', async () => {
    const { headers } = await fetch(page.origin)
    const policy = headers.get('content-security-policy')
    expect(policy).toContain("connect-src 'self' http://127.0.0.1:4000 http://127.0.0.1:3000 http://127.0.0.1:3001")
    expect(policy).toContain('http://127.0.0.1:3001 ws://127.0.0.1:3000 ws://127.0.0.1:3001')
    expect(policy).toContain("script-src 'self';")
    expect(policy).toContain("default-src 'none'")
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect(headers.get('cross-origin-opener-policy')).toBeNull()
  })

  test.each([
    '/../package.json',
    '/..%2Fpackage.json',
    '/assets/../../main.js',
    '/%00',
    '//etc/passwd',
    '/constructor',
  ])('has no file %s', async (path) => {
    expect(await statusOf(path)).toBe(404)
  })

  test.each(['POST', 'DELETE', 'OPTIONS'])('answers no %s', async (method) => {
    expect(await statusOf('/', method)).toBe(405)
  })
})

describe('a bad setting', () => {
  test.each([
    ['PORT', 'x'],
    ['PORT', '65536'],
    ['AUTH0_ISSUER', ''],
    ['AUTH0_ISSUER', 'tenant.example'],
    ['AUTH0_ISSUER', 'javascript:alert(1)'],
    ['AUTH0_AUDIENCE', ''],
    ['AUTH0_DPOP', 'allowed'],
    ['API_ORIGINS', ''],
    ['API_ORIGINS', 'hono=127.0.0.1:3000'],
    ['API_ORIGINS', 'http://127.0.0.1:3000/'],
    ['API_ORIGINS', 'http://127.0.0.1:3000,*'],
    ['API_ORIGINS', 'x=http://127.0.0.1:3000; script-src *'],
  ])('%s=%s is named', (name, given) => {
    expect(() => readSettings({ ...env, [name]: given })).toThrow(new RegExp(`^${name}: want `))
  })
})
