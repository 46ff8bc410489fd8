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
import type { Target } from './parameters.js'
import { missing, perform } from './perform.js'

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
  const server = await context.issuer.metadata(request.signal)
  const parameters = await parametersFor(context, request, stored)
  return { url: await urlFor(context, server, parameters, request.signal), stored }
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

async function urlFor(
  context: Context,
  server: AuthorizationServer,
  parameters: URLSearchParams,
  signal: AbortSignal | undefined,
): Promise<string> {
  if (server.authorization_endpoint === undefined) throw missing('authorization_endpoint')
  const url = new URL(server.authorization_endpoint)
  const isPushed = server.pushed_authorization_request_endpoint !== undefined
  const sent = isPushed ? await push(context, parameters, signal) : parameters
  for (const [name, value] of sent) url.searchParams.set(name, value)
  return url.href
}

/** RFC 9126 §2 and §4. A request that is pushed twice is two requests, of which one is used. */
async function push(
  context: Context,
  parameters: URLSearchParams,
  signal: AbortSignal | undefined,
): Promise<URLSearchParams> {
  const { request_uri } = await perform(context, {
    grant: 'authorization_code',
    repeatable: true,
    invalidGrant: 'authorization_refused',
    bindable: true,
    signal,
    send: ({ server, client, options }) =>
      pushedAuthorizationRequest(server, client, context.authentication, parameters, options),
    read: ({ server, client }, response) => processPushedAuthorizationResponse(server, client, response),
  })
  return new URLSearchParams({ client_id: context.settings.clientId, request_uri })
}
