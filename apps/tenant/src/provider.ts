import { Provider } from 'oidc-provider'
import type { AdapterFactory, ClientMetadata, Configuration } from 'oidc-provider'
import { applyProfile, requireAudience, resourceServerFor } from './grants.js'
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
}

/** A provider for one list of keys: the library reads them at construction only. */
export function createProvider(settings: ProviderSettings, keys: SigningKeys): Provider {
  return new Provider(settings.issuer, {
    ...configuration,
    adapter: settings.store,
    clients: settings.clients.map(clientMetadata),
    jwks: { keys },
  })
}

const configuration: Configuration = {
  routes: { token: tokenPath, jwks: '/.well-known/jwks.json' },
  clientAuthMethods: ['client_secret_post', 'client_secret_basic'],
  clientDefaults: { id_token_signed_response_alg: signingAlgorithm },
  responseTypes: [],
  scopes: ['openid'],
  ttl: { ClientCredentials: tokenLifetime },
  formats: {
    customizers: { jwt: (_ctx, token, parts) => applyProfile(token.clientId, parts) },
  },
  features: {
    clientCredentials: { enabled: true },
    dPoP: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: requireAudience,
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
