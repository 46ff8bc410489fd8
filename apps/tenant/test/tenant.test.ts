import { createHash, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import {
  createRemoteJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  exportJWK,
  generateKeyPair,
  jwtVerify,
  SignJWT,
} from 'jose'
import type { JWTVerifyResult } from 'jose'
import * as oidc from 'openid-client'
import { generate } from 'selfsigned'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTenant } from '../src/index.js'
import type { Tenant, TenantClient } from '../src/index.js'

let tenant: Tenant

beforeAll(async () => {
  tenant = await startTenant()
})

afterAll(() => tenant.close())

interface Answer {
  status: number
  headers: Headers
  body: Record<string, unknown>
}

const urlOf = (path: string): URL => new URL(path, tenant.issuer)

function client(id: string): TenantClient {
  const found = tenant.clients.find((candidate) => candidate.id === id)
  if (!found) throw new Error(`no client ${id}`)
  return found
}

function grant(id: string, extra: Record<string, string> = {}): Record<string, string> {
  const { secret } = client(id)
  return {
    grant_type: 'client_credentials',
    client_id: id,
    client_secret: secret,
    audience: tenant.audience,
    ...extra,
  }
}

async function post(body: string | URLSearchParams, headers?: Record<string, string>): Promise<Answer> {
  const response = await fetch(urlOf('oauth/token'), {
    method: 'POST',
    body,
    ...(headers && { headers }),
  })
  const json: unknown = await response.json()
  return {
    status: response.status,
    headers: response.headers,
    body: Object.fromEntries(Object.entries(Object(json))),
  }
}

const kidOf = (token: string): string | undefined => decodeProtectedHeader(token).kid
const postForm = (form: Record<string, string>): Promise<Answer> => post(new URLSearchParams(form))
const postText = (text: string): Promise<Answer> => post(text, { 'content-type': 'application/json' })
const postJson = (body: unknown): Promise<Answer> => postText(JSON.stringify(body))

async function tokenFor(id: string, extra?: Record<string, string>): Promise<string> {
  const { body } = await postForm(grant(id, extra))
  return String(body['access_token'])
}

function verify(token: string, audience = tenant.audience): Promise<JWTVerifyResult> {
  const keys = createRemoteJWKSet(urlOf('.well-known/jwks.json'))
  return jwtVerify(token, keys, { issuer: tenant.issuer, audience, algorithms: ['RS256'] })
}

async function tokenRequestProof(): Promise<string> {
  const { publicKey, privateKey } = await generateKeyPair('ES256')
  return new SignJWT({ htm: 'POST', htu: urlOf('oauth/token').href, jti: crypto.randomUUID() })
    .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk: await exportJWK(publicKey) })
    .setIssuedAt()
    .sign(privateKey)
}

function discover(id: string): Promise<oidc.Configuration> {
  return oidc.discovery(new URL(tenant.issuer), id, client(id).secret, undefined, {
    execute: [oidc.allowInsecureRequests],
  })
}

describe('metadata', () => {
  test.each(['openid-configuration', 'oauth-authorization-server'])('%s', async (name) => {
    const metadata: unknown = await (await fetch(urlOf(`.well-known/${name}`))).json()
    expect(tenant.issuer).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/)
    expect(metadata).toMatchObject({
      issuer: tenant.issuer,
      token_endpoint: `${tenant.issuer}oauth/token`,
      jwks_uri: `${tenant.issuer}.well-known/jwks.json`,
      grant_types_supported: [
        'authorization_code',
        'refresh_token',
        'client_credentials',
        'urn:ietf:params:oauth:grant-type:token-exchange',
        'urn:ietf:params:oauth:grant-type:jwt-bearer',
      ],
      pushed_authorization_request_endpoint: `${tenant.issuer}oauth/par`,
      revocation_endpoint: `${tenant.issuer}oauth/revoke`,
      end_session_endpoint: `${tenant.issuer}oidc/logout`,
    })
  })

  test('the key set holds public RSA members only', async () => {
    const keySet = await (await fetch(urlOf('.well-known/jwks.json'))).json()
    const text = expect.any(String)
    const key = { kty: 'RSA', alg: 'RS256', use: 'sig', kid: text, n: text, e: 'AQAB' }
    expect(keySet).toEqual({ keys: [key] })
  })
})

