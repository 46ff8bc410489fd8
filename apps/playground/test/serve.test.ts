import { once } from 'node:events'
import { request } from 'node:http'
import type { OutgoingHttpHeaders } from 'node:http'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'

import { createAuthClient } from '@acme/auth-client'
import { startSample } from '@acme/sample-api/suite'
import type { SampleProcess } from '@acme/sample-api/suite'
import type { ServedPage } from '@acme/sample-api/page'
import { mainOf } from '@acme/sample-api/programs'
import { startTenant } from '@acme/tenant'
import type { Tenant } from '@acme/tenant'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { ALTERATIONS } from '../src/server/alterations.js'
import { servePlayground } from '../src/serve.js'
import { readSettings } from '../src/settings.js'

let tenant: Tenant
let api: SampleProcess
let page: ServedPage
let token: string

const MODE = { dpop: 'allowed', nonce: 'heal' }
const ROUTE = { ...MODE, server: 'express', method: 'GET', path: '/api/private' }

beforeAll(async () => {
  tenant = await startTenant()
  const { issuer, audience } = tenant
  api = await startSample(mainOf('express-api'), {
    PORT: '0',
    AUTH0_ISSUER: issuer,
    AUTH0_AUDIENCE: audience,
    DPOP_NONCE: 'heal',
  })
  const API_ORIGINS = `express=${api.origin},hono=http://127.0.0.1:${await closedPort()}`
  page = await servePlayground(readSettings({ PORT: '0', AUTH0_ISSUER: issuer, AUTH0_AUDIENCE: audience, API_ORIGINS }))
  const secret = tenant.clients.find(({ id }) => id === 'reader')?.secret ?? ''
  const client = createAuthClient({ issuer, audience, clientId: 'reader', authentication: { secret, method: 'post' } })
  token = (await client.clientCredentials().getAccessToken()).value
})

afterAll(async () => {
  await page.close()
  api.kill()
  await tenant.close()
})

/** Where nobody listens. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // it listens at a port
  server.close()
  await once(server, 'close')
  return port
}

interface Answer {
  readonly status: number | undefined
  readonly body: string
}

/** As it is written: `fetch` would choose the headers. */
function ask(path: string, content: string, changed: OutgoingHttpHeaders = {}, method = 'POST'): Promise<Answer> {
  const { host, port } = new URL(page.origin)
  const own = { host, origin: page.origin, 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' }
  const kept = Object.entries({ ...own, ...changed }).filter(([, value]) => value !== undefined)
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path, method, headers: Object.fromEntries(kept) }
    const asked = request(options, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (text: string) => (body += text))
      response.on('end', () => resolve({ status: response.statusCode, body }))
    })
    // Of what is too long, the server does not read the end.
    asked.on('error', reject).end(content)
  })
}

async function asked<Result>(path: string, content: object): Promise<Result> {
  const { status, body } = await ask(path, JSON.stringify(content))
  if (status !== 200) throw new Error(`${path}: ${status} ${body}`)
  return JSON.parse(body) as Result // of our own server
}

const PATHS = ['/servers', '/send', '/token', '/trace']

