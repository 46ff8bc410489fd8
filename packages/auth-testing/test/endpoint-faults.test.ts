import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import {
  createTestIssuer,
  startTestIssuer,
  type ListeningTestIssuer,
  type TestEndpoint,
  type TestIssuer,
} from '../src/index.js'
import { authorizationForm, CALLBACK, search, VERIFIER, type Form } from './wire.js'

const CREDENTIALS = { client_id: 'web', client_secret: 's3cret' }
const GOOD: Partial<Record<TestEndpoint, Form>> = {
  token: { grant_type: 'client_credentials', ...CREDENTIALS },
  authorize: await authorizationForm(),
  par: await authorizationForm(CREDENTIALS),
  revocation: { ...CREDENTIALS, token: 'x' },
  introspection: { ...CREDENTIALS, token: 'x' },
  logout: {},
}
// as: the keys of an object literal of this type are its endpoints
const ENDPOINTS = Object.keys(GOOD) as TestEndpoint[]

let listening: ListeningTestIssuer
beforeEach(async () => {
  listening = await startTestIssuer()
})
afterEach(() => listening.close())

describe.each(['socket', 'in process'])('faults of endpoints, %s', (how) => {
  let issuer: TestIssuer
  let post: (endpoint: TestEndpoint, form?: Form, init?: RequestInit) => Promise<Response>
  beforeEach(async () => {
    issuer = how === 'socket' ? listening : await createTestIssuer()
    const fetch = how === 'socket' ? globalThis.fetch : issuer.fetch
    post = (endpoint, form = GOOD[endpoint] ?? {}, init = {}) =>
      fetch(issuer.urlOf(endpoint), { method: 'POST', body: search(form), redirect: 'manual', ...init })
  })

  it.each(ENDPOINTS)('%s: well, then 429, 500, HTML, JSON that is none, 10 MB, reset, and well again', async (what) => {
    const well = (await post(what)).status
    expect(well).toBeLessThan(400)
    issuer.fail(what, { status: 429, headers: { 'retry-after': '3' } })
    const busy = await post(what)
    expect([busy.status, busy.headers.get('retry-after')]).toEqual([429, '3'])
    issuer.fail(what, { status: 500 })
    expect((await post(what)).status).toBe(500)
    issuer.fail(what, { body: '<html>', contentType: 'text/html' })
    expect(await (await post(what)).text()).toBe('<html>')
    issuer.fail(what, { body: '{"access_token":' })
    await expect((await post(what)).json()).rejects.toThrow(SyntaxError)
    issuer.fail(what, { body: new Uint8Array(10_000_000) })
    expect((await (await post(what)).arrayBuffer()).byteLength).toBe(10_000_000)
    issuer.fail(what, 'reset')
    await expect(post(what)).rejects.toThrow(TypeError)
    issuer.fail(what, undefined)
    expect([(await post(what)).status, issuer.count(what)]).toEqual([well, 8])
  })

  it.each(ENDPOINTS)('%s: stalls', async (what) => {
    issuer.fail(what, 'stall')
    const controller = new AbortController()
    const body = (await post(what, undefined, { signal: controller.signal })).text()
    const early = await Promise.race([body, new Promise((resolve) => setTimeout(() => resolve('stalled'), 30))])
    expect(early).toBe('stalled')
    controller.abort()
    await expect(body).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }))
  })

  it('a redirect loop of the token endpoint is followed by GET, and ends at once', async () => {
    issuer.fail('token', 'redirect-loop', { times: 1 })
    expect((await post('token', undefined, { redirect: 'follow' })).status).toBe(405)
    expect(issuer.requests).toEqual(['POST /oauth/token', 'GET /oauth/token'])
  })

  it('as often as is said', async () => {
    issuer.fail('token', { status: 503 }, { times: 2 })
    const statuses = [await post('token'), await post('token'), await post('token')].map(({ status }) => status)
    expect(statuses).toEqual([503, 503, 200])
  })

  it('all: metadata and keys as well', async () => {
    issuer.fail('all', { status: 503 })
    for (const what of ENDPOINTS) expect((await post(what)).status).toBe(503)
    expect((await issuer.fetch(issuer.jwksUri)).status).toBe(503)
  })

  it('a slow answer is a good one', async () => {
    issuer.fail('token', { delay: 20 })
    expect(await (await post('token')).json()).toHaveProperty('access_token')
  })

  it.each([
    [{ token_type: undefined }, 'token_type', undefined],
    [{ token_type: 'mac' }, 'token_type', 'mac'],
    [{ expires_in: 'soon' }, 'expires_in', 'soon'],
  ])('lies of the token endpoint: %j', async (change, member, value) => {
    issuer.fail('token', { change })
    const body: unknown = await (await post('token')).json()
    expect(body).toMatchObject({ access_token: expect.any(String) })
    expect(Object.entries(body ?? {}).find(([name]) => name === member)?.[1]).toBe(value)
  })

  it('lies of the authorization endpoint', async () => {
    issuer.fail('authorize', { change: { iss: 'https://evil.test/', state: undefined, extra: 1 } })
    const location = new URL((await post('authorize')).headers.get('location') ?? '')
    const { searchParams: answer } = location
    expect([answer.get('iss'), answer.has('state'), answer.get('extra')]).toEqual(['https://evil.test/', false, '1'])
    expect(answer.has('code')).toBe(true)
  })

  it('no lies about refusals', async () => {
    issuer.fail('token', { change: { error: undefined } })
    const answer = await post('token', { grant_type: 'x' })
    expect([answer.status, await answer.json()]).toMatchObject([400, { error: 'unsupported_grant_type' }])
  })

  it('an answer that is lost: the code is used up', async () => {
    const location = new URL((await post('authorize')).headers.get('location') ?? '')
    const code = location.searchParams.get('code') ?? ''
    const form = { grant_type: 'authorization_code', code, redirect_uri: CALLBACK, code_verifier: VERIFIER }
    issuer.fail('token', 'answer-lost', { times: 1 })
    await expect(post('token', { ...form, client_id: 'spa' })).rejects.toThrow(TypeError)
    expect(await (await post('token', { ...form, client_id: 'spa' })).json()).toMatchObject({ error: 'invalid_grant' })
  })
})

describe('behind the socket', () => {
  it('a large body is refused, and the next request is answered', async () => {
    const url = listening.urlOf('token')
    const body = new URLSearchParams({ x: 'x'.repeat(100_000) })
    expect((await fetch(url, { method: 'POST', body })).status).toBe(413)
    expect((await fetch(url, { method: 'POST', body: search(GOOD.token ?? {}) })).status).toBe(200)
  })

  it('two proofs are none', async () => {
    const headers = new Headers({ dpop: 'a.b.c' })
    headers.append('dpop', 'a.b.c')
    const response = await fetch(listening.urlOf('token'), { method: 'POST', headers, body: search(GOOD.token ?? {}) })
    expect(await response.json()).toMatchObject({ error: 'invalid_dpop_proof' })
  })
})
