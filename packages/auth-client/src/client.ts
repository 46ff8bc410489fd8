import type { AccessToken, AccessTokenSource } from './access-token.js'
import { Flights, unlessAborted } from './fetch/flights.js'
import { startAuthorization } from './grants/authorization-request.js'
import { handleCallback } from './grants/callback.js'
import { clientCredentials } from './grants/client-credentials.js'
import { createContext } from './grants/context.js'
import type { Context } from './grants/context.js'
import { assertionGrant, exchangeToken, identityAssertion, tokenForConnection } from './grants/exchange.js'
import { requireToken, targetOf } from './grants/parameters.js'
import type { Target } from './grants/parameters.js'
import { refresh } from './grants/refresh.js'
import { TOKEN_TYPES } from './grants/requests.js'
import type {
  AssertionRequest,
  AuthorizationRequest,
  ConnectionRequest,
  ExchangeRequest,
  IdentityAssertion,
  IdentityAssertionRequest,
  LogoutRequest,
  RefreshRequest,
  StartedAuthorization,
  StoredAuthorization,
  TokenSet,
  TokenTypeHint,
} from './grants/requests.js'
import { logoutUrl, revoke } from './grants/revocation.js'
import { wrong } from './options.js'
import type { AuthClientOptions } from './options.js'
import type { Circuit } from './resilience/exchange.js'
import { createKeeper } from './tokens/keeper.js'
import type { Keeper } from './tokens/keeper.js'
import { keyOf } from './tokens/key-of.js'
import { createMemoryLock } from './tokens/lock.js'
import { createRecords } from './tokens/records.js'
import { createSession } from './tokens/session.js'
import type { Session, SessionOptions } from './tokens/session-types.js'
import { createMemoryTokenStore } from './tokens/token-store.js'

/** A call on behalf of a user whose token came in (RFC 8693 §1.1). */
export interface OnBehalfOfRequest extends Target {
  /** The access token of the user, as this API got it: without its scheme. */
  readonly subjectToken: string
  /** Who acts, where the issuer does not take that from the authentication of the client. */
  readonly actorToken?: string | undefined
}

/** A client of an issuer. Every method throws {@link AuthClientError}s, or the reason of a signal that the caller aborted. */
export interface AuthClient {
  /** The identifier of the issuer. */
  readonly issuer: string
  /** Whether the issuer is asked: it is not for 30 s after five failures in a row. */
  readonly circuit: Circuit
  /** Tokens for the client itself (RFC 6749 §4.4). */
  clientCredentials(target?: Target): AccessTokenSource
  /** Begins a login (RFC 6749 §4.1, RFC 7636), pushed where the issuer has an endpoint for it (RFC 9126). */
  authorizationRequest(request: AuthorizationRequest): Promise<StartedAuthorization>
  /**
   * Ends a login: the tokens for the code of a callback.
   *
   * @throws {AuthClientError} `callback_invalid` for what does not belong to `stored`; `authorization_refused`, `login_required`
   * or `step_up_required` where the issuer, or the user, said no
   */
  handleCallback(
    url: string,
    stored: StoredAuthorization,
    options?: { readonly signal?: AbortSignal },
  ): Promise<TokenSet>
  /** The tokens of one user. The identifier is as secret as a session cookie's. */
  session(id: string, options?: SessionOptions): Session
  /**
   * Refreshes once, with a refresh token that somebody else keeps (RFC 6749 §6): the answer has the next one where they rotate,
   * and then the old one is used up. Two calls with the same token look like a theft: {@link AuthClient.session} sees to that.
   *
   * @throws {AuthClientError} `token_refused` for one that is no good any more
   */
  refresh(request: RefreshRequest): Promise<TokenSet>
  /** Exchanges a token (RFC 8693), each time anew. */
  exchangeToken(request: ExchangeRequest): Promise<TokenSet>
  /** Tokens for the next API, in the name of the user (RFC 8693 §1.1): exchanged, and kept while they are good. */
  onBehalfOf(request: OnBehalfOfRequest): AccessTokenSource
  /** An access token of the user for somebody else's API, from Auth0's Token Vault. */
  tokenForConnection(request: ConnectionRequest): Promise<TokenSet>
  /** An ID-JAG for another authorisation server, from the user's identity provider. */
  identityAssertion(request: IdentityAssertionRequest): Promise<IdentityAssertion>
  /** Tokens for an assertion, such as an ID-JAG (RFC 7523 §2.1). */
  assertionGrant(request: AssertionRequest): Promise<TokenSet>
  /** RFC 7009. */
  revoke(token: string, hint: TokenTypeHint, options?: { readonly signal?: AbortSignal }): Promise<void>
  /** Where a user is sent to log out at the issuer too (OpenID Connect RP-Initiated Logout 1.0 §2). */
  logoutUrl(request?: LogoutRequest): Promise<string>
}

