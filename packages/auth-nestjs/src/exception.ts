import type { AuthError, Refused } from '@acme/auth-core'
import { HttpException } from '@nestjs/common'

/** What is used of the platform's response: Express' own, or Fastify's reply around Node's. */
export interface NestResponse {
  header(name: string, value: string): unknown
  /** Express' only. */
  hasHeader?(name: string): boolean
  /** Fastify's only: what it is around. */
  readonly raw?: NodeResponse
  /** Fastify's only: answered, or taken over by somebody who will. */
  readonly sent?: boolean
  /** Express' only. */
  readonly headersSent?: boolean
}

interface NodeResponse {
  readonly headersSent: boolean
}

/** Whether the status and headers of an answer are sent already, or are somebody else's to send: by a time-out, say. */
export function hasBegun({ raw, sent, headersSent }: NestResponse): boolean {
  return raw === undefined ? headersSent === true : sent === true || raw.headersSent
}

/**
 * A refused request, for exception filters: status and body as the client gets them, and the error behind them. Its
 * headers, the challenge above all, are set on the response by then, whatever filter answers.
 */
export class Auth0Exception extends HttpException {
  readonly error: AuthError
  /** The exact response, as the other adapters send it. */
  readonly refused: Refused
  readonly #headersAreSet: boolean

  constructor(refused: Refused, headersAreSet = true) {
    super(bodyOf(refused.body), refused.status, { cause: refused.error })
    this.message = refused.error.description
    this.error = refused.error
    this.refused = refused
    this.#headersAreSet = headersAreSet
  }

  /** What a GraphQL server puts beside the message; headers too, which Apollo takes out of it and sets. */
  get extensions(): Readonly<Record<string, unknown>> {
    const { code, ...oauth } = this.error.toJSON()
    const graphql = GRAPHQL_CODES[this.getStatus()] ?? 'INTERNAL_SERVER_ERROR'
    const http = this.#headersAreSet ? {} : { http: { headers: new Map(Object.entries(this.error.headers)) } }
    return { ...oauth, code: graphql, auth_code: code, ...http }
  }
}

/** As Apollo and Nest name them. */
const GRAPHQL_CODES: Readonly<Record<number, string>> = {
  400: 'BAD_REQUEST',
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  503: 'SERVICE_UNAVAILABLE',
}

/** What Nest writes as JSON; text only where `formatRefusal` made it. */
function bodyOf(body: string): string | object {
  try {
    const parsed: unknown = JSON.parse(body)
    return typeof parsed === 'object' && parsed !== null ? parsed : body
  } catch {
    return body
  }
}
