import { Auth0Exception } from '@acme/auth-nestjs'
import { answerFault } from '@acme/sample-api'
import { Catch, Inject } from '@nestjs/common'
import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common'
import { HttpAdapterHost } from '@nestjs/core'
import type { GqlContextType } from '@nestjs/graphql'
import { GraphQLError } from 'graphql'

/** A refusal as it is, and of a fault no more than HTTP tells. */
function graphqlError(error: unknown): unknown {
  return error instanceof Auth0Exception ? error : new GraphQLError(answerFault(error).body.error)
}

/** Whatever goes wrong is answered in JSON, and tells the client nothing of the inside. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  readonly #host: HttpAdapterHost

  constructor(@Inject(HttpAdapterHost) host: HttpAdapterHost) {
    this.#host = host
  }

  catch(error: unknown, context: ArgumentsHost): void {
    if (context.getType<GqlContextType>() === 'graphql') throw graphqlError(error)
    // A refusal has its status and body, and its challenge is set by then.
    const refused = error instanceof Auth0Exception
    const answer = refused ? { status: error.getStatus(), headers: {}, body: error.getResponse() } : answerFault(error)
    const { httpAdapter } = this.#host
    const response: unknown = context.switchToHttp().getResponse()
    for (const [name, value] of Object.entries(answer.headers)) httpAdapter.setHeader(response, name, value)
    httpAdapter.reply(response, answer.body, answer.status)
  }
}