/**
 * A client of an issuer: gets tokens by each grant, keeps and renews them.
 *
 * @throws {AuthClientError} `options_invalid`, which names the option and shows nothing of what was given
 * @example
 * ```ts
 * import { createAuthClient } from '@acme/auth-client'
 *
 * const client = createAuthClient({
 *   issuer: 'https://tenant.example.com/',
 *   clientId: 'orders',
 *   authentication: { secret: process.env['CLIENT_SECRET'] ?? 'secret' },
 *   audience: 'https://api.example.com',
 *   dpop: 'generate',
 * })
 * const tokens = client.clientCredentials({ scopes: ['read:messages'] })
 * console.log(client.circuit, typeof tokens.getAccessToken)
 * ```
 */
export function createAuthClient(options: AuthClientOptions): AuthClient {
  const context = createContext(options)
  const { settings, resilience } = context
  const records = createRecords(options.store ?? createMemoryTokenStore({ now: settings.now }), settings)
  const keeper = createKeeper(context, records, options.lock ?? createMemoryLock())
  const stepUps = new Flights<AccessToken>()
  const callbacks = new Flights<TokenSet>()
  return {
    issuer: settings.issuer,
    get circuit() {
      return resilience.circuit
    },
    clientCredentials: (target = {}) => credentialsSource(context, keeper, target),
    authorizationRequest: (request) => startAuthorization(context, request),
    async handleCallback(url, stored, { signal } = {}) {
      signal?.throwIfAborted()
      // A page that renders twice handles its callback twice; the second use of a code would revoke what the first gave
      // (RFC 6749 §4.1.2).
      const once = callbacks.run(JSON.stringify([url, stored]), () => handleCallback(context, url, stored))
      return unlessAborted(once, signal)
    },
    session(id, sessionOptions = {}) {
      if (typeof id !== 'string' || id === '') throw wrong('id', 'text')
      return createSession({ context, records, keeper, stepUps }, id, sessionOptions)
    },
    refresh: (request) => refreshOnce(context, request),
    exchangeToken: (request) => exchangeToken(context, request),
    onBehalfOf: (request) => onBehalfOfSource(context, keeper, request),
    tokenForConnection: (request) => tokenForConnection(context, request),
    identityAssertion: (request) => identityAssertion(context, request),
    assertionGrant: (request) => assertionGrant(context, request),
    revoke: (token, hint, { signal } = {}) => revoke(context, token, hint, signal),
    logoutUrl: (request = {}) => logoutUrl(context, request),
  }
}

async function refreshOnce(context: Context, request: RefreshRequest): Promise<TokenSet> {
  const { refreshToken, scopes, signal } = request
  requireToken('refreshToken', refreshToken)
  return refresh(context, refreshToken, { ...targetOf(context.settings, request), scopes }, signal)
}

function credentialsSource(context: Context, keeper: Keeper, given: Target): AccessTokenSource {
  const target = targetOf(context.settings, given)
  return tokenSource(context, keeper, target, ['client'], (scopes) =>
    clientCredentials(context, { ...target, scopes: scopes.length > 0 ? scopes : undefined }, undefined),
  )
}

function onBehalfOfSource(context: Context, keeper: Keeper, request: OnBehalfOfRequest): AccessTokenSource {
  const { subjectToken, actorToken } = request
  requireToken('subjectToken', subjectToken)
  const target = targetOf(context.settings, request)
  return tokenSource(context, keeper, target, ['subject', subjectToken, actorToken], (scopes) =>
    exchangeToken(context, {
      ...target,
      subjectToken,
      actorToken,
      ...(scopes.length > 0 && { scopes }),
      requestedTokenType: TOKEN_TYPES.accessToken,
    }),
  )
}

/** Tokens that are got anew, by the same grant, when they end. */
function tokenSource(
  context: Context,
  keeper: Keeper,
  target: Target,
  owner: readonly (string | undefined)[],
  obtain: (scopes: readonly string[]) => Promise<TokenSet>,
): AccessTokenSource {
  const { issuer, clientId } = context.settings
  const api = JSON.stringify([target.audience ?? null, target.resource ?? null])
  return {
    async getAccessToken(request) {
      const scopes = target.scopes ?? []
      // Who asks for less gets no more, and who asks for all gets no less: each has tokens of its own (RFC 6749 §3.3).
      const asked = JSON.stringify([...new Set(scopes)].toSorted())
      const key = await keyOf([...owner, issuer, clientId, (await context.binding())?.thumbprint, api, asked])
      return keeper.get({ key, api, scopes, obtain: async (_record, wanted) => alone(await obtain(wanted)) }, request)
    },
  }
}

/** Some issuers give a refresh token beside: nobody would use it, and it would be kept as long as a session. */
function alone({ accessToken }: TokenSet): TokenSet {
  return { accessToken }
}
