import { Auth0Exception, Auth0ExceptionFilter } from '@acme/auth-nestjs'
import { answerFault } from '@acme/sample-api'
import { Catch, Inject } from '@nestjs/common'
import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common'
import { HttpAdapterHost } from '@nestjs/core'

/** Whatever goes wrong is answered in JSON, and tells the client nothing of the inside. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  readonly #host: HttpAdapterHost
  readonly #refusals = new Auth0ExceptionFilter()

  constructor(@Inject(HttpAdapterHost) host: HttpAdapterHost) {
    this.#host = host
  }

  catch(error: unknown, context: ArgumentsHost): void {
    // A filter that catches everything comes before the one of Auth0Module.
    if (error instanceof Auth0Exception) return this.#refusals.catch(error, context)
    const { status, body } = answerFault(error)
    this.#host.httpAdapter.reply(context.switchToHttp().getResponse(), body, status)
  }
}
