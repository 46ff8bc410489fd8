import { OAuthError } from '../oauth-error.js'
import type { GrantRequest } from './grant-request.js'
import { tokenResponse } from './issue.js'
import { grantedScopes, requestedAudiences } from './scope-and-audience.js'

/** A token that a client gets for itself (RFC 6749 §4.4). */
export function clientCredentials(request: GrantRequest): Promise<Record<string, unknown>> {
  const { server, client, parameters, jkt } = request
  if (!client.isConfidential) throw new OAuthError('unauthorized_client', 'for confidential clients only')
  const grant = {
    clientId: client.id,
    // RFC 9068 §2.2: without a resource owner the subject is the client.
    login: { subject: client.id },
    scopes: grantedScopes(client, parameters),
    audiences: requestedAudiences(server, parameters),
    revoked: false,
  }
  return tokenResponse(server, { grant, jkt })
}
