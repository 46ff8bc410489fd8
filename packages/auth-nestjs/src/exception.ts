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
}

/** A refused request, for exception filters: status and body as the client gets them, and the error behind them. */
export class Auth0Exception extends HttpException {
  readonly error: AuthError
  /** The exact response body. */
  readonly body: string

  constructor({ status, body, error }: Refused) {
    super({ ...error.toJSON() }, status, { cause: error })
    this.error = error
    this.body = body
  }
}

/** Answers exactly as the other adapters do. A filter of the application that catches everything comes first. */
@Catch(Auth0Exception)
export class Auth0ExceptionFilter implements ExceptionFilter<Auth0Exception> {
  catch(exception: Auth0Exception, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<NestResponse>()
    response.status(exception.getStatus())
    // Express' own send() would add an ETag.
    if (response.raw === undefined) response.end(exception.body)
    else response.send(exception.body)
  }
}
