import { expect, test } from 'vitest'

import { asResource } from '../src/resource.js'
import { readSettings } from '../src/settings.js'

const env = { AUTH0_DOMAIN: 'tenant.auth0.com', AUTH0_AUDIENCE: 'https://api.example.com' }

test.each([
  [{ PORT: '3000' }, 'http://127.0.0.1:3000/mcp'],
  [{ PORT: '3000', HOST: '0.0.0.0' }, 'http://127.0.0.1:3000/mcp'],
  [{ PORT: '3000', HOST: '::1' }, 'http://[::1]:3000/mcp'],
  [{ PUBLIC_ORIGINS: 'https://api.example.com, https://api.example.org' }, 'https://api.example.com/mcp'],
  [{ PUBLIC_ORIGINS: 'http://api.example.com, https://api.example.org' }, 'https://api.example.org/mcp'],
])('%j is described, and an audience: %s', async (more, resource) => {
  const { auth } = await asResource(readSettings({ ...env, ...more }))
  expect(auth.audience).toEqual(['https://api.example.com', resource])
  expect(auth.resourceMetadata).toMatchObject({ resource, scopesSupported: ['read:messages', 'write:messages'] })
})

test('PORT=0 is a port by then, since the identifier has it', async () => {
  const { auth, port } = await asResource(readSettings({ ...env, PORT: '0' }))
  expect(port).toBeGreaterThan(0)
  expect(auth.resourceMetadata).toMatchObject({ resource: `http://127.0.0.1:${port}/mcp` })
})

test.each([{ HOST: '10.0.0.1' }, { PUBLIC_ORIGINS: 'http://api.example.com' }])(
  'not without TLS on another machine: %j',
  async (more) => {
    const { auth } = await asResource(readSettings({ ...env, ...more }))
    expect(auth.audience).toBe('https://api.example.com')
    expect(auth.resourceMetadata).toBeUndefined()
  },
)
