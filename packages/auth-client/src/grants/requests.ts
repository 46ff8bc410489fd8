import type { AccessToken } from '../access-token.js'
import type { Target } from './parameters.js'

/** `urn:ietf:params:oauth:token-type:` and a name (RFC 8693 §3), or a URI of the issuer's own. */
export const TOKEN_TYPES = {
  accessToken: 'urn:ietf:params:oauth:token-type:access_token',
  refreshToken: 'urn:ietf:params:oauth:token-type:refresh_token',
  idToken: 'urn:ietf:params:oauth:token-type:id_token',
  jwt: 'urn:ietf:params:oauth:token-type:jwt',
  idJag: 'urn:ietf:params:oauth:token-type:id-jag',
} as const

/** What an issuer answered to a grant (RFC 6749 §5.1). */
export interface TokenSet {
  readonly accessToken: AccessToken
  readonly refreshToken?: string
  readonly idToken?: string
  /** Of the ID token: what the issuer says about the user (OpenID Connect Core 1.0 §2). */
  readonly claims?: Readonly<Record<string, unknown>>
  /** What a token exchange gave (RFC 8693 §2.2.1). */
  readonly issuedTokenType?: string
}

/** A refresh with a token that somebody else kept (RFC 6749 §6). */
export interface RefreshRequest extends Target {
  readonly refreshToken: string
  /** Fewer than were granted, and never more. @defaultValue all that were granted, whatever the options of the client say */
  readonly scopes?: readonly string[] | undefined
  readonly signal?: AbortSignal | undefined
}

/** A token exchange (RFC 8693 §2.1). */
export interface ExchangeRequest extends Target {
  /** Whom the new token is about. */
  readonly subjectToken: string
  /** @defaultValue an access token */
  readonly subjectTokenType?: string | undefined
  /** Who acts (RFC 8693 §4.1): it becomes the outermost `act` of the new token. */
  readonly actorToken?: string | undefined
  /** @defaultValue an access token */
  readonly actorTokenType?: string | undefined
  readonly requestedTokenType?: string | undefined
  /** Of the issuer's own, such as Auth0's `organization`. None that the call writes itself. */
  readonly parameters?: Readonly<Record<string, string>> | undefined
  readonly signal?: AbortSignal | undefined
}

/** What is wanted of Auth0's Token Vault. */
export interface ConnectionRequest {
  /** The connection, such as `google-oauth2`. */
  readonly connection: string
  readonly subjectToken: string
  /** What the subject token is. Token Vault wants refresh tokens that do not rotate. @defaultValue 'refresh_token' */
  readonly subjectTokenType?: 'refresh_token' | 'access_token' | undefined
  /** Which of the user's accounts at that connection. */
  readonly loginHint?: string | undefined
  readonly signal?: AbortSignal | undefined
}

/** An ID-JAG: what the authorisation server of another domain takes for a login (draft-ietf-oauth-identity-assertion-authz-grant §4.3). */
export interface IdentityAssertion {
  readonly assertion: string
  /** Seconds since the epoch. */
  readonly expiresAt: number | undefined
}

/** What is wanted of the identity provider. */
export interface IdentityAssertionRequest {
  /** An ID token of the user. */
  readonly subjectToken: string
  /** @defaultValue an ID token */
  readonly subjectTokenType?: string | undefined
  /** The issuer identifier of the authorisation server that will take the assertion. */
  readonly audience: string
  /** The API behind it (RFC 8707). */
  readonly resource?: string | undefined
  readonly scopes?: readonly string[] | undefined
  readonly signal?: AbortSignal | undefined
}

/** A grant by a signed assertion (RFC 7523 §2.1). */
export interface AssertionRequest extends Target {
  /** A JWT, such as an ID-JAG. */
  readonly assertion: string
  readonly signal?: AbortSignal | undefined
}

/** What a token is, so that the issuer need not look everywhere (RFC 7009 §2.1). */
export type TokenTypeHint = 'access_token' | 'refresh_token'

/** Where a user is sent to log out at the issuer too (OpenID Connect RP-Initiated Logout 1.0 §2). */
export interface LogoutRequest {
  /** Says whom to log out, so that the issuer need not ask. */
  readonly idToken?: string | undefined
  /** Where the issuer sends the user afterwards; registered there. */
  readonly returnTo?: string | undefined
  readonly state?: string | undefined
  readonly signal?: AbortSignal | undefined
}

/** What a user is asked for. */
export interface AuthorizationRequest extends Target {
  /** Where the issuer sends the user back to; registered there. */
  readonly redirectUri: string
  /** RFC 9470 §4, OpenID Connect Core 1.0 §3.1.2.1. */
  readonly acrValues?: readonly string[] | undefined
  /** Seconds since the user logged in, at most: 0 for a login now. */
  readonly maxAge?: number | undefined
  readonly prompt?: string | undefined
  readonly loginHint?: string | undefined
  /** Of the issuer's own, such as Auth0's `organization`. None that the call writes itself. */
  readonly parameters?: Readonly<Record<string, string>> | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * What the callback is compared with. It is kept where only this user's browser, or its session at a server, has it: who knows
 * it can finish the login. It is plain JSON.
 */
export interface StoredAuthorization {
  readonly issuer: string
  readonly clientId: string
  readonly redirectUri: string
  readonly state: string
  readonly codeVerifier: string
  /** There with the scope `openid`. */
  readonly nonce?: string
  readonly scopes?: readonly string[]
  readonly maxAge?: number
  /** Seconds since the epoch. */
  readonly createdAt: number
}

/** An authorisation that was begun. */
export interface StartedAuthorization {
  /** Where the user is sent. */
  readonly url: string
  readonly stored: StoredAuthorization
}