describe('whoever is not the page', () => {
  test.each<[string, OutgoingHttpHeaders, number]>([
    ['comes by a name of its own (DNS rebinding)', { host: 'evil.example' }, 403],
    ['comes by a name of its own, with that origin', { host: 'evil.example', origin: 'http://evil.example' }, 403],
    ['comes by another name of this machine', { host: 'localhost' }, 403],
    ['has another origin', { origin: 'https://evil.example' }, 403],
    ['has no origin', { origin: undefined }, 403],
    ['has the origin null', { origin: 'null' }, 403],
    ['is on another port', { origin: 'http://127.0.0.1:1' }, 403],
    ['is on another site, by the browser', { 'sec-fetch-site': 'cross-site' }, 403],
    ['is on another port, by the browser', { 'sec-fetch-site': 'same-site' }, 403],
    ['posts a form', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
    ['posts text', { 'content-type': 'text/plain' }, 415],
    ['posts what is almost JSON', { 'content-type': 'application/json-patch' }, 415],
    ['says no type', { 'content-type': undefined }, 415],
  ])('%s: refused', async (_, headers, status) => {
    for (const path of PATHS) expect((await ask(path, JSON.stringify(ROUTE), headers)).status, path).toBe(status)
  })

  test.each(['GET', 'PUT', 'OPTIONS', 'DELETE'])('asks by %s: refused', async (method) => {
    for (const path of PATHS) expect((await ask(path, '', {}, method)).status, path).toBe(405)
  })

  test.each([
    ['{', 400],
    ['[]', 400],
    ['null', 400],
    ['"x"', 400],
    ['', 400],
    [JSON.stringify({ ...ROUTE, long: 'x'.repeat(70_000) }), 413],
  ])('sends %.12s: refused', async (content, status) => {
    for (const path of PATHS) expect((await ask(path, content)).status, path).toBe(status)
  })
})

describe('a request is sent to an offered route of these servers, and nowhere else', () => {
  test.each<[string, object]>([
    ['another server', { server: 'evil.example' }],
    ['a server that is a property', { server: 'constructor' }],
    ['a path of another host', { path: '//evil.example/' }],
    ['a path that makes the port another', { path: '1/' }],
    ['a path that goes up', { path: '/api/private/../../internal/traces/1' }],
    ['a URL', { path: 'http://127.0.0.1:1/' }],
    ['the route of operators', { path: '/internal/traces/1' }],
    ['no path', { path: undefined }],
    ['another method', { method: 'PUT' }],
    ['a method with a path in it', { method: 'GET / HTTP/1.1\r\nx: y' }],
    ['another mode', { dpop: 'sometimes' }],
    ['a mode that is a property', { nonce: 'toString' }],
  ])('%s: refused', async (_, changed) => {
    const content = JSON.stringify({ ...ROUTE, headers: [], ...changed })
    expect((await ask('/send', content)).status).toBe(400)
  })

  test.each<[string, unknown]>([
    ['another name', [['Host', 'evil.example']]],
    ['a name of another case', [['AUTHORIZATION', 'x']]],
    ['a line end', [['Authorization', 'Bearer x\r\nX-Forwarded-Host: evil.example']]],
    ['a character of another script', [['Authorization', 'Bearer ж']]],
    ['no value', [['Authorization']]],
    ['a value that is no text', [['Authorization', ['x']]]],
    ['an object', { authorization: 'x' }],
    ['nothing', undefined],
  ])('headers with %s: refused', async (_, headers) => {
    expect((await ask('/send', JSON.stringify({ ...ROUTE, headers }))).status).toBe(400)
  })

  test('a good token is let through, and the answer comes as it was', async () => {
    const headers = [['Authorization', `Bearer ${token}`]]
    const answer = await asked<{ status: number; body: string; headers: string[][]; ms: number }>('/send', {
      ...ROUTE,
      headers,
    })
    expect(answer.status).toBe(200)
    expect(JSON.parse(answer.body)).toMatchObject({ sub: 'reader@clients', scheme: 'Bearer' })
    expect(answer.headers).toContainEqual(['content-type', 'application/json; charset=utf-8'])
    expect(answer.ms).toBeGreaterThan(0)
  })

  test('two headers of a name are two: no browser could send them', async () => {
    const headers = [
      ['Authorization', `Bearer ${token}`],
      ['Authorization', `Bearer ${token}`],
    ]
    const { status, body } = await asked<{ status: number; body: string }>('/send', { ...ROUTE, headers })
    expect(status).toBe(400)
    expect(JSON.parse(body)).toMatchObject({ error: 'invalid_request' })
  })
})

test('a server that has ended is named', async () => {
  const { status, body } = await ask('/send', JSON.stringify({ ...ROUTE, server: 'hono', headers: [] }))
  expect(status).toBe(502)
  expect(body).toMatch(/hono does not answer at http:\/\/127\.0\.0\.1:\d+ \(ECONNREFUSED\)/)
})

describe('a token that is altered', () => {
  test.each<[string, object]>([
    ['to what is unknown', { alter: ['constructor'] }],
    ['twice', { alter: ['expired', 'expired'] }],
    ['by claims', { alter: [{ sub: 'root' }] }],
    ['by no list', { alter: 'expired' }],
    ['that is none', { token: 'opensesame' }],
    ['that is a list', { token: ['x'] }],
    ['whose claims are a list', { token: `e30.${Buffer.from('[]').toString('base64url')}.` }],
  ])('%s: refused', async (_, changed) => {
    expect((await ask('/token', JSON.stringify({ token, alter: [], ...changed }))).status).toBe(400)
  })

  // The last two are let through: no proof is wanted of an unbound token, and nobody has left yet.
  const REFUSED: Readonly<Record<(typeof ALTERATIONS)[number], string | undefined>> = {
    expired: 'expiry',
    'not yet valid': 'not before',
    'other audience': 'audience',
    'other issuer': 'issuer',
    'without scopes': 'requirements',
    'not bound': undefined,
    'of a user who leaves': undefined,
  }

  test.each(ALTERATIONS)('%s: the server says what its trace says', async (name) => {
    const altered = await asked<{ token: string }>('/token', { token, alter: [name] })
    const headers = [['Authorization', `Bearer ${altered.token}`]]
    const route = { ...ROUTE, path: '/api/messages' }
    const { status, body } = await asked<{ status: number; body: string }>('/send', { ...route, headers })
    const { correlation_id: id } = JSON.parse(body) as { correlation_id?: string } // of a refusal
    const check = REFUSED[name]
    expect(status).toBe(check === undefined ? 200 : name === 'without scopes' ? 403 : 401)
    if (check === undefined) return
    const { trace } = await asked<{ trace: { checks: { check: string; outcome: string }[] } }>('/trace', {
      ...ROUTE,
      id,
    })
    expect(trace.checks.filter(({ outcome }) => outcome === 'failed').map((one) => one.check)).toEqual([check])
    expect(JSON.stringify(trace)).not.toContain(altered.token.slice(-40))
  })
})

describe('a trace', () => {
  test.each(['../../../api/private', 'a/b', '', '.', '..', '%00', 'a b', 'x'.repeat(200), 7, ['x'], undefined])(
    'of %j: refused',
    async (id) => {
      expect((await ask('/trace', JSON.stringify({ ...ROUTE, id }))).status).toBe(400)
    },
  )

  test('of a request that nobody knows is none', async () => {
    expect(await asked('/trace', { ...ROUTE, id: 'nobody' })).toEqual({ trace: null })
  })
})

describe('the page', () => {
  test('has a policy that allows its own scripts, this server and the tenant', async () => {
    const response = await fetch(page.origin)
    const policy = response.headers.get('content-security-policy')
    expect(policy).toContain("default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
    expect(policy).toContain("script-src 'self'; style-src 'self'")
    expect(policy).toContain(`connect-src 'self' ${new URL(tenant.issuer).origin}`)
    expect(policy).not.toMatch(/unsafe|\*/)
    const html = await response.text()
    expect(html).toContain('<title>Playground</title>')
    expect(html).not.toMatch(/ style=|<style|<script>|https?:/)
  })

  test('is told no secret', async () => {
    const text = await (await fetch(`${page.origin}/config.json`)).text()
    for (const { secret } of tenant.clients) expect(text).not.toContain(secret)
    expect(JSON.parse(text)).toMatchObject({ issuer: tenant.issuer, audience: tenant.audience, clientId: 'web' })
  })

  test('is not served for an issuer that is no local tenant', async () => {
    const settings = readSettings({ PORT: '0', AUTH0_ISSUER: `${api.origin}/`, AUTH0_AUDIENCE: 'x' })
    await expect(servePlayground(settings)).rejects.toThrow('want one of apps/tenant')
  })
})
