import type { AuthError, Refused } from '@acme/auth-core'
import { Catch, HttpException } from '@nestjs/common'
import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common'

/** What is used of the platform's response: Express' own, or Fastify's reply around Node's. */
export interface NestResponse {
  header(name: string, value: string): unknown
  status(code: number): unknown
  send(body: string): unknown
  end(body?: string): unknown
  /** Fastify's only: what it is around. */
  readonly raw?: NodeResponse
  /** Fastify's only: answered, or taken over by somebody who will. */
  readonly sent?: boolean
  /** Express' only. */
  readonly headersSent?: boolean
}

interface NodeResponse {
  readonly headersSent: boolean
  end(): unknown
}

/** Whether the status and headers of an answer are sent already, or are somebody else's to send: by a time-out, say. */
export function hasBegun({ raw, sent, headersSent }: NestResponse): boolean {
  return raw === undefined ? headersSent === true : sent === true || raw.headersSent
}

/** A refused request, for exception filters: status and body as the client gets them, and the error behind them. */
export class Auth0Exception extends HttpException {
  readonly error: AuthError
  /** The exact response. */
  readonly refused: Refused

  constructor(refused: Refused) {
    super({ ...refused.error.toJSON() }, refused.status, { cause: refused.error })
    this.error = refused.error
    this.refused = refused
  }
}

/** Answers exactly as the other adapters do. A filter of the application that catches everything comes first. */
@Catch(Auth0Exception)
export class Auth0ExceptionFilter implements ExceptionFilter<Auth0Exception> {
  catch({ refused }: Auth0Exception, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<NestResponse>()
    if (hasBegun(response)) return finish(response)
    response.status(refused.status)
    for (const [name, value] of Object.entries(refused.headers)) response.header(name, value)
    // Express' own send() would add an ETag.
    if (response.raw === undefined) response.end(refused.body)
    else response.send(refused.body)
  }
}

/**
 * Headers would throw, and a body be part of the other answer. What nobody else has taken over ends here, as in Nest's own
 * filter, or the client would wait for ever.
 */
function finish(response: NestResponse): void {
  if (response.raw === undefined) response.end()
  else if (response.sent !== true) response.raw.end()
}
