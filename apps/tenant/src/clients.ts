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
}

export const audience = 'https://api.example.test/'
export const legacyAudience = 'https://legacy.example.test/'

// As at Auth0, an API's permissions are its scopes; a client may hold one without the other.
const scopes = ['read:messages', 'write:messages', 'delete:data', 'admin:access'] as const

export const apis: readonly Api[] = [
  { audience, profile: 'rfc9068', scopes },
  { audience: legacyAudience, profile: 'auth0', scopes },
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
]
