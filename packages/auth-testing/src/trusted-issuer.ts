/** An issuer whose assertions another takes as a grant. */
export interface TrustedIssuer {
  readonly issuer: string
  readonly jwksUri: string
  readonly fetch: typeof globalThis.fetch
}
