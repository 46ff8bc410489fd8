import { processRefreshTokenResponse, refreshTokenGrantRequest } from 'oauth4webapi'

import type { Context } from './context.js'
import { parametersOf } from './parameters.js'
import type { ResolvedTarget } from './parameters.js'
import { requestTokens } from './perform.js'
import type { TokenSet } from './requests.js'

/** RFC 6749 §6. The issuer may take a refresh token once only (RFC 9700 §4.14.2): it is not sent twice blindly. */
export function refresh(
  context: Context,
  refreshToken: string,
  target: ResolvedTarget,
  signal: AbortSignal | undefined,
): Promise<TokenSet> {
  const { authentication } = context
  const additionalParameters = parametersOf(target)
  return requestTokens(context, {
    grant: 'refresh_token',
    repeatable: false,
    // Whether the session is over depends on whether it was still the current one.
    invalidGrant: 'token_refused',
    scopes: target.scopes,
    signal,
    send: ({ server, client, options }) =>
      refreshTokenGrantRequest(server, client, authentication, refreshToken, { ...options, additionalParameters }),
    read: ({ server, client }, response) => processRefreshTokenResponse(server, client, response),
  })
}
