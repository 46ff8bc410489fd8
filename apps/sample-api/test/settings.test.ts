import { describe, expect, test } from 'vitest'

import { readSettings } from '../src/settings.js'

const env = { AUTH0_DOMAIN: 'tenant.auth0.com', AUTH0_AUDIENCE: 'https://api.example.com' }

describe('readSettings', () => {
  test('has defaults', () => {
    expect(readSettings(env)).toEqual({
      host: '127.0.0.1',
      port: 3000,
      trustProxy: false,
      auth: {
        domain: 'tenant.auth0.com',
        audience: 'https://api.example.com',
        dpop: {},
        connections: {},
        revocation: expect.objectContaining({ name: 'epochs' }),
        onEvent: expect.any(Function),
      },
      sessions: expect.objectContaining({ signals: undefined }),
      metrics: undefined,
      next: undefined,
      replay: undefined,
      limits: { limit: 5, window: 10, counter: undefined },
    })
  })

  test('reads every variable', () => {
    const settings = readSettings({
      AUTH0_ISSUER: 'https://issuer.example.com/',
      AUTH0_AUDIENCE: 'https://api.example.com',
      AUTH0_DPOP: 'required',
      HOST: '::1',
      PORT: '0',
      TRUST_PROXY: '10.0.0.0/8,::1',
      PUBLIC_ORIGINS: 'https://api.example.com, https://api.example.org',
      CLOCK_TOLERANCE: '1.5',
      KEYS_COOLDOWN: '0',
      RATE_LIMIT: '100',
      RATE_LIMIT_WINDOW: '86400',
    })
    expect(settings).toMatchObject({
      host: '::1',
      port: 0,
      trustProxy: '10.0.0.0/8, ::1',
      auth: {
        issuer: 'https://issuer.example.com/',
        dpop: { mode: 'required' },
        publicOrigins: ['https://api.example.com', 'https://api.example.org'],
        clockTolerance: 1.5,
        keys: { cooldown: 0 },
      },
      limits: { limit: 100, window: 86_400 },
    })
  })

  test('reads what sessions and connections need', () => {
    const { auth, sessions, metrics } = readSettings({
      ...env,
      METRICS: '1',
      SSF_ISSUER: 'https://issuer.example.com/',
      REDIS_URL: 'redis://127.0.0.1:1',
      CORS_ORIGINS: 'https://app.example.com',
    })
    expect(auth.connections).toMatchObject({ allowedOrigins: ['https://app.example.com'] })
    expect(auth.revocation).toMatchObject([{ name: 'redis', onFailure: 'open' }, { name: 'shared-signals' }])
    expect([typeof sessions.signals, typeof metrics]).toEqual(['object', 'object'])
    const anyPort = readSettings({ ...env, CORS_ORIGINS: 'http://127.0.0.1:*' })
    expect(anyPort.auth.connections).toEqual({})
  })

  test.each([
    ['METRICS', 'yes'],
    ['SSF_ISSUER', 'nowhere'],
  ])('refuses %s=%s', (name, value) => {
    expect(() => readSettings({ ...env, [name]: value })).toThrow(`${name}: got`)
  })

  test('reads tenants, each with an issuer of its own', () => {
    const tenant = {
      id: 'a',
      hosts: ['a.localhost'],
      issuer: 'https://a.example.com/',
      audience: 'https://api.example.com',
    }
    const { auth } = readSettings({ TENANTS: JSON.stringify([tenant]) })
    expect(auth).toMatchObject({ tenants: [tenant] })
    expect(auth).not.toHaveProperty('issuer')
  })

  test.each([
    ['no JSON', '[{', /^TENANTS: got "\[\{", want a list as JSON/],
    ['no list', '{"id":"a"}', /^TENANTS: got .*, want a list as JSON/],
    ['none', '[]', /^TENANTS: got \[\]/],
    ['no hosts', '[{"id":"a","issuer":"https://a.example.com/","audience":"x"}]', /^TENANTS\[0\]\.hosts: /],
    ['no issuer', '[{"id":"a","hosts":["a.localhost"],"audience":"x"}]', /^TENANTS\[0\]/],
    [
      'a bad issuer',
      '[{"id":"a","hosts":["a.localhost"],"issuer":"http://a.example.com/","audience":"x"}]',
      /^TENANTS\[0\]/,
    ],
    [
      'an unknown name',
      '[{"id":"a","hosts":["a.localhost"],"issuer":"https://a.example.com/","audience":"x","x":1}]',
      /^TENANTS\[0\]/,
    ],
  ])('refuses tenants that are %s', (_what, TENANTS, message) => {
    expect(errorOf({ TENANTS })?.message).toMatch(message)
  })

  test.each(['AUTH0_DOMAIN', 'AUTH0_ISSUER'])('refuses tenants beside %s', (name) => {
    const message = errorOf({ TENANTS: '[]', [name]: 'https://issuer.example.com/' })?.message
    expect(message).toBe(`TENANTS and ${name} are both set: each tenant has its own issuer`)
  })

  test('opaque tokens need a client and its secret, which no message shows', () => {
    const client = { INTROSPECTION_CLIENT_ID: 'api', INTROSPECTION_CLIENT_SECRET: 'do-not-show' }
    expect(readSettings({ ...env, ...client }).auth.opaqueTokens).toMatchObject({ introspect: expect.any(Function) })
    expect(readSettings(env).auth.opaqueTokens).toBeUndefined()
    const messages = [
      errorOf({ ...env, ...client, INTROSPECTION_CLIENT_ID: '' })?.message,
      errorOf({ ...env, ...client, INTROSPECTION_CLIENT_SECRET: '' })?.message,
      errorOf({ ...env, ...client, INTROSPECTION_ENDPOINT: 'http://login.example.com/do-not-show' })?.message,
    ]
    expect(messages.map((message) => /^\w+/.exec(message ?? '')?.[0])).toEqual([
      'INTROSPECTION_CLIENT_ID',
      'INTROSPECTION_CLIENT_SECRET',
      'INTROSPECTION_ENDPOINT',
    ])
    expect(messages.join()).not.toContain('do-not-show')
  })

  test.each([
    ['0', false],
    ['', false],
    ['1', 'loopback'],
    ['loopback,10.1.2.3', 'loopback, 10.1.2.3'],
  ])('TRUST_PROXY=%s', (given, trustProxy) => {
    expect(readSettings({ ...env, TRUST_PROXY: given }).trustProxy).toBe(trustProxy)
  })

  test.each([
    ['PORT', 'abc'],
    ['PORT', '-1'],
    ['PORT', '1e3'],
    ['PORT', '65536'],
    ['TRUST_PROXY', '2'],
    ['TRUST_PROXY', 'true'],
    ['TRUST_PROXY', '10.0.0.0/33'],
    ['TRUST_PROXY', ','],
    ['PUBLIC_ORIGINS', 'api.example.com'],
    ['PUBLIC_ORIGINS', 'https://api.example.com/path'],
    ['PUBLIC_ORIGINS', ','],
    ['CLOCK_TOLERANCE', '5s'],
    ['CLOCK_TOLERANCE', '-5'],
    ['CLOCK_TOLERANCE', 'NaN'],
    ['CLOCK_TOLERANCE', '9'.repeat(400)],
    ['KEYS_COOLDOWN', 'Infinity'],
    ['KEYS_COOLDOWN', '0x10'],
    ['AUTH0_DOMAIN', 'https://tenant.auth0.com/'],
    ['AUTH0_DPOP', 'yes'],
    ['DPOP_NONCE', 'on'],
    ['DPOP_NONCE', 'Heal'],
    ['DPOP_NONCE_SECRET', 'x'.repeat(32)],
    ['RATE_LIMIT', '0'],
    ['RATE_LIMIT', '-1'],
    ['RATE_LIMIT', '1.5'],
    ['RATE_LIMIT', '1e3'],
    ['RATE_LIMIT', 'Infinity'],
    ['RATE_LIMIT_WINDOW', '0'],
    ['RATE_LIMIT_WINDOW', '10s'],
    ['RATE_LIMIT_WINDOW', '86401'],
    ['REDIS_URL', '127.0.0.1:6379'],
    ['REDIS_URL', 'https://127.0.0.1'],
    ['REDIS_URL', 'redis://127.0.0.1:70000'],
    ['REDIS_URL', 'redis://'],
  ])('refuses %s=%s and names it', (name, given) => {
    const error = errorOf({ ...env, [name]: given })
    expect(error).toBeInstanceOf(TypeError)
    expect(error?.message).toMatch(new RegExp(`^${name}\\b`))
    expect(error?.message).not.toContain('\n')
  })

  test.each(['AUTH0_DOMAIN', 'AUTH0_AUDIENCE'])('refuses to go without %s', (name) => {
    expect(errorOf({ ...env, [name]: ' ' })?.message).toContain(name)
  })

  test('does not print a secret', () => {
    for (const more of [{}, { DPOP_NONCE: 'heal' }, { DPOP_NONCE: 'on' }, { DPOP_NONCE: 'heal', AUTH0_DPOP: 'no' }]) {
      const message = errorOf({ ...env, ...more, DPOP_NONCE_SECRET: 'very-secret' })?.message
      expect(message).toMatch(/^(DPOP_NONCE|AUTH0_DPOP)/)
      expect(message).not.toContain('very-secret')
    }
    expect(errorOf({ ...env, REDIS_URL: 'http://:very-secret@redis' })?.message).not.toContain('very-secret')
  })

  test('has a replay store on Redis, which connects later', () => {
    const { auth, replay } = readSettings({ ...env, AUTH0_DPOP: 'required', REDIS_URL: 'redis://127.0.0.1:1' })
    expect(auth.dpop).toEqual({ mode: 'required', replay: replay?.store })
    expect(replay?.store).toEqual({ reserve: expect.any(Function) })
  })

  test.each([{ DPOP_NONCE: 'off' }, { DPOP_NONCE: 'off', DPOP_NONCE_SECRET: 'unused' }, { DPOP_NONCE: ' ' }])(
    'goes without nonces: %o',
    (given) => {
      expect(readSettings({ ...env, ...given }).auth.dpop).toEqual({})
    },
  )

  test.each(['heal', 'required'])('DPOP_NONCE=%s makes a secret, another one at each start', (mode) => {
    const secretOf = (): unknown => {
      const { dpop } = readSettings({ ...env, AUTH0_DPOP: 'required', DPOP_NONCE: mode }).auth
      expect(dpop).toEqual({ mode: 'required', nonce: { mode, secret: expect.stringMatching(/^[\w-]{43}$/) } })
      return dpop?.nonce
    }
    expect(secretOf()).not.toEqual(secretOf())
  })

  test('takes several secrets', () => {
    const [first, second] = ['a'.repeat(32), 'b'.repeat(32)]
    const given = { DPOP_NONCE: 'heal', DPOP_NONCE_SECRET: `${first}, ${second}` }
    expect(readSettings({ ...env, ...given }).auth.dpop?.nonce).toEqual({ mode: 'heal', secret: [first, second] })
  })

  test.each([
    ['DPOP_NONCE_SECRET', { DPOP_NONCE: 'heal', DPOP_NONCE_SECRET: 'short' }],
    ['DPOP_NONCE_SECRET', { DPOP_NONCE: 'required', DPOP_NONCE_SECRET: `${'a'.repeat(32)},short` }],
    ['DPOP_NONCE_SECRET', { DPOP_NONCE: 'required', DPOP_NONCE_SECRET: ',' }],
    ['DPOP_NONCE', { DPOP_NONCE: 'heal', AUTH0_DPOP: 'disabled' }],
  ])('names %s: %o', (name, given) => {
    expect(errorOf({ ...env, ...given })?.message).toMatch(new RegExp(`^${name}: got `))
  })
})

function errorOf(given: Readonly<Record<string, string>>): Error | undefined {
  try {
    readSettings(given)
    return undefined
  } catch (error) {
    return error instanceof Error ? error : undefined
  }
}
