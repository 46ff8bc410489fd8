import { clientCredentialsGrantRequest, processClientCredentialsResponse } from 'oauth4webapi'

import type { Context } from './context.js'
import { parametersOf } from './parameters.js'
import type { ResolvedTarget } from './parameters.js'
import { requestTokens } from './perform.js'
import type { TokenSet } from './requests.js'

/** RFC 6749 §4.4. */
export function clientCredentials(
  context: Context,
  target: ResolvedTarget,
  signal: AbortSignal | undefined,
): Promise<TokenSet> {
  const { authentication } = context
  return requestTokens(context, {
    grant: 'client_credentials',
    repeatable: true,
    invalidGrant: 'client_refused',
    scopes: target.scopes,
    signal,
    send: ({ server, client, options }) =>
      clientCredentialsGrantRequest(server, client, authentication, parametersOf(target), options),
    read: ({ server, client }, response) => processClientCredentialsResponse(server, client, response),
  })
}
