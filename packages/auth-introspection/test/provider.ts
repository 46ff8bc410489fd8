import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import { createProof, createTestKey } from '@acme/auth-testing'
import type { TestKey } from '@acme/auth-testing'
import { exportJWK, generateKeyPair } from 'jose'
import { Provider } from 'oidc-provider'
import type { Configuration } from 'oidc-provider'

export const AUDIENCE = 'https://api.example.com'
export const SECRET = 'the-secret-of-the-api-%:&='

/** A real issuer of opaque tokens, on a port of its own. */
export interface TestProvider {
  readonly issuer: string
  /** Questions that its introspection endpoint has got. */
  readonly questions: { count: number }
  readonly key: TestKey
  token(proof?: string): Promise<string>
  boundToken(): Promise<string>
  revoke(token: string): Promise<void>
  close(): Promise<void>
}

export async function startProvider(): Promise<TestProvider> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // listens on TCP
  const issuer = `http://127.0.0.1:${port}`
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  const jwk = { ...(await exportJWK(privateKey)), kid: 'one', alg: 'ES256', use: 'sig' }
  const answer = new Provider(issuer, { ...CONFIGURATION, jwks: { keys: [jwk] } }).callback()
  const questions = { count: 0 }
  server.on('request', (request, response) => {
    if (request.url === '/token/introspection') questions.count += 1
    void answer(request, response)
  })
  const key = await createTestKey('ES256')
  const post = (path: string, body: Record<string, string>, headers = {}): Promise<Response> =>
    fetch(issuer + path, {
      method: 'POST',
      headers,
      body: new URLSearchParams({ client_id: 'app', client_secret: 'secret-of-the-app', ...body }),
    })

  async function token(proof?: string): Promise<string> {
    const wanted = { grant_type: 'client_credentials', resource: AUDIENCE, scope: 'read:messages' }
    const response = await post('/token', wanted, proof === undefined ? {} : { dpop: proof })
    const answered = (await response.json()) as { access_token?: string } // RFC 6749 §5.1
    if (answered.access_token === undefined) throw new Error(JSON.stringify(answered))
    return answered.access_token
  }

  return {
    issuer,
    questions,
    key,
    token,
    boundToken: async () => token(await createProof({ key, method: 'POST', url: `${issuer}/token` })),
    async revoke(revoked) {
      const { status } = await post('/token/revocation', { token: revoked })
      if (status !== 200) throw new Error(`status ${status}`)
    },
    async close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

const API = { client_id: 'api', redirect_uris: [], response_types: [], grant_types: [] }

const CONFIGURATION: Configuration = {
  clients: [
    {
      client_id: 'app',
      client_secret: 'secret-of-the-app',
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
      token_endpoint_auth_method: 'client_secret_post',
    },
    { ...API, client_secret: SECRET },
    { ...API, client_id: 'post', client_secret: SECRET, token_endpoint_auth_method: 'client_secret_post' },
  ],
  clientAuthMethods: ['client_secret_post', 'client_secret_basic'],
  clientDefaults: { id_token_signed_response_alg: 'ES256', introspection_signed_response_alg: 'ES256' },
  enabledJWA: { introspectionSigningAlgValues: ['ES256'] },
  responseTypes: [],
  scopes: ['read:messages'],
  features: {
    clientCredentials: { enabled: true },
    dPoP: { enabled: true },
    devInteractions: { enabled: false },
    introspection: { enabled: true, allowedPolicy: () => true },
    jwtIntrospection: { enabled: true },
    revocation: { enabled: true, allowedPolicy: () => true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: () => ({ audience: AUDIENCE, scope: 'read:messages', accessTokenFormat: 'opaque' }),
    },
  },
}
