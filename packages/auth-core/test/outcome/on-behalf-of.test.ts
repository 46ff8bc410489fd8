import { describe, expect, it, vi } from 'vitest'

import { createBearerResourceServer } from '../../src/bearer.js'
import type { OnBehalfOf, OnBehalfOfRequest } from '../../src/index.js'
import type { AuthContext } from '../../src/outcome/auth-context.js'
import { createWorld, errorOf, faultOf, request } from '../support.js'

const world = await createWorld()
const AUDIENCE = 'https://orders.example.com'

async function authOf(onBehalfOf: OnBehalfOf | undefined, scope = 'read:orders write:orders'): Promise<AuthContext> {
  const server = world.serve({ onBehalfOf, scopeHierarchy: { admin: 'read:orders' } })
  const authorization = `Bearer ${await world.issuer.accessToken({ scope })}`
  const outcome = await server.authenticate(request({ authorization }))
  if (!outcome.ok || outcome.auth === null) throw new Error('refused')
  return outcome.auth
}

describe('a call on behalf of the caller', () => {
  it('gets the caller, and what it is for', async () => {
    const exchange = vi.fn<OnBehalfOf>(() => fetch)
    const auth = await authOf(exchange)
    expect(auth.onBehalfOf({ audience: AUDIENCE, scope: 'read:orders' })).toBe(fetch)
    expect(exchange).toHaveBeenLastCalledWith(auth, { audience: AUDIENCE, scopes: ['read:orders'] })
    auth.onBehalfOf({ audience: AUDIENCE, scope: ['read:orders', 'write:orders'] })
    expect(exchange).toHaveBeenLastCalledWith(auth, { audience: AUDIENCE, scopes: ['read:orders', 'write:orders'] })
    auth.onBehalfOf({ audience: AUDIENCE })
    expect(exchange).toHaveBeenLastCalledWith(auth, { audience: AUDIENCE, scopes: [] })
  })

  it('hands on what the caller has by a hierarchy', async () => {
    const exchange = vi.fn<OnBehalfOf>(() => fetch)
    ;(await authOf(exchange, 'admin')).onBehalfOf({ audience: AUDIENCE, scope: 'read:orders' })
    expect(exchange).toHaveBeenCalledOnce()
  })

  it('widens nothing: 403, which names the scope', async () => {
    const exchange = vi.fn<OnBehalfOf>(() => fetch)
    const auth = await authOf(exchange, 'read:orders')
    const error = await errorOf(() => auth.onBehalfOf({ audience: AUDIENCE, scope: 'read:orders delete:orders' }))
    expect([error.status, error.reason, error.parameters]).toEqual([
      403,
      'scope_missing',
      { scope: 'read:orders delete:orders' },
    ])
    expect(exchange).not.toHaveBeenCalled()
  })

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['text', AUDIENCE],
    ['no audience', {}],
    ['an empty audience', { audience: '' }],
    ['a list of audiences', { audience: [AUDIENCE] }],
    ['a scope that is undefined', { audience: AUDIENCE, scope: undefined }],
    ['an empty scope', { audience: AUDIENCE, scope: '' }],
    ['a misspelt name', { audience: AUDIENCE, scopes: 'read:orders' }],
  ])('for %s there is none', async (_, given) => {
    const exchange = vi.fn<OnBehalfOf>(() => fetch)
    const auth = await authOf(exchange)
    const fault = await faultOf(() => auth.onBehalfOf(given as OnBehalfOfRequest)) // wrong on purpose
    expect(fault.message).toMatch(/^onBehalfOf\(\)/)
    expect(exchange).not.toHaveBeenCalled()
  })

  it('without the option there is none', async () => {
    const auth = await authOf(undefined)
    expect((await faultOf(() => auth.onBehalfOf({ audience: AUDIENCE }))).message).toContain('the option')
  })

  it('is a fault when the application throws', async () => {
    const auth = await authOf(() => {
      throw new Error('no client')
    })
    expect((await faultOf(() => auth.onBehalfOf({ audience: AUDIENCE }))).message).toBe('no client')
  })

  it.each([null, true, 'x', {}])('the option is no %o', async (onBehalfOf) => {
    expect((await faultOf(() => world.serve({ onBehalfOf: onBehalfOf as never }))).message).toMatch(/^onBehalfOf: got/)
  })

  it('is not for the entry for Bearer tokens alone', async () => {
    const options = { issuer: 'https://issuer.test/', audience: 'a', onBehalfOf: () => fetch }
    expect((await faultOf(() => createBearerResourceServer(options))).message).toMatch(/^onBehalfOf: got .* none/)
  })
})
