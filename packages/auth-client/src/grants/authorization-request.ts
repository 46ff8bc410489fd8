import {
  calculatePKCECodeChallenge,
  generateRandomCodeVerifier,
  generateRandomNonce,
  generateRandomState,
  processPushedAuthorizationResponse,
  pushedAuthorizationRequest,
} from 'oauth4webapi'
import type { AuthorizationServer } from 'oauth4webapi'

import { wrong } from '../options.js'
import type { Context } from './context.js'
import { addParameters, parametersOf, targetOf } from './parameters.js'
import { missing, perform } from './perform.js'
import type { AuthorizationRequest, StartedAuthorization, StoredAuthorization } from './requests.js'

/** RFC 6749 §4.1 with PKCE (RFC 7636); pushed where the issuer has an endpoint for it (RFC 9126). */
export async function startAuthorization(
  context: Context,
  request: AuthorizationRequest,
): Promise<StartedAuthorization> {
  const { settings } = context
  if (!URL.canParse(request.redirectUri) || new URL(request.redirectUri).hash !== '') {
    throw wrong('redirectUri', 'a URL without a fragment')
  }
  const { scopes } = targetOf(settings, request)
  const stored: StoredAuthorization = {
    issuer: settings.issuer,
    clientId: settings.clientId,
    redirectUri: request.redirectUri,
    state: generateRandomState(),
    codeVerifier: generateRandomCodeVerifier(),
    ...(scopes?.includes('openid') && { nonce: generateRandomNonce() }),
    ...(scopes !== undefined && { scopes }),
    ...(request.maxAge !== undefined && { maxAge: request.maxAge }),
    createdAt: Math.floor(settings.now()),
  }
  const until = context.resilience.until()
  const server = await context.issuer.metadata(request.signal)
  const parameters = await parametersFor(context, request, stored)
  return { url: await urlFor(context, server, parameters, { until, signal: request.signal }), stored }
}

async function parametersFor(
  context: Context,
  request: AuthorizationRequest,
  { state, nonce, codeVerifier, redirectUri, clientId }: StoredAuthorization,
): Promise<URLSearchParams> {
  const { acrValues, maxAge, prompt, loginHint } = request
  const parameters = parametersOf(targetOf(context.settings, request))
  addParameters(parameters, request.parameters)
  const own = {
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    state,
    nonce,
    code_challenge: await calculatePKCECodeChallenge(codeVerifier),
    code_challenge_method: 'S256',
    // RFC 9449 §10: a code that leaks is of no use without the key.
    dpop_jkt: (await context.binding())?.thumbprint,
    acr_values: acrValues?.join(' '),
    max_age: maxAge?.toString(),
    prompt,
    login_hint: loginHint,
  }
  for (const [name, value] of Object.entries(own)) if (value !== undefined) parameters.set(name, value)
  return parameters
}

interface Limits {
  readonly until: number
  readonly signal: AbortSignal | undefined
}

async function urlFor(
  context: Context,
  server: AuthorizationServer,
  parameters: URLSearchParams,
  limits: Limits,
): Promise<string> {
  if (server.authorization_endpoint === undefined) throw missing('authorization_endpoint')
  const url = new URL(server.authorization_endpoint)
  const isPushed = server.pushed_authorization_request_endpoint !== undefined
  const sent = isPushed ? await push(context, parameters, limits) : parameters
  for (const [name, value] of sent) url.searchParams.set(name, value)
  return url.href
}

/** RFC 9126 §2 and §4. A request that is pushed twice is two requests, of which one is used. */
async function push(context: Context, parameters: URLSearchParams, limits: Limits): Promise<URLSearchParams> {
  const { request_uri } = await perform(context, {
    grant: 'authorization_code',
    repeatable: true,
    invalidGrant: 'authorization_refused',
    bindable: true,
    ...limits,
    send: ({ server, client, options }) =>
      pushedAuthorizationRequest(server, client, context.authentication, parameters, options),
    read: ({ server, client }, response) => processPushedAuthorizationResponse(server, client, response),
  })
  return new URLSearchParams({ client_id: context.settings.clientId, request_uri })
}
