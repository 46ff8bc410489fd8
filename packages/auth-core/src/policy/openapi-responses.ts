/** A response of an operation. OpenAPI 3.1 §4.8.17. */
export interface OpenApiResponse {
  readonly description: string
  readonly headers: Readonly<Record<string, object>>
  readonly content: Readonly<Record<string, { readonly schema: object }>>
}

/** The refusals of a guard, by status. @param demands - in words; empty when any valid token will do */
export function openApiResponses({
  demands,
  dpop,
}: {
  readonly demands: string
  readonly dpop: boolean
}): Readonly<Record<string, OpenApiResponse>> {
  const challenge = { 'WWW-Authenticate': CHALLENGE, ...COMMON }
  const withNonce = { ...challenge, ...(dpop && { 'DPoP-Nonce': NONCE }) }
  return {
    400: response(`The credentials are malformed${dpop ? ', or the DPoP proof is not good' : ''}`, challenge),
    401: response('There is no valid access token, or a stronger login is required', withNonce),
    ...(demands !== '' && { 403: response(`The access token lacks what is required: ${demands}`, challenge) }),
    503: response('The access token cannot be verified right now', { 'Retry-After': RETRY_AFTER, ...COMMON }),
  }
}

function response(description: string, headers: OpenApiResponse['headers']): OpenApiResponse {
  return { description, headers, content: { 'application/json': { schema: REFUSAL } } }
}

const text = (description: string): object => ({ description, schema: { type: 'string' } })

// RFC 9110 §11.6.1, RFC 9449 §8, RFC 9110 §10.2.3.
const CHALLENGE = text('A challenge for each accepted scheme')
const NONCE = text('For the next DPoP proof')
const RETRY_AFTER = { description: 'Seconds', schema: { type: 'integer' } }
const COMMON = { 'X-Request-Id': text('The correlation id, as in the body') }

/** The body without `formatRefusal`. */
const REFUSAL = {
  type: 'object',
  required: ['error', 'error_description', 'code'],
  properties: {
    error: { type: 'string', description: 'The error code of OAuth' },
    error_description: { type: 'string' },
    code: { type: 'string', description: 'A stable code, for programs' },
    correlation_id: { type: 'string' },
  },
}
