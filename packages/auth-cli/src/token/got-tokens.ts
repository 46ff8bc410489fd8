import type { AccessToken } from '@acme/auth-client'

/** What an issuer gave. */
export interface GotTokens {
  readonly accessToken: AccessToken
  readonly refreshToken?: string
  readonly idToken?: string
}
