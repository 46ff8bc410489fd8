import { genericTokenEndpointRequest, processGenericTokenEndpointResponse } from 'oauth4webapi'
import type { TokenEndpointResponse } from 'oauth4webapi'

import { AuthClientError } from '../errors.js'
import type { Context } from './context.js'
import { addParameters, parametersOf, requireToken, targetOf } from './parameters.js'
import { perform, requestTokens } from './perform.js'
import type { Call } from './perform.js'
import { tokenSetOf } from './token-set.js'
import { TOKEN_TYPES } from './requests.js'
import type {
  AssertionRequest,
  ConnectionRequest,
  ExchangeRequest,
  IdentityAssertion,
  IdentityAssertionRequest,
  TokenSet,
} from './requests.js'

const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
// Auth0's Token Vault.
const CONNECTION = 'urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token'
const CONNECTION_TOKEN = 'http://auth0.com/oauth/token-type/federated-connection-access-token'

/** RFC 8693. */
export async function exchangeToken(context: Context, request: ExchangeRequest): Promise<TokenSet> {
  const parameters = exchangeParameters(context, request)
  return requestTokens(context, {
    grant: 'token_exchange',
    repeatable: true,
    invalidGrant: 'token_refused',
    scopes: targetOf(context.settings, request).scopes,
    signal: request.signal,
    send: (call) => send(context, call, TOKEN_EXCHANGE, parameters),
    read: ({ server, client }, response) => processGenericTokenEndpointResponse(server, client, response),
  })
}

function exchangeParameters(context: Context, request: ExchangeRequest): URLSearchParams {
  const { subjectToken, subjectTokenType = TOKEN_TYPES.accessToken, actorToken, requestedTokenType } = request
  requireToken('subjectToken', subjectToken)
  const parameters = parametersOf(targetOf(context.settings, request))
  addParameters(parameters, request.parameters)
  parameters.set('subject_token', subjectToken)
  parameters.set('subject_token_type', subjectTokenType)
  if (requestedTokenType !== undefined) parameters.set('requested_token_type', requestedTokenType)
  if (actorToken !== undefined) {
    requireToken('actorToken', actorToken)
    parameters.set('actor_token', actorToken)
    parameters.set('actor_token_type', request.actorTokenType ?? TOKEN_TYPES.accessToken)
  }
  return parameters
}

function send(context: Context, call: Call, grantType: string, parameters: URLSearchParams): Promise<Response> {
  const { server, client, options } = call
  return genericTokenEndpointRequest(server, client, context.authentication, grantType, parameters, options)
}

/** The token is for somebody else's API: it is not bound to the key of this client. */
export async function tokenForConnection(context: Context, request: ConnectionRequest): Promise<TokenSet> {
  const { connection, subjectToken, subjectTokenType = 'refresh_token', loginHint, signal } = request
  requireToken('subjectToken', subjectToken)
  const parameters = new URLSearchParams({
    connection,
    subject_token: subjectToken,
    subject_token_type: subjectTokenType === 'refresh_token' ? TOKEN_TYPES.refreshToken : TOKEN_TYPES.accessToken,
    requested_token_type: CONNECTION_TOKEN,
    ...(loginHint !== undefined && { login_hint: loginHint }),
  })
  const requestedAt = context.settings.now()
  const answer = await perform(context, {
    grant: 'connection',
    // A refresh token of the user's might rotate after all.
    repeatable: subjectTokenType === 'access_token',
    invalidGrant: 'token_refused',
    bindable: true,
    signal,
    send: (call) => send(context, call, CONNECTION, parameters),
    read: ({ server, client }, response) => processGenericTokenEndpointResponse(server, client, response),
  })
  return tokenSetOf(answer, { requestedAt, scopes: undefined, dpopKey: undefined })
}

/** @throws {AuthClientError} also for an answer that holds something else than an ID-JAG */
export async function identityAssertion(
  context: Context,
  request: IdentityAssertionRequest,
): Promise<IdentityAssertion> {
  const parameters = exchangeParameters(context, {
    subjectTokenType: TOKEN_TYPES.idToken,
    ...request,
    // Those of the client's options are for its own issuer.
    scopes: request.scopes ?? [],
    requestedTokenType: TOKEN_TYPES.idJag,
  })
  const requestedAt = context.settings.now()
  const answer = await perform(context, {
    grant: 'id_jag',
    repeatable: true,
    invalidGrant: 'token_refused',
    bindable: false,
    signal: request.signal,
    send: (call) => send(context, call, TOKEN_EXCHANGE, parameters),
    // RFC 8693 §2.2.1: `N_A` for what is no access token.
    read: ({ server, client }, response) =>
      processGenericTokenEndpointResponse(server, client, response, { recognizedTokenTypes: { n_a: () => {} } }),
  })
  return assertionOf(answer, requestedAt)
}

function assertionOf(answer: TokenEndpointResponse, requestedAt: number): IdentityAssertion {
  if (answer['issued_token_type'] !== TOKEN_TYPES.idJag || answer.token_type !== 'n_a') {
    throw new AuthClientError('answer_invalid', 'something else than an identity assertion')
  }
  const expiresAt = answer.expires_in === undefined ? undefined : requestedAt + answer.expires_in
  return { assertion: answer.access_token, expiresAt }
}

/** An assertion may be good for one use only (RFC 7523 §3): it is not sent twice blindly. */
export async function assertionGrant(context: Context, request: AssertionRequest): Promise<TokenSet> {
  requireToken('assertion', request.assertion)
  const target = targetOf(context.settings, request)
  const parameters = parametersOf(target)
  parameters.set('assertion', request.assertion)
  return requestTokens(context, {
    grant: 'jwt_bearer',
    repeatable: false,
    invalidGrant: 'token_refused',
    scopes: target.scopes,
    signal: request.signal,
    send: (call) => send(context, call, JWT_BEARER, parameters),
    read: ({ server, client }, response) => processGenericTokenEndpointResponse(server, client, response),
  })
}
