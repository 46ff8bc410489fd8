import { createTestIssuer } from '@acme/auth-testing'
import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'

import { createAuth, isAuthError } from '../src/index.js'
import type { HonoAuth } from '../src/index.js'

const issuer = await createTestIssuer({ algorithm: 'ES256' })
const auth: HonoAuth = createAuth({
  issuer: issuer.issuer,
  audience: issuer.audience,
  fetch: issuer.fetch,
  connections: { tickets: { put: () => Promise.reject(new Error('down')), take: () => Promise.resolve(undefined) } },
})
const { resourceServer } = auth
const headers = { authorization: `Bearer ${await issuer.accessToken()}` }

function application(): Hono {
  const app = new Hono()
  app.get('/verified', async (c) => {
    const token = await resourceServer.verifyAccessToken(c.req.query('token') ?? '')
    return c.json(token.claims)
  })
  app.post('/tickets', auth.requireAuth(), async (c) => {
    const path = c.req.query('path') ?? ''
    return c.json(await resourceServer.issueTicket(c.var.auth, { path, origin: undefined }))
  })
  return app
}

describe('an AuthError that a handler throws, without an onError', () => {
  it.each([
    ['a token that is none', 'GET', '/verified?token=x', 401, 'AUTH_1002'],
    ['a ticket for no path', 'POST', '/tickets?path=nowhere', 400, 'VAL_2001'],
    ['a ticket while the store is down', 'POST', '/tickets?path=/ws', 503, 'SRV_5004'],
  ])('is answered as a refusal is: %s', async (_, method, path, status, code) => {
    const response = await application().request(path, { method, headers })
    expect(response.status).toBe(status)
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8')
    expect(response.headers.get('cache-control')).toBe('no-store')
    const body: unknown = await response.json()
    expect(body).toMatchObject({ code, error: expect.any(String), error_description: expect.any(String) })
    expect(JSON.stringify(body)).not.toContain('down')
  })

  it('is what the onError of the application gets, as it is', async () => {
    const app = application()
    app.onError((error, c) => c.text(isAuthError(error) ? error.code : 'another', 418))
    const response = await app.request('/tickets?path=nowhere', { method: 'POST', headers })
    expect([response.status, await response.text()]).toEqual([418, 'VAL_2001'])
  })

  it('is no answer for what is no AuthError', async () => {
    const app = new Hono()
    app.get('/', () => {
      throw Object.assign(new Error('broken'), { status: 401 })
    })
    expect((await app.request('/')).status).toBe(500)
  })
})
