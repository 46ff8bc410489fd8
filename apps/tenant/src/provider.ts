import { Provider } from 'oidc-provider'
import type { AdapterFactory, ClientMetadata, Configuration, KoaContextWithOIDC } from 'oidc-provider'
import { publicClients } from './clients.js'
import type { PublicClientDefinition } from './clients.js'
import { actorClaims } from './actors.js'
import { addAssertionGrants, JWT_BEARER, TOKEN_EXCHANGE } from './assertion-grants.js'
import type { TrustedIssuer } from './presented-tokens.js'
import { logoutConfiguration } from './logout.js'
import { applyProfile, claimsOfOpaque, mayIntrospect, requireAudience, resourceServerFor } from './grants.js'
import { certificateOf } from './client-certificate.js'
import { loginConfiguration } from './login.js'
import { signingAlgorithm } from './signing-keys.js'
import type { SigningKeys } from './signing-keys.js'

export const tokenPath = '/oauth/token'
export const authorizationPath = '/authorize'
export const parPath = '/oauth/par'

/** Seconds; Auth0's default for a custom API. */
const tokenLifetime = 86_400

export interface ProviderSettings {
  /** With the trailing slash, as Auth0 has it. */
  issuer: string
  clients: readonly ConfidentialClient[]
  /** Issuers whose assertions are grants. */
  trustedIssuers: readonly TrustedIssuer[]
  store: AdapterFactory
  /** Seconds that access tokens of users last; undefined for the library's hour. */
  userTokenLifetime: number | undefined
  /** Signs the cookies of logins. */
  cookieKey: string
  /** Makes DPoP nonces (RFC 9449 §8); undefined where proofs need none. */
  nonceSecret: Buffer | undefined
}

/** A client that has a secret. */
export interface ConfidentialClient {
  id: string
  secret: string
  redirectUris?: readonly string[]
  boundToCertificate?: true
}

/** A provider for one list of keys: the library reads them at construction only. */
export function createProvider(settings: ProviderSettings, keys: SigningKeys): Provider {
  const { nonceSecret } = settings
  const dPoP = { enabled: true, ...(nonceSecret && { nonceSecret, requireNonce: () => true }) }
  const provider = new Provider(settings.issuer, {
    ...configuration,
    features: { ...configuration.features, dPoP },
    adapter: settings.store,
    ...(settings.userTokenLifetime !== undefined && {
      ttl: { ...configuration.ttl, AccessToken: settings.userTokenLifetime },
    }),
    clients: [...settings.clients.map(clientMetadata), ...publicClients.map(publicClientMetadata)],
    cookies: { keys: [settings.cookieKey] },
    jwks: { keys },
  })
  provider.use(exposeDate)
  addAssertionGrants(provider, settings, keys)
  return provider
}

/** What is used of the context of Koa, whose types are not among our dependencies. */
interface Answering {
  readonly response: { get(name: string): string }
  set(name: string, value: string): void
}

/** For clients in browsers whose clock is wrong: `Date` is not among the headers that they may read (Fetch §2.2.2). */
function exposeDate(ctx: Answering, answer: () => Promise<void>): Promise<void> {
  return answer().then(() => {
    if (ctx.response.get('access-control-allow-origin') === '') return
    const exposed = ctx.response.get('access-control-expose-headers')
    ctx.set('access-control-expose-headers', exposed === '' ? 'Date' : `${exposed},Date`)
  })
}

const configuration: Configuration = {
  ...loginConfiguration,
  routes: {
    authorization: authorizationPath,
    token: tokenPath,
    jwks: '/.well-known/jwks.json',
    pushed_authorization_request: parPath,
    revocation: '/oauth/revoke',
    end_session: '/oidc/logout',
  },
  clientAuthMethods: ['client_secret_post', 'client_secret_basic', 'none'],
  // Of a browser's request; what a public client may do does not depend on where it is.
  clientBasedCORS: (_ctx, _origin, client) => publicClients.some(({ id }) => id === client.clientId),
  clientDefaults: { id_token_signed_response_alg: signingAlgorithm },
  responseTypes: ['code'],
  extraTokenClaims: (ctx, token) => ({ ...loginClaims(ctx), ...actorClaims(ctx), ...claimsOfOpaque(token) }),
  scopes: ['openid', 'offline_access'],
  // RFC 9700 §4.14.2; one that comes again revokes the grant. The library would rotate those of public clients alone.
  rotateRefreshToken: true,
  ttl: { ClientCredentials: tokenLifetime },
  formats: {
    customizers: { jwt: (_ctx, token, parts) => applyProfile(token, parts) },
  },
  features: {
    clientCredentials: { enabled: true },
    mTLS: { enabled: true, certificateBoundAccessTokens: true, getCertificate: (ctx) => certificateOf(ctx.req) },
    introspection: { enabled: true, allowedPolicy: (_ctx, client) => mayIntrospect(client.clientId) },
    resourceIndicators: {
      enabled: true,
      defaultResource: requireAudience,
      // The code has its API: the token request need not name it.
      useGrantedResource: () => true,
      getResourceServerInfo: (ctx, audience, client) => resourceServerFor(ctx, audience, client.clientId),
    },
    // On by default, and of use to grants with a user only.
    claimsParameter: { enabled: false },
    devInteractions: { enabled: false },
    pushedAuthorizationRequests: { enabled: true },
    revocation: { enabled: true },
    rpInitiatedLogout: logoutConfiguration,
    userinfo: { enabled: false },
  },
}

function publicClientMetadata({ id, redirectUris }: PublicClientDefinition): ClientMetadata {
  return {
    client_id: id,
    application_type: 'native',
    grant_types: ['authorization_code', 'refresh_token'],
    redirect_uris: [...redirectUris],
    post_logout_redirect_uris: [...redirectUris],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
  }
}

/** When and how the user of a code or refresh token logged in (RFC 9068 §2.2.1). */
function loginClaims({ oidc }: KoaContextWithOIDC): Record<string, string | number> {
  const login = oidc.entities.AuthorizationCode ?? oidc.entities.RefreshToken
  return {
    ...(login?.acr !== undefined && { acr: login.acr }),
    ...(login?.authTime !== undefined && { auth_time: login.authTime }),
  }
}

function clientMetadata({ id, secret, redirectUris, boundToCertificate }: ConfidentialClient): ClientMetadata {
  const own = ['client_credentials', TOKEN_EXCHANGE, JWT_BEARER]
  const metadata: ClientMetadata = {
    client_id: id,
    client_secret: secret,
    grant_types: own,
    redirect_uris: [],
    response_types: [],
    token_endpoint_auth_method: 'client_secret_post',
    ...(boundToCertificate && { tls_client_certificate_bound_access_tokens: true }),
  }
  if (redirectUris === undefined) return metadata
  return {
    ...metadata,
    application_type: 'native',
    grant_types: [...own, 'authorization_code', 'refresh_token'],
    redirect_uris: [...redirectUris],
    post_logout_redirect_uris: [...redirectUris],
    response_types: ['code'],
  }
}
