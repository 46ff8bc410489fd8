import { asFault, environmentResourceServer, frameworkResourceRequest } from '@acme/auth-core'
import type { Accepted, AuthContext, FrameworkRequest, Refused, ResourceServer } from '@acme/auth-core'
import { Inject, Injectable, Optional } from '@nestjs/common'
import type { CanActivate, ExecutionContext } from '@nestjs/common'

import { accessOf } from './access.js'
import { Auth0Exception } from './exception.js'
import type { NestResponse } from './exception.js'

/** The injection token of the {@link ResourceServer}. */
export const RESOURCE_SERVER: unique symbol = Symbol('@acme/auth-nestjs.resource-server')

// Where a developer says which proxies are trusted.
const ON_EXPRESS = "app.set('trust proxy', ...)"
const ON_FASTIFY = 'new FastifyAdapter({ trustProxy: ... })'

/** The platform's request. */
type NestRequest = FrameworkRequest & { auth?: AuthContext | null }

/**
 * Lets a request pass when its access token is valid and meets the requirements of `@RequireAuth`; without one, any
 * valid token will do. For `@UseGuards(Auth0Guard)` and as `APP_GUARD`.
 *
 * @throws {Auth0Exception} when the request is refused
 */
@Injectable()
export class Auth0Guard implements CanActivate {
  readonly #resourceServer: ResourceServer

  /** @throws {TypeError} without Auth0Module, when the environment lacks a setting */
  constructor(@Optional() @Inject(RESOURCE_SERVER) resourceServer?: ResourceServer) {
    this.#resourceServer = resourceServer ?? environmentResourceServer()
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const access = accessOf(context)
    if (access.length === 0) return true
    // Elsewhere there is no Authorization header to look at; letting it pass would open the door.
    if (context.getType() !== 'http') throw new Error(`Auth0Guard guards HTTP only, not ${context.getType()}`)
    const request = context.switchToHttp().getRequest<NestRequest>()
    const setting = request.raw === undefined ? ON_EXPRESS : ON_FASTIFY
    for (const wanted of access) {
      let outcome: Accepted | Refused
      try {
        outcome = await this.#resourceServer.authenticate(frameworkResourceRequest(request, setting), wanted)
      } catch (reason) {
        // Nest answers with the status that the thrown value has, 200 included.
        throw asFault(reason)
      }
      // Set here, so that the challenge is sent whatever exception filter answers.
      const headers = outcome.ok === true ? outcome.headers : outcome.error.headers
      const response = context.switchToHttp().getResponse<NestResponse>()
      // A time-out, say, may have answered already.
      if (response.headersSent !== true) {
        for (const [name, value] of Object.entries(headers)) response.header(name, value)
      }
      if (outcome.ok !== true) throw new Auth0Exception(outcome)
      request.auth = outcome.auth
    }
    return true
  }
}
