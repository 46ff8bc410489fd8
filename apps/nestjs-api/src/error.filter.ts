import { Auth0Exception } from '@acme/auth-nestjs'
import { answerFault } from '@acme/sample-api'
import { Catch, Inject } from '@nestjs/common'
import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common'
import { HttpAdapterHost } from '@nestjs/core'

/** Whatever goes wrong is answered in JSON, and tells the client nothing of the inside. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  readonly #host: HttpAdapterHost

  constructor(@Inject(HttpAdapterHost) host: HttpAdapterHost) {
    this.#host = host
  }

  catch(error: unknown, context: ArgumentsHost): void {
    // A refusal has its status and body, and its challenge is set by then.
    const refused = error instanceof Auth0Exception
    const { status, body } = refused ? { status: error.getStatus(), body: error.getResponse() } : answerFault(error)
    this.#host.httpAdapter.reply(context.switchToHttp().getResponse(), body, status)
  }
}
