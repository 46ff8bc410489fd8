import { Provider } from 'oidc-provider'
import type { AdapterFactory, ClientMetadata, Configuration, KoaContextWithOIDC } from 'oidc-provider'
import { publicClients } from './clients.js'
import type { PublicClientDefinition } from './clients.js'
import { applyProfile, claimsOfOpaque, mayIntrospect, requireAudience, resourceServerFor } from './grants.js'
import { loginConfiguration } from './login.js'
import { signingAlgorithm } from './signing-keys.js'
import type { SigningKeys } from './signing-keys.js'

export const tokenPath = '/oauth/token'

/** Seconds; Auth0's default for a custom API. */
const tokenLifetime = 86_400

export interface ProviderSettings {
  /** With the trailing slash, as Auth0 has it. */
  issuer: string
  clients: readonly { id: string; secret: string }[]
  store: AdapterFactory
  /** Signs the cookies of logins. */
  cookieKey: string
}

/** A provider for one list of keys: the library reads them at construction only. */
export function createProvider(settings: ProviderSettings, keys: SigningKeys): Provider {
  return new Provider(settings.issuer, {
    ...configuration,
    adapter: settings.store,
    clients: [...settings.clients.map(clientMetadata), ...publicClients.map(publicClientMetadata)],
    cookies: { keys: [settings.cookieKey] },
    jwks: { keys },
  })
}

const configuration: Configuration = {
  ...loginConfiguration,
  routes: { authorization: '/authorize', token: tokenPath, jwks: '/.well-known/jwks.json' },
  clientAuthMethods: ['client_secret_post', 'client_secret_basic', 'none'],
  // Of a browser's request; what a public client may do does not depend on where it is.
  clientBasedCORS: (_ctx, _origin, client) => publicClients.some(({ id }) => id === client.clientId),
  clientDefaults: { id_token_signed_response_alg: signingAlgorithm },
  responseTypes: ['code'],
  extraTokenClaims: (ctx, token) => ({ ...loginClaims(ctx), ...claimsOfOpaque(token) }),
  scopes: ['openid'],
  ttl: { ClientCredentials: tokenLifetime },
  formats: {
    customizers: { jwt: (_ctx, token, parts) => applyProfile(token, parts) },
  },
  features: {
    clientCredentials: { enabled: true },
    dPoP: { enabled: true },
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
    pushedAuthorizationRequests: { enabled: false },
    rpInitiatedLogout: { enabled: false },
    userinfo: { enabled: false },
  },
}

function publicClientMetadata({ id, redirectUris }: PublicClientDefinition): ClientMetadata {
  return {
    client_id: id,
    application_type: 'native',
    grant_types: ['authorization_code'],
    redirect_uris: [...redirectUris],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
  }
}

/** When and how the user of a code logged in (RFC 9068 §2.2.1). */
function loginClaims({ oidc }: KoaContextWithOIDC): Record<string, string | number> {
  const code = oidc.entities.AuthorizationCode
  return {
    ...(code?.acr !== undefined && { acr: code.acr }),
    ...(code?.authTime !== undefined && { auth_time: code.authTime }),
  }
}

function clientMetadata({ id, secret }: { id: string; secret: string }): ClientMetadata {
  return {
    client_id: id,
    client_secret: secret,
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
    token_endpoint_auth_method: 'client_secret_post',
  }
}
