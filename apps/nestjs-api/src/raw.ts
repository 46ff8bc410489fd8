import type { IncomingMessage, ServerResponse } from 'node:http'

/** Express' request and response are Node's own, Fastify's are around them. */
export type PlatformRequest = IncomingMessage | { readonly raw: IncomingMessage }
export type PlatformResponse = ServerResponse | { readonly raw: ServerResponse; hijack(): unknown }

export function rawRequest(request: PlatformRequest): IncomingMessage {
  return 'raw' in request ? request.raw : request
}

/** Node's response, to be answered on by somebody else: neither Nest nor Fastify says anything then. */
export function takeResponse(response: PlatformResponse): ServerResponse {
  if (!('raw' in response)) return response
  response.hijack()
  return response.raw
}
