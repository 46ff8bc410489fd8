import { processRevocationResponse, revocationRequest } from 'oauth4webapi'

import type { Context } from './context.js'
import { requireToken } from './parameters.js'
import { missing } from './perform.js'
import type { LogoutRequest, TokenTypeHint } from './requests.js'

/** RFC 7009. A token that the issuer does not know is none, which is no error (§2.2). */
export async function revoke(
  context: Context,
  token: string,
  hint: TokenTypeHint,
  signal: AbortSignal | undefined,
): Promise<void> {
  requireToken('token', token)
  const until = context.resilience.until()
  const server = await context.issuer.metadata(signal)
  if (server.revocation_endpoint === undefined) throw missing('revocation_endpoint')
  const additionalParameters = { token_type_hint: hint }
  await context.resilience.run(
    async (limit) => {
      const options = { ...context.request(limit), additionalParameters }
      const client = context.client()
      await processRevocationResponse(await revocationRequest(server, client, context.authentication, token, options))
    },
    { repeatable: true, until, signal },
  )
}

export async function logoutUrl(context: Context, request: LogoutRequest): Promise<string> {
  const server = await context.issuer.metadata(request.signal)
  if (server.end_session_endpoint === undefined) throw missing('end_session_endpoint')
  const url = new URL(server.end_session_endpoint)
  url.searchParams.set('client_id', context.settings.clientId)
  if (request.idToken !== undefined) url.searchParams.set('id_token_hint', request.idToken)
  if (request.returnTo !== undefined) url.searchParams.set('post_logout_redirect_uri', request.returnTo)
  if (request.state !== undefined) url.searchParams.set('state', request.state)
  return url.href
}
