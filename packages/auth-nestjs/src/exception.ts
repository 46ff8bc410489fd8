import type { AuthError, Refused } from '@acme/auth-core'
import { Catch, HttpException } from '@nestjs/common'
import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common'

/** What is used of the platform's response: Express' own, or Fastify's reply around Node's. */
export interface NestResponse {
  header(name: string, value: string): unknown
  status(code: number): unknown
  send(body: string): unknown
  end(body: string): unknown
  readonly raw?: unknown
  /** Express'. */
  readonly headersSent?: boolean
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
    response.status(refused.status)
    for (const [name, value] of Object.entries(refused.headers)) response.header(name, value)
    // Express' own send() would add an ETag.
    if (response.raw === undefined) response.end(refused.body)
    else response.send(refused.body)
  }
}
