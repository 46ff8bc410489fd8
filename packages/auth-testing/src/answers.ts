import { answerAuthorize } from './authorization/authorize.js'
import { answerLogout } from './authorization/logout.js'
import { answerPar } from './authorization/par.js'
import type { AuthorizationServer } from './authorization-server.js'
import type { TestEndpoint } from './endpoints.js'
import { metadataOf } from './metadata.js'
import { refusal } from './oauth-error.js'
import { Parameters, readForm } from './parameters.js'
import { answerPoll, answerStatusList, answerTransmitter, answerVerification } from './signals/answers.js'
import { answerToken } from './token-endpoint/token-endpoint.js'
import { answerIntrospection } from './tokens/introspection.js'
import { answerRevocation } from './tokens/revocation.js'

/** What a request to the token endpoint had. */
export type OnTokenRequest = (parameters: Readonly<Record<string, string>>) => void

/** The methods of an endpoint (OpenID Connect Core §3.1.2.1 and RP-Initiated Logout §2 allow both). */
export function methodsOf(endpoint: TestEndpoint): readonly string[] {
  if (['metadata', 'keys', 'transmitter', 'statusList'].includes(endpoint)) return ['GET']
  return endpoint === 'authorize' || endpoint === 'logout' ? ['GET', 'POST'] : ['POST']
}

/** The good answer of an endpoint, or the refusal of a bad request. */
export async function answerOf(
  server: AuthorizationServer,
  endpoint: TestEndpoint,
  request: Request,
  onTokenRequest: OnTokenRequest,
): Promise<Response> {
  const answer = await answered(server, endpoint, request, onTokenRequest).catch(refusal)
  // RFC 9449 §8: the nonce for the next proof.
  const nonce = endpoint === 'token' || endpoint === 'par' ? server.nonces.next() : undefined
  if (nonce !== undefined) answer.headers.set('dpop-nonce', nonce)
  return answer
}

async function answered(
  server: AuthorizationServer,
  endpoint: TestEndpoint,
  request: Request,
  onTokenRequest: OnTokenRequest,
): Promise<Response> {
  if (endpoint === 'metadata') return Response.json(metadataOf(server))
  if (endpoint === 'keys') return Response.json({ keys: server.publishedKeys() })
  if (endpoint === 'transmitter') return answerTransmitter(server)
  if (endpoint === 'poll') return answerPoll(server, request)
  if (endpoint === 'verification') return answerVerification(server, request)
  if (endpoint === 'statusList') return answerStatusList(server, request)
  const parameters = await parametersOf(request)
  if (endpoint === 'token') onTokenRequest(parameters.record())
  switch (endpoint) {
    case 'token':
      return answerToken(server, request, parameters)
    case 'authorize':
      return answerAuthorize(server, parameters)
    case 'par':
      return answerPar(server, request, parameters)
    case 'revocation':
      return answerRevocation(server, request, parameters)
    case 'introspection':
      return answerIntrospection(server, request, parameters)
    case 'logout':
      return answerLogout(server, parameters)
  }
}

async function parametersOf(request: Request): Promise<Parameters> {
  return request.method === 'GET' ? new Parameters(new URL(request.url).searchParams) : readForm(request)
}