describe('openid-client', () => {
  test('gets a Bearer token with all that the client is granted', async () => {
    const config = await discover('admin')
    const answer = await oidc.clientCredentialsGrant(config, { audience: tenant.audience })
    expect(answer).toMatchObject({
      token_type: 'bearer',
      expires_in: 86_400,
      scope: 'read:messages delete:data admin:access',
    })
    const { payload } = await verify(answer.access_token)
    expect(payload).toEqual({
      iss: tenant.issuer,
      sub: 'admin@clients',
      aud: tenant.audience,
      azp: 'admin',
      client_id: 'admin',
      gty: 'client-credentials',
      scope: 'read:messages delete:data admin:access',
      permissions: ['read:messages', 'delete:data', 'admin:access'],
      iat: expect.any(Number),
      exp: expect.any(Number),
      jti: expect.any(String),
    })
  })

  test('gets a token bound to its DPoP key', async () => {
    const config = await discover('reader')
    const DPoP = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair('ES256'))
    const answer = await oidc.clientCredentialsGrant(config, { resource: tenant.audience }, { DPoP })
    expect(answer.token_type).toBe('dpop')
    const { payload } = await verify(answer.access_token)
    expect(payload).toMatchObject({ cnf: { jkt: await DPoP.calculateThumbprint() } })
  })

  test('is refused with a wrong secret', async () => {
    const config = await oidc.discovery(new URL(tenant.issuer), 'reader', 'wrong', undefined, {
      execute: [oidc.allowInsecureRequests],
    })
    const refusal = oidc.clientCredentialsGrant(config, { audience: tenant.audience })
    await expect(refusal).rejects.toMatchObject({ status: 401, error: 'invalid_client' })
  })
})

