/** What an issuer answers for. */
export type TestEndpoint = 'metadata' | 'keys'

/** Where an issuer's documents are. */
export interface IssuerEndpoints {
  readonly origin: string
  readonly jwksUri: string
  /** Which document a path belongs to; `undefined` for a path that the issuer does not serve. */
  endpointAt(path: string): TestEndpoint | undefined
}

/** Derives the URLs of an issuer's documents from its identifier. */
export function issuerEndpoints(issuer: string): IssuerEndpoints {
  const { origin, pathname } = new URL(issuer)
  const tenant = pathname.replace(/\/$/, '')
  const jwksPath = `${tenant}/.well-known/jwks.json`
  const endpoints = new Map<string, TestEndpoint>([
    // OpenID Connect Discovery 1.0 §4.1 appends to the issuer's path.
    [`${tenant}/.well-known/openid-configuration`, 'metadata'],
    // RFC 8414 §3.1 inserts before it.
    [`/.well-known/oauth-authorization-server${tenant}`, 'metadata'],
    [jwksPath, 'keys'],
  ])
  return { origin, jwksUri: origin + jwksPath, endpointAt: (path) => endpoints.get(path) }
}
