import { expect, test } from 'vitest'

import { banner } from '../src/banner.js'
import { isOpen, routes } from '../src/routes.js'
import { readSettings } from '../src/settings.js'

const env = { AUTH0_DOMAIN: 'tenant.auth0.com', AUTH0_AUDIENCE: 'https://api.example.com', TRUST_PROXY: '1' }
const text = banner(readSettings(env), 'Express')

test.each([
  'Sample API on Express',
  'issuer     https://tenant.auth0.com/',
  'audience   https://api.example.com',
  'DPoP       allowed',
  'nonces     off',
  'replays    seen by this process alone',
  'limits     5 requests in 10 s, counted by this process alone',
  'proxies    loopback trusted',
])('says %s', (line) => {
  expect(text).toContain(line)
})

test('names tenants in place of the issuer', () => {
  const tenant = { id: 'acme', hosts: ['a.localhost', 'b.localhost'], issuer: 'https://a.example.com/', audience: 'x' }
  const said = banner(readSettings({ TENANTS: JSON.stringify([tenant]) }), 'Express')
  expect(said).toContain('  tenant     acme at a.localhost, b.localhost\n')
  expect(said).not.toContain('issuer ')
})

test('says whether nonces are wanted, and not their secret', () => {
  const secret = 'very-secret'.repeat(3)
  const settings = readSettings({ ...env, DPOP_NONCE: 'heal', DPOP_NONCE_SECRET: secret })
  expect(banner(settings, 'Express')).toContain('nonces     heal')
  expect(banner(settings, 'Express')).not.toContain('very-secret')
})

test('says that replays are seen by all, and not where', () => {
  const shared = banner(readSettings({ ...env, REDIS_URL: 'redis://:very-secret@redis' }), 'Express')
  expect(shared).toContain('replays    seen by all that share the Redis')
  expect(shared).toContain('limits     5 requests in 10 s, counted by all that share the Redis')
  expect(shared).not.toContain('very-secret')
})

test('lists every route with its needs, the public ones first', () => {
  const [before = '', after = ''] = text.split('protected routes')
  for (const { method, path, needs } of routes) {
    expect(isOpen(needs) ? before : after).toMatch(new RegExp(`^ {4}${method} +${path}(?= |$)`, 'm'))
  }
  expect(after).toMatch(/\/api\/resource\/:id +scopes delete:data admin:access$/m)
  expect(after).toMatch(/\/api\/messages +scope read:messages$/m)
  expect(after).toMatch(/\/api\/admin +permission admin:access$/m)
  expect(after).toMatch(/\/api\/transfer +acr urn:example:mfa, login of the last 300 s$/m)
  expect(after).toMatch(/\/api\/payments +authorization details payment_initiation$/m)
  expect(after).toMatch(/\/internal\/process +a client-credentials token$/m)
})
