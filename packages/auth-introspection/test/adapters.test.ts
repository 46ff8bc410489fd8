import { createProof } from '@acme/auth-testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { introspection } from '../src/index.js'
import { ADAPTERS } from './adapters.js'
import { raw, startLiar } from './liar.js'
import type { Liar } from './liar.js'
import { AUDIENCE, SECRET, startProvider } from './provider.js'
import type { TestProvider } from './provider.js'

let provider: TestProvider
let liar: Liar

beforeAll(async () => {
  provider = await startProvider()
  liar = await startLiar()
})
afterAll(() => Promise.all([provider.close(), liar.close()]))

const bearer = (token: string): RequestInit => ({ headers: { authorization: `Bearer ${token}` } })

describe.each(ADAPTERS)('%s', (_name, start) => {
  let api: Awaited<ReturnType<typeof start>>

  beforeAll(async () => {
    const opaqueTokens = introspection({ clientId: 'api', clientSecret: SECRET })
    api = await start({ issuer: provider.issuer, audience: AUDIENCE, opaqueTokens })
  })
  afterAll(() => api.close())

  it('lets an opaque token through', async () => {
    const response = await fetch(api.url, bearer(await provider.token()))
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({ client: 'app', scopes: ['read:messages'], scheme: 'Bearer' })
  })

  it('RFC 9449 §7.1: lets a bound one through with its proof, and not without', async () => {
    const token = await provider.boundToken()
    const proof = await createProof({ key: provider.key, url: api.url, accessToken: token })
    const response = await fetch(api.url, { headers: { authorization: `DPoP ${token}`, dpop: proof } })
    expect(await response.json()).toMatchObject({ scheme: 'DPoP' })
    const downgraded = await fetch(api.url, bearer(token))
    expect(downgraded.status).toBe(401)
    expect(await downgraded.json()).toMatchObject({ code: 'AUTH_1004' })
  })

  it('RFC 6750 §3.1: refuses garbage with 401', async () => {
    const response = await fetch(api.url, bearer('garbage'))
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toMatch(/^Bearer .*error="invalid_token"/)
    expect(await response.json()).toMatchObject({ code: 'AUTH_1002' })
  })

  it('RFC 9110 §15.6.4: answers 503 while the issuer gives no answer', async () => {
    const opaqueTokens = introspection({ clientId: 'api', clientSecret: SECRET })
    const other = await start({ issuer: liar.issuer, audience: AUDIENCE, opaqueTokens })
    liar.lie = raw('<html>', { 'content-type': 'text/html' }, 502)
    const response = await fetch(other.url, bearer('a-token'))
    await other.close()
    expect(response.status).toBe(503)
    expect(response.headers.get('retry-after')).toBe('1')
    expect(response.headers.has('www-authenticate')).toBe(false)
    expect(await response.json()).toMatchObject({ code: 'NET_3001' })
  })
})
