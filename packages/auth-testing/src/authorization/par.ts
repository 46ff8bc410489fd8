import type { AuthorizationServer } from '../authorization-server.js'
import { OAuthError, uncached } from '../oauth-error.js'
import { Parameters } from '../parameters.js'
import { authenticateClient } from '../token-endpoint/client-authentication.js'
import { verifyProof } from '../token-endpoint/dpop.js'
import { addressee, checkedRequest } from './authorization-request.js'

/** Seconds in which a pushed request has to be used (RFC 9126 §2.2). */
const REQUEST_LIFETIME = 60

/** Takes an authorization request from the client itself (RFC 9126 §2). @throws {OAuthError} for a wrong one */
export async function answerPar(
  server: AuthorizationServer,
  request: Request,
  parameters: Parameters,
): Promise<Response> {
  const jkt = await verifyProof(server, request)
  const { id } = await authenticateClient(server, request, parameters)
  if (parameters.get('request_uri') !== undefined) throw new OAuthError('invalid_request', 'request_uri is not pushed')
  const pushed = pushedParameters(parameters, id, jkt)
  checkedRequest(server, addressee(server, pushed), pushed)
  const uri = `urn:ietf:params:oauth:request_uri:${crypto.randomUUID()}`
  const expiresAt = server.now() + REQUEST_LIFETIME
  server.store.pushed.set(uri, { clientId: id, parameters: pushed.search(), expiresAt })
  return uncached({ request_uri: uri, expires_in: REQUEST_LIFETIME }, 201)
}

function pushedParameters(parameters: Parameters, clientId: string, jkt: string | undefined): Parameters {
  const search = parameters.search()
  search.set('client_id', clientId)
  // RFC 9449 §10.1: the key of the proof binds the code, and may not contradict dpop_jkt.
  const named = parameters.get('dpop_jkt')
  if (jkt !== undefined && named !== undefined && named !== jkt) {
    throw new OAuthError('invalid_dpop_proof', 'dpop_jkt is not the key of the proof')
  }
  if (jkt !== undefined) search.set('dpop_jkt', jkt)
  return new Parameters(search)
}