describe('token request', () => {
  test('as a form', async () => {
    const { status, headers, body } = await postForm(grant('reader'))
    expect(status).toBe(200)
    expect(headers.get('cache-control')).toBe('no-store')
    expect(body).toMatchObject({ token_type: 'Bearer', scope: 'read:messages' })
  })

  test('as JSON', async () => {
    const { status, body } = await postJson(grant('reader'))
    expect(status).toBe(200)
    await verify(String(body['access_token']))
  })

  test('with HTTP Basic', async () => {
    const { secret } = client('reader')
    const { client_id: _id, client_secret: _secret, ...rest } = grant('reader')
    const { status } = await post(new URLSearchParams(rest), {
      authorization: `Basic ${btoa(`reader:${secret}`)}`,
    })
    expect(status).toBe(200)
  })

  test('in chunks, twice on one connection', async () => {
    const text = JSON.stringify(grant('reader'))
    const ports = new Set<number>()
    for (let count = 0; count < 2; count++) {
      const request = httpRequest(urlOf('oauth/token'), {
        method: 'POST',
        headers: { 'content-type': 'application/json; charset=utf-8' },
      })
      request.write(text.slice(0, 20))
      request.end(text.slice(20))
      const [response] = await once(request, 'response')
      expect(response.statusCode).toBe(200)
      ports.add(response.socket.localPort)
      await once(response.resume(), 'end')
    }
    expect(ports.size).toBe(1)
  })

  test('narrows the scope', async () => {
    const { body } = await postForm(grant('writer', { scope: 'read:messages delete:data' }))
    expect(body['scope']).toBe('read:messages delete:data')
    const { payload } = await verify(String(body['access_token']))
    expect(payload['scope']).toBe('read:messages delete:data')
  })

  test('of a client without grants gives a token without scope', async () => {
    const { payload } = await verify(await tokenFor('nobody'))
    expect(payload).not.toHaveProperty('scope')
    expect(payload['permissions']).toEqual([])
  })

  test.each([
    ['reader', 'admin:access'],
    ['reader', 'read:messages admin:access'],
    ['nobody', 'read:messages'],
    ['admin', 'openid'],
  ])('of %s for scope "%s" is refused', async (id, scope) => {
    const { status, body } = await postForm(grant(id, { scope }))
    expect({ status, error: body['error'] }).toEqual({ status: 400, error: 'invalid_scope' })
    expect(body).not.toHaveProperty('access_token')
  })

  test.each([
    ['an unknown audience', { audience: 'https://other.example.test/' }],
    ['an audience without its slash', { audience: 'https://api.example.test' }],
    ['two different audiences', { resource: 'https://legacy.example.test/' }],
    ['an audience that is no URL', { audience: 'api' }],
  ])('with %s is refused', async (_name, extra) => {
    const { status, body } = await postForm(grant('reader', extra))
    expect({ status, error: body['error'] }).toEqual({ status: 400, error: 'invalid_target' })
  })

  test('without an audience is refused', async () => {
    const { audience: _audience, ...rest } = grant('reader')
    const { status, body } = await postJson(rest)
    expect({ status, error: body['error'] }).toEqual({ status: 400, error: 'invalid_target' })
  })

  test.each([
    ['a wrong secret', { client_secret: 'wrong' }],
    ['an unknown client', { client_id: 'stranger' }],
  ])('with %s is refused', async (_name, extra) => {
    const { status, body } = await postJson(grant('reader', extra))
    expect({ status, error: body['error'] }).toEqual({ status: 401, error: 'invalid_client' })
  })

  test('for another grant is refused', async () => {
    const { body } = await postForm(grant('reader', { grant_type: 'password' }))
    expect(body['error']).toBe('unsupported_grant_type')
  })

  test.each(['{', '', '[]', 'null', '"text"', '{"audience":1}', '{"audience":[{}]}'])(
    'with the JSON body %j is refused',
    async (text) => {
      const { status, headers, body } = await postText(text)
      expect(status).toBe(400)
      expect(headers.get('content-type')).toBe('application/json; charset=utf-8')
      expect(body).toEqual({ error: 'invalid_request', error_description: expect.any(String) })
    },
  )

  test('of another type is refused', async () => {
    const { status, body } = await post('x', { 'content-type': 'text/plain' })
    expect({ status, error: body['error'] }).toEqual({ status: 400, error: 'invalid_request' })
  })

  test('that is too large is refused', async () => {
    const { status, body } = await postJson(grant('reader', { padding: 'x'.repeat(20_000) }))
    expect({ status, error: body['error'] }).toEqual({ status: 413, error: 'invalid_request' })
  })

  test('with a bad DPoP proof is refused', async () => {
    const { status, body } = await post(new URLSearchParams(grant('reader')), { dpop: 'a.b.c' })
    expect({ status, error: body['error'] }).toEqual({ status: 400, error: 'invalid_dpop_proof' })
  })

  test('with a DPoP proof that was used before a rotation is refused', async () => {
    const dpop = await tokenRequestProof()
    const send = (): Promise<Answer> => post(new URLSearchParams(grant('reader')), { dpop })
    expect((await send()).body['token_type']).toBe('DPoP')
    await tenant.rotateKey()
    expect((await send()).status).toBe(400)
  })
})

describe('token profile', () => {
  test('of the API is that of RFC 9068', async () => {
    const { protectedHeader } = await verify(await tokenFor('reader'))
    expect(protectedHeader).toEqual({ alg: 'RS256', typ: 'at+jwt', kid: expect.any(String) })
  })

  test("of the legacy API is Auth0's own", async () => {
    const audience = tenant.legacyAudience
    const { protectedHeader, payload } = await verify(await tokenFor('reader', { audience }), audience)
    expect(protectedHeader).toEqual({ alg: 'RS256', typ: 'JWT', kid: expect.any(String) })
    expect(payload).toMatchObject({ aud: audience, azp: 'reader', sub: 'reader@clients' })
  })
})

