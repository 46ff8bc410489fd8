import {
  authorizationCodeGrantRequest,
  expectNoNonce,
  processAuthorizationCodeResponse,
  skipAuthTimeCheck,
  validateAuthResponse,
  AuthorizationResponseError,
} from 'oauth4webapi'
import type { AuthorizationServer, ProcessAuthorizationCodeResponseOptions } from 'oauth4webapi'

import { AuthClientError } from '../errors.js'
import { asClientError } from '../map-error.js'
import type { Context } from './context.js'
import { requestTokens } from './perform.js'
import type { StoredAuthorization, TokenSet } from './requests.js'

// Seconds that a login may take.
const MAX_AGE = 3600

/** Exchanges the code of a callback for tokens, which happens once: a code is not sent twice. */
export async function handleCallback(
  context: Context,
  callback: string,
  stored: StoredAuthorization,
): Promise<TokenSet> {
  requireStored(context, stored)
  const url = requireCallbackUrl(callback, stored)
  const until = context.resilience.until()
  const server = await context.issuer.metadata()
  const parameters = parametersOf(context, server, url, stored)
  const expected: ProcessAuthorizationCodeResponseOptions = {
    expectedNonce: stored.nonce ?? expectNoNonce,
    // OpenID Connect Core 1.0 §3.1.3.7 item 6: TLS to the token endpoint stands for the signature of the ID token.
    requireIdToken: stored.nonce !== undefined,
    maxAge: stored.maxAge ?? skipAuthTimeCheck,
  }
  return requestTokens(context, {
    grant: 'authorization_code',
    repeatable: false,
    invalidGrant: 'authorization_refused',
    scopes: stored.scopes,
    signal: undefined,
    until,
    send: ({ client, options }) =>
      authorizationCodeGrantRequest(
        server,
        client,
        context.authentication,
        parameters,
        stored.redirectUri,
        stored.codeVerifier,
        options,
      ),
    read: ({ client }, response) => processAuthorizationCodeResponse(server, client, response, expected),
  })
}

function requireStored({ settings }: Context, stored: StoredAuthorization): void {
  if (typeof stored !== 'object' || stored === null || typeof stored.state !== 'string' || stored.state === '') {
    throw invalid('nothing was stored for it')
  }
  if (!isWhole(stored)) throw invalid('what was stored for it is not what authorizationRequest() gave')
  // Mix-up (RFC 9700 §4.4): the code of one issuer must not be sent to another.
  if (stored.issuer !== settings.issuer || stored.clientId !== settings.clientId)
    throw invalid('it is of another client')
  const age = settings.now() - stored.createdAt
  // A clock that was set back makes an age negative.
  if (!(Math.abs(age) <= MAX_AGE)) throw invalid('it was begun too long ago')
}

/** A session store may hand back anything; without its verifier or nonce a code would be held against less than it was. */
function isWhole(stored: StoredAuthorization): boolean {
  const { redirectUri, codeVerifier, nonce, scopes, maxAge }: Readonly<Record<string, unknown>> = { ...stored }
  return (
    URL.canParse(String(redirectUri)) &&
    typeof codeVerifier === 'string' &&
    // RFC 7636 §4.1.
    /^[\w.~-]{43,128}$/.test(codeVerifier) &&
    (nonce === undefined || (typeof nonce === 'string' && nonce !== '')) &&
    (maxAge === undefined || typeof maxAge === 'number') &&
    (scopes === undefined || (Array.isArray(scopes) && scopes.every((one) => typeof one === 'string')))
  )
}

function requireCallbackUrl(callback: string, { redirectUri }: StoredAuthorization): URL {
  if (!URL.canParse(callback)) throw invalid('it is no URL')
  const url = new URL(callback)
  const registered = new URL(redirectUri)
  if (url.origin !== registered.origin || url.pathname !== registered.pathname) throw invalid('it is another address')
  // Tokens in a fragment are what the implicit grant had (RFC 9700 §2.1.2).
  if (url.hash !== '') throw invalid('it has a fragment')
  const names = [...url.searchParams.keys()]
  // RFC 6749 §3.1.
  if (new Set(names).size !== names.length) throw invalid('it has a parameter twice')
  return url
}

/** `state` and `iss` (RFC 9207 §2.4) come first: an error that somebody else made up is not told as the issuer's. */
function parametersOf(
  context: Context,
  server: AuthorizationServer,
  url: URL,
  { state }: StoredAuthorization,
): URLSearchParams {
  if (url.searchParams.get('state') !== state) throw invalid('it has another state')
  const iss = url.searchParams.get('iss')
  if (iss !== null && iss !== server.issuer) throw invalid('it is of another issuer')
  try {
    const parameters = validateAuthResponse(server, context.client(), url, state)
    if (parameters.get('code')) return parameters
  } catch (error) {
    if (error instanceof AuthorizationResponseError) throw asClientError(error)
    throw new AuthClientError('callback_invalid', '', { cause: error })
  }
  throw invalid('it has no code')
}

function invalid(why: string): AuthClientError {
  return new AuthClientError('callback_invalid', why)
}
