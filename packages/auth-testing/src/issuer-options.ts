import type { TestAlgorithm } from './algorithms.js'
import type { TestClient } from './clients.js'

/** Options of {@link createTestIssuer}. */
export interface TestIssuerOptions {
  /** The issuer identifier, kept to the letter. Default `'https://issuer.test/'`. */
  issuer?: string
  /** The `aud` of its tokens. Default `'https://api.test/'`. */
  audience?: string
  /** Of the first signing key. Default `'ES256'`, whose keys are made in no time. */
  algorithm?: TestAlgorithm
  /** Seconds since the epoch, for all that has a time. Default: the system's clock. */
  now?: () => number
  /** `Cache-Control` of metadata and keys. Default: no such header. */
  cacheControl?: string
  /**
   * The clients that it knows. Default: anybody is a client, by any secret or none, with any scope and redirect URI;
   * `private_key_jwt` wants a client of the list, since its key has to be known.
   */
  clients?: readonly TestClient[]
  /** Seconds, of access tokens and ID tokens that its endpoints issue. Default 3600. */
  accessTokenLifetime?: number
  /** Seconds, of each refresh token from its issue. Default 1209600: two weeks. */
  refreshTokenLifetime?: number
  /**
   * Whether a refresh token is good once, and one that comes again revokes its family (RFC 9700 §4.14.2).
   * Default `true`.
   */
  rotateRefreshTokens?: boolean
  /** Access tokens by connection, for Auth0's Token Vault. Default: any connection has `CONNECTION:SUBJECT`. */
  connections?: Readonly<Record<string, string>>
  /**
   * Subject and actor tokens of types of your own (Auth0's custom token exchange): the claims of a good one, with
   * `sub`, and `undefined` for others. Default: none is good.
   */
  foreignTokens?: (token: string, type: string) => Readonly<Record<string, unknown>> | undefined
}

const KNOWN: Readonly<Record<keyof TestIssuerOptions, true>> = {
  issuer: true,
  audience: true,
  algorithm: true,
  now: true,
  cacheControl: true,
  clients: true,
  accessTokenLifetime: true,
  refreshTokenLifetime: true,
  rotateRefreshTokens: true,
  connections: true,
  foreignTokens: true,
}

/** What {@link TestIssuerOptions} has. */
export const NAMES: readonly string[] = Object.keys(KNOWN)
