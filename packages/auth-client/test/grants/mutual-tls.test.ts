import { X509Certificate } from 'node:crypto'
import { createServer, request as requestHttps } from 'node:https'
import type { Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { buffer } from 'node:stream/consumers'

import { createAuth, getAuth } from '@acme/auth-express'
import express from 'express'
import { decodeJwt, exportJWK, importX509 } from 'jose'
import { Provider } from 'oidc-provider'
import { generate } from 'selfsigned'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { createAuthClient, createFetch } from '../../src/index.js'
import type { AuthClient } from '../../src/index.js'
import { failureOf } from '../support/client.js'

// RFC 8705 with a real provider and real handshakes: the client proves who it is by its certificate, and its tokens are
// bound to it.
const API = 'https://api.test/'

interface Identity {
  readonly key: string
  readonly cert: string
}

async function identity(commonName: string): Promise<Identity> {
  const made = await generate([{ name: 'commonName', value: commonName }], { keyType: 'ec', algorithm: 'sha256' })
  return { key: made.private, cert: made.cert }
}

/** A `fetch` that shows a certificate in the handshake, over connections of its own. */
function fetchAs(own: Identity | undefined): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init)
    const body = await request.text()
    return new Promise((resolve, reject) => {
      const { method, headers, url } = request
      const options = { ...own, method, headers: Object.fromEntries(headers), rejectUnauthorized: false, agent: false }
      const sent = requestHttps(url, options, (answer) => {
        buffer(answer).then((bytes) => {
          const names = Object.entries(answer.headers).flatMap(([name, value]) => [
            [name, String(value)] as [string, string],
          ])
          resolve(new Response(bytes.length === 0 ? null : bytes, { status: answer.statusCode ?? 0, headers: names }))
        }, reject)
      })
      sent.on('error', reject).end(body)
    })
  }
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}` // listens on TCP
}

const servers: Server[] = []
let own: Identity
let other: Identity
let issuer: string
let api: string

/** oidc-provider, for one client with a self-signed certificate (RFC 8705 §2.2). */
async function startProvider(tls: object): Promise<string> {
  const server = createServer(tls)
  servers.push(server)
  const origin = await listen(server)
  const x5c = [new X509Certificate(own.cert).raw.toString('base64')]
  const jwk = { ...(await exportJWK(await importX509(own.cert, 'ES256', { extractable: true }))), x5c, use: 'sig' }
  const provider = new Provider(origin, {
    clients: [
      {
        client_id: 'bank',
        token_endpoint_auth_method: 'self_signed_tls_client_auth',
        tls_client_certificate_bound_access_tokens: true,
        jwks: { keys: [jwk] },
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
      },
    ],
    clientAuthMethods: ['self_signed_tls_client_auth'],
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      mTLS: {
        enabled: true,
        certificateBoundAccessTokens: true,
        selfSignedTlsClientAuth: true,
        getCertificate: ({ socket }) => (socket as TLSSocket).getPeerX509Certificate(),
      },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: () => ({ scope: 'read:accounts', audience: API, accessTokenFormat: 'jwt' }),
      },
    },
  })
  server.on('request', provider.callback())
  return origin
}

async function startApi(tls: object): Promise<string> {
  const { requireAuth } = createAuth({
    issuer,
    audience: API,
    fetch: fetchAs(undefined),
    mtls: { certificate: 'connection', required: true },
    onEvent: () => undefined,
  })
  const app = express().get('/accounts', requireAuth('read:accounts'), (request, response) => {
    const { clientId, certificateThumbprint } = getAuth(request)
    response.json({ clientId, certificateThumbprint })
  })
  const server = createServer(tls, app)
  servers.push(server)
  return listen(server)
}

beforeAll(async () => {
  ;[own, other] = await Promise.all([identity('bank'), identity('thief')])
  const tls = { ...(await identity('127.0.0.1')), requestCert: true, rejectUnauthorized: false }
  issuer = await startProvider(tls)
  api = await startApi(tls)
})

afterAll(() => {
  for (const server of servers) server.close().closeAllConnections()
})

function clientAs(one: Identity | undefined): AuthClient {
  const authentication = { mtls: fetchAs(one) }
  return createAuthClient({
    issuer,
    clientId: 'bank',
    authentication,
    resource: API,
    scopes: ['read:accounts'],
    // Metadata are for everybody.
    fetch: fetchAs(undefined),
    retries: 0,
  })
}

describe('a client with a certificate (RFC 8705)', () => {
  it('gets tokens that are bound to it, and calls an API with them', async () => {
    const tokens = clientAs(own).clientCredentials()
    const token = await tokens.getAccessToken()
    const thumbprint = (decodeJwt(token.value)['cnf'] as Record<string, string>)['x5t#S256'] // of the provider
    const answer = await createFetch(tokens, { origins: [api], fetch: fetchAs(own) })(`${api}/accounts`)
    expect([answer.status, await answer.json()]).toEqual([200, { clientId: 'bank', certificateThumbprint: thumbprint }])
  })

  it.each<[string, () => Identity | undefined]>([
    ['another certificate', () => other],
    ['none', () => undefined],
  ])('a stolen token is worth nothing with %s', async (_, thief) => {
    const tokens = clientAs(own).clientCredentials()
    const answer = await createFetch(tokens, { origins: [api], fetch: fetchAs(thief()) })(`${api}/accounts`)
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([
      401,
      expect.stringMatching(/^Bearer realm="api", error="invalid_token"/),
    ])
  })

  it.each<[string, () => Identity | undefined]>([
    ['another certificate', () => other],
    ['none', () => undefined],
  ])('the issuer refuses the client with %s', async (_, thief) => {
    const error = await failureOf(clientAs(thief()).clientCredentials().getAccessToken())
    expect([error.reason, error.code]).toEqual(['client_refused', 'AUTH_1005'])
  })
})
