import type { AuthorizationServer } from '../authorization-server.js'
import type { TestClient } from '../clients.js'
import { OAuthError } from '../oauth-error.js'
import type { Parameters } from '../parameters.js'
import { authenticateByAssertion, clientOfAssertion } from './client-assertion.js'

/** How a client said who it is. */
export interface AuthenticatedClient extends TestClient {
  /** Whether it proved it: public clients do not. */
  readonly isConfidential: boolean
}

interface Credentials {
  readonly id: string
  readonly secret: string | undefined
  readonly assertion: string | undefined
}

/**
 * Authenticates the client of a request by `client_secret_basic`, `client_secret_post`, `private_key_jwt` or none.
 *
 * @throws {OAuthError} `invalid_client`, 401, for whatever is wrong with its credentials (RFC 6749 §5.2)
 */
export async function authenticateClient(
  server: AuthorizationServer,
  request: Request,
  parameters: Parameters,
): Promise<AuthenticatedClient> {
  const { id, secret, assertion } = credentialsOf(request, parameters)
  const client = server.findClient(id)
  if (client === undefined) throw invalidClient('no such client')
  if (assertion !== undefined) await authenticateByAssertion(server, client, assertion, request.url)
  else if (!client.isAnybody && !provesItself(client, secret)) throw invalidClient('the client did not prove who it is')
  return { ...client, isConfidential: assertion !== undefined || secret !== undefined }
}

// One that has keys and no secret cannot go without its assertion.
function provesItself(client: TestClient, secret: string | undefined): boolean {
  return client.secret === undefined ? secret === undefined && client.keys === undefined : secret === client.secret
}

// RFC 6749 §2.3: a client uses one method in a request, and no more.
function credentialsOf(request: Request, parameters: Parameters): Credentials {
  const basic = basicCredentials(request.headers.get('authorization'))
  const secret = parameters.get('client_secret')
  const assertion = parameters.get('client_assertion')
  if ([basic, secret, assertion].filter((each) => each !== undefined).length > 1) {
    throw new OAuthError('invalid_request', 'the client authenticates in more than one way')
  }
  const named = parameters.get('client_id')
  const id = basic?.id ?? (assertion === undefined ? parameters.need('client_id') : clientOfAssertion(parameters))
  if (named !== undefined && named !== id) throw invalidClient('client_id is not that of the credentials')
  return { id, secret: basic?.secret ?? secret, assertion }
}

function basicCredentials(header: string | null): { id: string; secret: string } | undefined {
  if (header === null) return undefined
  const encoded = /^Basic ([\w+/=-]+)$/i.exec(header)?.[1]
  const [id, secret, ...rest] = Buffer.from(encoded ?? '', 'base64')
    .toString()
    .split(':')
    .map(formDecoded)
  if (!id || secret === undefined || rest.length > 0) throw invalidClient('the Basic credentials cannot be read')
  return { id, secret }
}

// RFC 6749 §2.3.1: both are form-encoded before they are joined.
function formDecoded(text: string): string {
  return new URLSearchParams(`x=${text.replaceAll('&', '%26')}`).get('x') ?? ''
}

function invalidClient(description: string): OAuthError {
  return new OAuthError('invalid_client', description, 401, { 'www-authenticate': 'Basic realm="test issuer"' })
}