describe('security events', () => {
  test('say that the sessions of a subject have ended, signed by the key that the transmitter names', async () => {
    const configuration = await fetch(urlOf('.well-known/ssf-configuration'))
    const { issuer, jwks_uri: keys } = (await configuration.json()) as Record<string, string>
    expect(issuer).toBe(tenant.issuer)
    const response = await fetch(urlOf('tenant/session-revoked?subject=ada'), { method: 'POST' })
    const { event = '' } = (await response.json()) as Record<string, string>
    const options = { issuer: tenant.issuer, audience: tenant.audience, typ: 'secevent+jwt' }
    const { payload } = await jwtVerify(event, createRemoteJWKSet(new URL(keys ?? '')), options)
    expect(payload).toMatchObject({
      sub_id: { format: 'iss_sub', iss: issuer, sub: 'ada' },
      events: {
        'https://schemas.openid.net/secevent/caep/event-type/session-revoked': { event_timestamp: payload.iat },
      },
      jti: expect.any(String),
    })
    // RFC 8417 §4.5: it must not be taken for a token.
    expect(payload).not.toHaveProperty('sub')
    expect(payload).not.toHaveProperty('exp')
  })

  test.each(['tenant/session-revoked', 'tenant/session-revoked?subject='])(
    'of nobody there are none: %s',
    async (path) => {
      expect((await fetch(urlOf(path), { method: 'POST' })).status).toBe(400)
    },
  )
})

describe('key rotation', () => {
  test('signs with a new key and still publishes the one before', async () => {
    const before = await tokenFor('reader')
    await tenant.rotateKey()
    const after = await tokenFor('reader')
    expect(kidOf(after)).not.toBe(kidOf(before))
    await verify(before)
    await verify(after)
  })

  test('drops a key at the second rotation', async () => {
    const before = await tokenFor('reader')
    await Promise.all([tenant.rotateKey(), tenant.rotateKey()])
    await expect(verify(before)).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' })
    await verify(await tokenFor('reader'))
  })

  test('by request', async () => {
    const before = await tokenFor('reader')
    const response = await fetch(urlOf('tenant/rotate'), { method: 'POST' })
    expect(response.status).toBe(204)
    expect(kidOf(await tokenFor('reader'))).not.toBe(kidOf(before))
    await verify(before)
  })
})

describe('opaque tokens', () => {
  const ask = async (token: string, asking = 'api'): Promise<unknown> => {
    const { introspection_endpoint: endpoint = '' } = (await discover('reader')).serverMetadata()
    const authorization = `Basic ${Buffer.from(`${asking}:${client(asking).secret}`).toString('base64')}`
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: { authorization },
      body: new URLSearchParams({ token }),
    })
    return response.json()
  }

  test('are no JWTs, and the API is told what they are good for', async () => {
    const token = await tokenFor('veiled')
    expect(token).not.toContain('.')
    expect(await ask(token)).toMatchObject({
      active: true,
      aud: tenant.audience,
      client_id: 'veiled',
      iss: tenant.issuer,
      scope: 'read:messages',
      sub: 'veiled@clients',
      permissions: ['read:messages'],
    })
  })

  test('nobody else is told, and nothing is said of tokens that it did not issue', async () => {
    expect(await ask(await tokenFor('veiled'), 'reader')).toEqual({ active: false })
    expect(await ask('garbage')).toEqual({ active: false })
  })
})

describe('tokens that are bound to a certificate (RFC 8705 §3)', () => {
  const ask = (headers?: Record<string, string>): Promise<Answer> =>
    post(new URLSearchParams(grant('certified')), headers)

  test('have the thumbprint of the one that was shown', async () => {
    const { cert } = await generate([{ name: 'commonName', value: 'client' }], { keyType: 'ec', algorithm: 'sha256' })
    const der = new X509Certificate(cert).raw
    const { body } = await ask({ 'client-cert': `:${der.toString('base64')}:` })
    const { cnf } = decodeJwt(String(body['access_token']))
    expect(cnf).toEqual({ 'x5t#S256': createHash('sha256').update(der).digest('base64url') })
  })

  test.each([undefined, ':MA==:', 'x', ':', ':::'])('are not issued for %o', async (value) => {
    const { status, body } = await ask(value === undefined ? undefined : { 'client-cert': value })
    expect([status, body['access_token']]).toEqual([400, undefined])
  })
})

