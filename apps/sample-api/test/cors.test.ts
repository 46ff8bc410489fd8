import { describe, expect, test } from 'vitest'

import { readSettings } from '../src/settings.js'

const env = { AUTH0_DOMAIN: 'tenant.auth0.com', AUTH0_AUDIENCE: 'https://api.example.com' }

describe('CORS_ORIGINS', () => {
  test.each([
    ['https://app.example.com', 'https://app.example.com', true],
    ['https://app.example.com', 'https://app.example.com:8443', false],
    ['https://app.example.com', 'http://app.example.com', false],
    ['https://app.example.com', 'https://app.example.com.evil.example', false],
    ['https://app.example.com', 'null', false],
    ['https://app.example.com', undefined, false],
    ['http://127.0.0.1:*', 'http://127.0.0.1:5173', true],
    ['http://127.0.0.1:*', 'https://127.0.0.1:5173', false],
    ['http://127.0.0.1:*', 'http://127.0.0.1:5173.evil.example', false],
    ['http://127.0.0.1:*', 'http://127.0.0.1.evil.example:80', false],
    ['http://127.0.0.1:*', 'http://127x0x0x1:80', false],
    ['https://a.example, http://localhost:*', 'http://localhost:1', true],
  ])('%j and the origin %s', (given, origin, expected) => {
    const { cors } = readSettings({ ...env, CORS_ORIGINS: given })
    let answer: boolean | undefined
    cors?.origin(origin, (_error, allowed) => (answer = allowed))
    expect(answer).toBe(expected)
  })

  test.each([
    '*',
    'https://app.example.com/',
    'app.example.com',
    'https://*.example.com',
    'http://example.com:*',
    'null',
  ])('refuses %s', (given) => {
    expect(() => readSettings({ ...env, CORS_ORIGINS: given })).toThrow(/^CORS_ORIGINS: got /)
  })

  test('is none by default', () => {
    expect(readSettings({ ...env, CORS_ORIGINS: ' ' })).not.toHaveProperty('cors')
  })
})
