/** How an API's access tokens look; Auth0 calls it the token dialect. */
export type TokenProfile = 'rfc9068' | 'auth0'

/** An API (resource server) for which the tenant issues access tokens. */
export interface Api {
  audience: string
  /** `rfc9068` gives the header type `at+jwt`, `auth0` the older `JWT`. */
  profile: TokenProfile
  scopes: readonly string[]
}

/** An application, and what it is granted at every API that knows the scope or permission. */
export interface ClientDefinition {
  id: string
  scopes: readonly string[]
  permissions: readonly string[]
  /** Its access tokens are no JWTs: what they are good for, the tenant says when it is asked (RFC 7662). */
  opaqueTokens?: true
  /** Its access tokens are bound to the certificate that it shows (RFC 8705 §3). */
  boundToCertificate?: true
  /** An API: it may ask about tokens. */
  introspects?: true
  /** Where users are sent after a login, and after a logout. On loopback any port will do (RFC 8252 §7.3). */
  redirectUris?: readonly string[]
}

export const audience = 'https://api.example.test/'
export const legacyAudience = 'https://legacy.example.test/'

// As at Auth0, an API's permissions are its scopes; a client may hold one without the other.
export const scopes = ['read:messages', 'write:messages', 'delete:data', 'admin:access'] as const

/** What operators of an API may: no user and no application of users has it. */
const operatorScope = 'read:traces'

export const apis: readonly Api[] = [
  { audience, profile: 'rfc9068', scopes: [...scopes, operatorScope] },
  { audience: legacyAudience, profile: 'auth0', scopes },
]

/** Applications that log users in, by code and PKCE; they have no secret (RFC 8252 §8.4). */
export interface PublicClientDefinition extends ClientDefinition {
  redirectUris: readonly string[]
}

export const publicClients: readonly PublicClientDefinition[] = [
  {
    id: 'docs',
    scopes,
    permissions: scopes,
    redirectUris: ['http://127.0.0.1/docs/oauth2-redirect.html', 'http://localhost/docs/oauth2-redirect.html'],
  },
  { id: 'assistant', scopes, permissions: scopes, redirectUris: ['http://127.0.0.1/callback'] },
  {
    id: 'web',
    scopes,
    permissions: scopes,
    redirectUris: ['127.0.0.1', 'localhost'].flatMap((host) => [`http://${host}/`, `http://${host}/callback`]),
  },
]

export const clientDefinitions: readonly ClientDefinition[] = [
  {
    id: 'reader',
    scopes: ['read:messages'],
    permissions: ['read:messages'],
  },
  {
    id: 'writer',
    scopes: ['read:messages', 'write:messages', 'delete:data'],
    permissions: ['read:messages', 'write:messages', 'delete:data'],
  },
  {
    id: 'admin',
    scopes: ['read:messages', 'delete:data', 'admin:access'],
    permissions: ['read:messages', 'delete:data', 'admin:access'],
  },
  {
    id: 'nobody',
    scopes: [],
    permissions: [],
  },
  // Reads why an API refused a request.
  {
    id: 'operator',
    scopes: [operatorScope],
    permissions: [operatorScope],
  },
  // Is logged out everywhere.
  {
    id: 'leaver',
    scopes: ['read:messages', 'write:messages'],
    permissions: ['read:messages', 'write:messages'],
  },
  {
    id: 'veiled',
    scopes: ['read:messages'],
    permissions: ['read:messages'],
    opaqueTokens: true,
  },
  {
    id: 'certified',
    scopes: ['read:messages'],
    permissions: ['read:messages'],
    boundToCertificate: true,
  },
  {
    id: 'api',
    scopes: [],
    permissions: [],
    introspects: true,
  },
  // An application on a server: logs users in, and has a secret.
  {
    id: 'portal',
    scopes,
    permissions: scopes,
    redirectUris: ['http://127.0.0.1/callback'],
  },
]

/** The application with this id, whether it has a secret or not. */
export function findClientDefinition(id: string | undefined): ClientDefinition | undefined {
  return [...clientDefinitions, ...publicClients].find((candidate) => candidate.id === id)
}
