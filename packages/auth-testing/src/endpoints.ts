/** What an issuer answers for. */
export type TestEndpoint =
  | 'metadata'
  | 'keys'
  | 'token'
  | 'authorize'
  | 'par'
  | 'revocation'
  | 'introspection'
  | 'logout'
  | 'transmitter'
  | 'poll'
  | 'verification'
  | 'statusList'

/** Where an issuer's documents and endpoints are. */
export interface IssuerEndpoints {
  readonly origin: string
  readonly jwksUri: string
  /** Which document or endpoint a path belongs to; `undefined` for a path that the issuer does not serve. */
  endpointAt(path: string): TestEndpoint | undefined
  /** The URL of one of them; for the metadata that of OpenID Connect. */
  urlOf(endpoint: TestEndpoint): string
}

/** Every endpoint, and its path after that of the issuer. */
const PATHS: Readonly<Record<TestEndpoint, string>> = {
  // OpenID Connect Discovery 1.0 §4.1 appends to the issuer's path.
  metadata: '/.well-known/openid-configuration',
  keys: '/.well-known/jwks.json',
  token: '/oauth/token',
  authorize: '/authorize',
  par: '/oauth/par',
  revocation: '/oauth/revoke',
  introspection: '/oauth/introspect',
  logout: '/oidc/logout',
  // Shared Signals Framework 1.0 §7.2 inserts before the issuer's path; see below.
  transmitter: '/.well-known/ssf-configuration',
  poll: '/ssf/poll',
  verification: '/ssf/verify',
  statusList: '/status-list',
}

/** What {@link PATHS} has. */
// as: the keys of an object literal of this type are its endpoints
export const ENDPOINTS: readonly TestEndpoint[] = Object.keys(PATHS) as TestEndpoint[]

/** Derives the URLs of an issuer's documents and endpoints from its identifier. */
export function issuerEndpoints(issuer: string): IssuerEndpoints {
  const { origin, pathname } = new URL(issuer)
  const tenant = pathname.replace(/\/$/, '')
  const endpoints = new Map<string, TestEndpoint>(ENDPOINTS.map((each) => [tenant + PATHS[each], each]))
  // RFC 8414 §3.1 inserts before the issuer's path.
  endpoints.set(`/.well-known/oauth-authorization-server${tenant}`, 'metadata')
  endpoints.set(`/.well-known/ssf-configuration${tenant}`, 'transmitter')
  const urlOf = (endpoint: TestEndpoint): string => origin + tenant + PATHS[endpoint]
  return { origin, jwksUri: urlOf('keys'), endpointAt: (path) => endpoints.get(path), urlOf }
}
