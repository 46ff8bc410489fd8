import type { AccessToken, AccessTokenRequest, AccessTokenSource, StepUp } from '../access-token.js'
import type { Target } from '../grants/parameters.js'
import type { TokenSet } from '../grants/requests.js'

/** What a session is for; what is left out is taken from the client's options. */
export interface SessionOptions extends Target {
  /**
   * Authorises again, with the user: what it gives is saved. Where the session knows its user, `openid` is among the scopes,
   * and tokens of another, or without an ID token, are refused. Without it a session cannot step up.
   */
  readonly onStepUp?: ((wanted: StepUp) => Promise<TokenSet>) | undefined
}

/** The tokens of one user. */
export interface Session extends AccessTokenSource {
  /**
   * A token that is valid now: kept, or refreshed.
   *
   * @throws {AuthClientError} `login_required` when there is no session, or the issuer has ended it; `step_up_required` for scopes
   * that the user has not granted
   */
  getAccessToken(request?: AccessTokenRequest): Promise<AccessToken>
  stepUp(wanted: StepUp): Promise<AccessToken>
  /** Begins the session, or replaces what it has, with what a login gave. */
  save(tokens: TokenSet): Promise<void>
  /** Who is logged in: `sub` of the ID token. */
  subject(): Promise<string | undefined>
  /** For a logout at the issuer. */
  idToken(): Promise<string | undefined>
  /**
   * Forgets the tokens, and revokes the refresh token where the issuer has an endpoint for it.
   *
   * @throws {AuthClientError} also when the issuer cannot be asked: the tokens are forgotten all the same; `store_unavailable` when
   * they could not be forgotten
   */
  clear(): Promise<void>
}