describe('test control', () => {
  test('shows the clients with their secrets', async () => {
    const shown = await (await fetch(urlOf('tenant/clients'))).json()
    const { issuer, audience, legacyAudience, clients } = tenant
    expect(shown).toEqual({ issuer, audience, legacyAudience, clients })
  })

  test('refuses a Host that is not this machine', async () => {
    const request = httpRequest(urlOf('tenant/clients'), { headers: { host: 'evil.example' } })
    const [response] = await once(request.end(), 'response')
    response.resume()
    expect(response.statusCode).toBe(403)
  })

  // A form of any web page may be posted here (CSRF): the browser says where it comes from.
  test.each([
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: 'http://127.0.0.1.evil.example' },
    { origin: 'http://127.0.0.1:1' },
    { origin: 'not a URL' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'same-origin', origin: 'https://evil.example' },
  ])('refuses a page of another origin: %j', async (headers) => {
    const before = kidOf(await tokenFor('reader'))
    for (const [method, path] of [
      ['POST', 'tenant/rotate'],
      ['POST', 'tenant/sign'],
      ['GET', 'tenant/clients'],
    ] as const) {
      const [response] = await once(httpRequest(urlOf(path), { method, headers }).end(), 'response')
      response.resume()
      expect(response.statusCode, path).toBe(403)
    }
    expect(kidOf(await tokenFor('reader'))).toBe(before)
  })

  test('answers a page of its own, and what was typed into the address bar', async () => {
    for (const headers of [
      { origin: new URL(tenant.issuer).origin, 'sec-fetch-site': 'same-origin' },
      { 'sec-fetch-site': 'none' },
    ]) {
      const [response] = await once(httpRequest(urlOf('tenant/clients'), { headers }).end(), 'response')
      response.resume()
      expect(response.statusCode).toBe(200)
    }
  })

  test('is away when told so, and back', async () => {
    for (const [path, status] of [
      ['tenant/away', 503],
      ['tenant/back', 200],
    ] as const) {
      expect((await fetch(urlOf(path), { method: 'POST' })).status).toBe(204)
      expect((await fetch(urlOf('.well-known/jwks.json'))).status).toBe(status)
      expect((await fetch(urlOf('tenant/clients'))).status).toBe(200)
    }
  })

  test('signs what a test wants refused, by the published key', async () => {
    const claims = { iss: tenant.issuer, aud: 'https://other.example.test/', exp: 1 }
    const response = await fetch(urlOf('tenant/sign'), { method: 'POST', body: JSON.stringify(claims) })
    const { token } = (await response.json()) as { token: string } // of this endpoint
    const keys = createRemoteJWKSet(urlOf('.well-known/jwks.json'))
    const { payload, protectedHeader } = await jwtVerify(token, keys, { currentDate: new Date(0) })
    expect(payload).toEqual(claims)
    expect(protectedHeader.typ).toBe('at+jwt')
  })

  test.each(['', '{', '[]', 'null', '"x"', JSON.stringify({ long: 'x'.repeat(10_000) })])(
    'signs nothing that is no object of claims: %.20s',
    async (body) => {
      const response = await fetch(urlOf('tenant/sign'), { method: 'POST', body })
      expect(response.status).toBe(400)
      expect(await response.json()).toEqual({ error: 'invalid_request' })
    },
  )

  test.each([
    ['GET', 'tenant/sign'],
    ['GET', 'tenant/away'],
    ['GET', 'tenant/rotate'],
    ['POST', 'tenant/clients'],
    ['GET', 'tenant/other'],
  ])('does not know %s %s', async (method, path) => {
    expect((await fetch(urlOf(path), { method })).status).toBe(404)
  })
})

describe('startTenant', () => {
  test('makes other secrets for every client and start', async () => {
    const other = await startTenant()
    const secrets = [...tenant.clients, ...other.clients].map(({ secret }) => secret)
    expect(new Set(secrets).size).toBe(secrets.length)
    await other.close()
  })

  test('takes a fixed secret', async () => {
    const other = await startTenant({ clientSecret: 'for-documentation' })
    expect(other.clients.every(({ secret }) => secret === 'for-documentation')).toBe(true)
    await other.close()
  })

  test('fails when the port is taken', async () => {
    const port = Number(new URL(tenant.issuer).port)
    await expect(startTenant({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })

  test('stops, also twice and with open connections', async () => {
    const other = await startTenant()
    await (await fetch(new URL('.well-known/jwks.json', other.issuer))).arrayBuffer()
    await other.close()
    await other.close()
    await expect(fetch(other.issuer)).rejects.toThrow()
  })
})
