import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import { Provider } from 'oidc-provider'
import type { Configuration, KoaContextWithOIDC } from 'oidc-provider'

import { SECRET } from './client.js'

/** A real authorization server: oidc-provider, with rotation and reuse detection, pushed requests, and nonces. */
export interface RealIssuer {
  readonly issuer: string
  readonly provider: Provider
  /** What it answered with errors: `error: detail`. */
  readonly errors: readonly string[]
  /** How often a refresh token came that was used before. */
  reuses(): number
  /** Goes where a browser would: as a user who logs in at once. */
  authorize(url: string): Promise<string>
  close(): Promise<void>
}

const CALLBACK = 'http://127.0.0.1/callback'
const API = 'https://api.test/'
const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const SCOPES = 'read:messages write:messages'

/** Options of {@link startProvider}. */
export interface ProviderOptions {
  readonly nonces?: boolean
  /** Public keys of the client `keyed`. */
  readonly keys?: readonly object[]
  /** Seconds. */
  readonly lifetime?: number
}

export async function startProvider(options: ProviderOptions = {}): Promise<RealIssuer> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo // listens on TCP
  const issuer = `http://127.0.0.1:${port}`
  const provider = new Provider(issuer, configuration(options))
  registerExchange(provider)
  // Servers write the time of the machine, which tests with clocks of their own do not go by.
  provider.use(async (ctx, next) => {
    await next()
    ctx.set('date', new Date().toUTCString())
  })
  const errors: string[] = []
  provider.on('grant.error', (_ctx, { error, error_detail: detail }) => void errors.push(`${error}: ${detail}`))
  const answer = provider.callback()
  server.on('request', (request, response) => {
    if (!request.url?.startsWith('/login/')) return void answer(request, response)
    const result = { login: { accountId: 'user-1' }, consent: {} }
    void provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false })
  })
  return {
    issuer,
    provider,
    errors,
    reuses: () => errors.filter((one) => one.includes('already used')).length,
    authorize: (url) => follow(url),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function configuration({ nonces = false, keys = [], lifetime = 300 }: ProviderOptions): Configuration {
  const grants = ['authorization_code', 'refresh_token', 'client_credentials', EXCHANGE]
  const common = { redirect_uris: [CALLBACK], grant_types: grants, response_types: ['code' as const] }
  const native = { ...common, application_type: 'native' as const }
  return {
    clients: [
      { ...native, client_id: 'app', client_secret: SECRET },
      { ...native, client_id: 'posting', client_secret: SECRET, token_endpoint_auth_method: 'client_secret_post' },
      {
        ...native,
        client_id: 'keyed',
        token_endpoint_auth_method: 'private_key_jwt',
        token_endpoint_auth_signing_alg: 'ES256',
        jwks: { keys: [...keys] },
      },
      { ...native, client_id: 'public', token_endpoint_auth_method: 'none', grant_types: grants.slice(0, 2) },
    ],
    scopes: ['openid', 'offline_access'],
    interactions: { url: (_ctx, { uid }) => `/login/${uid}` },
    findAccount: (_ctx, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
    loadExistingGrant: grantAll,
    rotateRefreshToken: true,
    // As with `offline_access`, which would want a consent each time.
    expiresWithSession: () => false,
    issueRefreshToken: (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    cookies: { keys: ['for tests'] },
    ttl: { AccessToken: lifetime, ClientCredentials: lifetime, RefreshToken: 1_209_600, Grant: 1_209_600, Session: 60 },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      dPoP: { enabled: true, ...(nonces && { requireNonce: () => true, nonceSecret: Buffer.alloc(32, 7) }) },
      pushedAuthorizationRequests: { enabled: true },
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => API,
        useGrantedResource: () => true,
        getResourceServerInfo: (_ctx, audience) => ({ scope: SCOPES, audience, accessTokenFormat: 'jwt' }),
      },
    },
  }
}

async function grantAll(ctx: KoaContextWithOIDC): Promise<InstanceType<Provider['Grant']> | undefined> {
  const { client, session, provider } = ctx.oidc
  if (client === undefined || session?.accountId === undefined) return undefined
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId })
  grant.addOIDCScope('openid offline_access')
  grant.addResourceScope(API, SCOPES)
  await grant.save()
  return grant
}

/** RFC 8693, as far as clients see it. */
function registerExchange(provider: Provider): void {
  const parameters = ['subject_token', 'subject_token_type', 'requested_token_type', 'audience', 'scope']
  provider.registerGrantType(
    EXCHANGE,
    (ctx) => {
      const { params, client } = ctx.oidc
      const subject = String(params?.['subject_token'])
      const [, payload = ''] = subject.split('.')
      const { sub } = JSON.parse(Buffer.from(payload, 'base64url').toString() || '{}') as { sub?: unknown } // of a JWT
      if (typeof sub !== 'string' || client === undefined) {
        ctx.status = 400
        ctx.body = { error: 'invalid_grant', error_description: `no such token: ${subject}` }
        return
      }
      ctx.body = {
        access_token: `exchanged-for-${sub}-at-${String(params?.['audience'])}`,
        issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        token_type: 'Bearer',
        expires_in: 300,
      }
    },
    parameters,
  )
}

/** Follows redirects with cookies, as a browser does, up to the client's own address. */
async function follow(start: string): Promise<string> {
  const cookies = new Map<string, string>()
  let url = start
  for (let hops = 0; hops < 10; hops += 1) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(url, { redirect: 'manual', headers: { cookie } })
    for (const line of response.headers.getSetCookie()) {
      const [name = '', value = ''] = (line.split(';')[0] ?? '').split('=')
      cookies.set(name, value)
    }
    const location = response.headers.get('location')
    if (location === null) throw new Error(`no redirect: ${response.status} ${await response.text()}`)
    url = new URL(location, url).href
    if (url.startsWith(CALLBACK)) return url
  }
  throw new Error('too many redirects')
}
