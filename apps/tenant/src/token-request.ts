import { IncomingMessage } from 'node:http'

const maximumBodyBytes = 16_384

/** A token request that cannot be read; answered as OAuth's `invalid_request`. */
export class TokenRequestError extends Error {
  readonly status: number

  constructor(status: number, description: string) {
    super(description)
    this.name = 'TokenRequestError'
    this.status = status
  }
}

/**
 * The token request in the words of the RFCs, for the provider: a form, also where the client
 * sent JSON, and `resource` (RFC 8707) where it sent Auth0's `audience`.
 * A body of any other type is left alone, for the provider to refuse.
 *
 * @throws TokenRequestError when the body is too large or not what its type says
 */
export async function toStandardTokenRequest(request: IncomingMessage): Promise<IncomingMessage> {
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase()
  if (type === 'application/json') {
    return withForm(request, renameAudience(parseJson(await readBody(request))))
  }
  if (type === 'application/x-www-form-urlencoded') {
    return withForm(request, renameAudience(new URLSearchParams(await readBody(request))))
  }
  return request
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    const bytes = chunk as Buffer // without setEncoding() a request yields buffers
    size += bytes.length
    if (size > maximumBodyBytes) {
      throw new TokenRequestError(413, 'the request body is too large')
    }
    chunks.push(bytes)
  }
  return decodeUtf8(Buffer.concat(chunks))
}

function decodeUtf8(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new TokenRequestError(400, 'the request body is not UTF-8')
  }
}

function parseJson(text: string): URLSearchParams {
  const form = new URLSearchParams()
  for (const [name, value] of Object.entries(parseJsonObject(text))) {
    // A list of strings is a parameter sent more than once.
    for (const item of Array.isArray(value) ? value : [value]) {
      if (typeof item !== 'string') {
        throw new TokenRequestError(400, 'a parameter in the request body is not a string')
      }
      form.append(name, item)
    }
  }
  return form
}

function parseJsonObject(text: string): object {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new TokenRequestError(400, 'the request body is not JSON')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TokenRequestError(400, 'the request body is not a JSON object')
  }
  return value
}

/**
 * A request to push, likewise; see {@link toStandardAuthorization}.
 *
 * @throws TokenRequestError when the body is too large
 */
export async function toStandardPushedRequest(request: IncomingMessage): Promise<IncomingMessage> {
  return withForm(request, toStandardAuthorization(new URLSearchParams(await readBody(request))))
}

/**
 * Parameters of an authorization request in the words of the specifications, where the client speaks as to Auth0:
 * `resource` for `audience`, and the consent that OpenID Connect Core §11 wants for `offline_access`.
 */
export function toStandardAuthorization(parameters: URLSearchParams): URLSearchParams {
  const isOffline = parameters.get('scope')?.split(' ').includes('offline_access') === true
  if (isOffline && !parameters.has('prompt')) parameters.append('prompt', 'consent')
  return renameAudience(parameters)
}

// Two different names for the API stay two, and the provider refuses them.
function renameAudience(form: URLSearchParams): URLSearchParams {
  for (const audience of form.getAll('audience')) {
    if (!form.has('resource', audience)) form.append('resource', audience)
  }
  form.delete('audience')
  return form
}

// The body is consumed by now: the provider gets a request of its own to read, on the same socket.
function withForm(request: IncomingMessage, form: URLSearchParams): IncomingMessage {
  const body = Buffer.from(form.toString())
  const copy = new IncomingMessage(request.socket)
  const { 'transfer-encoding': _chunked, ...headers } = request.headers
  copy.method = request.method
  copy.url = request.url
  copy.httpVersion = request.httpVersion
  copy.headers = {
    ...headers,
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': String(body.length),
  }
  // Otherwise Node takes the end of the body for an aborted request and closes the socket.
  copy.complete = true
  copy.push(body)
  copy.push(null)
  return copy
}
