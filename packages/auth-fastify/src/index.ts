import {
  countTrustedByFastify,
  createResourceServer,
  environmentResourceServer,
  isAuthError,
  nodeResourceRequest,
} from '@acme/auth-core'
import type {
  AuthContext,
  AuthError,
  AuthOptions,
  RequirementArguments,
  Requirements,
  ResourceRequest,
  ResourceServer,
} from '@acme/auth-core'
import type { FastifyError, FastifyPluginCallback, FastifyReply, FastifyRequest } from 'fastify'
import plugin from 'fastify-plugin'

export { AuthError, isAuthError } from '@acme/auth-core'
export type { AuthContext, AuthEvent, AuthOptions, RequirementOptions } from '@acme/auth-core'

/** A hook for `onRequest`, `preValidation` or `preHandler`, and a function for `@fastify/auth`. */
export type AuthHook = (request: FastifyRequest, reply: FastifyReply) => Promise<void>

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * A hook that lets a request pass when its access token is valid and meets the requirements: scopes as one string,
     * several arguments or a list, all of them required; or an object. Nothing given: any valid token.
     * @throws {TypeError} at once, when the requirements are not of their form
     */
    requireAuth(...wanted: RequirementArguments): AuthHook
    /** A hook that lets requests without credentials pass too; bad credentials are refused all the same. */
    optionalAuth(): AuthHook
    readonly resourceServer: ResourceServer
  }
  interface FastifyRequest {
    /** The caller; null on a route without a guard, and for an anonymous request. */
    auth: AuthContext | null
  }
}

/** The caller of a guarded request. @throws {Error} on a route without a guard, and for an anonymous request */
export function getAuth(request: FastifyRequest): AuthContext {
  if (request.auth === null) throw new Error('no auth context: is the route guarded by fastify.requireAuth()?')
  return request.auth
}

const register: FastifyPluginCallback<AuthOptions> = (fastify, registered, done) => {
  const resourceServer = createFrom(registered)
  fastify.decorate('resourceServer', resourceServer)
  fastify.decorate('requireAuth', (...wanted: RequirementArguments) => guard(resourceServer, resourceServer.require(...wanted)))
  fastify.decorate('optionalAuth', () => guard(resourceServer, resourceServer.optional()))
  fastify.decorateRequest('auth', null)
  // A hook has to throw, so that @fastify/auth can try its other functions; this writes what it threw.
  fastify.addHook('onRoute', (route) => {
    route.errorHandler ??= handleError
  })
  done()
}

/**
 * Adds `fastify.requireAuth(...)`, `fastify.optionalAuth()` and `request.auth`. It guards nothing by itself.
 * Without options they come from the environment.
 *
 * Rejects with a TypeError, at `ready()`, that names the option or variable, what was given and what is wanted.
 */
export const auth0Plugin: FastifyPluginCallback<AuthOptions> = plugin<AuthOptions>(register, {
  fastify: '5.x',
  name: '@acme/auth-fastify',
})

function createFrom(registered: AuthOptions & { prefix?: string; logLevel?: string }): ResourceServer {
  // Fastify's own registration options are handed to the plugin as well.
  const { prefix, logLevel, ...options } = registered
  return Object.keys(options).length === 0 ? environmentResourceServer() : createResourceServer(options)
}

function guard(resourceServer: ResourceServer, wanted: Requirements): AuthHook {
  return async (request, reply) => {
    const outcome = await resourceServer.authenticate(resourceRequest(request), wanted)
    if (outcome.ok) request.auth = outcome.auth
    // A request without a route has no error handler of its own.
    else if (request.is404) await refuse(reply, outcome.error)
    else throw outcome.error
  }
}

function resourceRequest(request: FastifyRequest): ResourceRequest {
  return nodeResourceRequest(request.raw, {
    target: request.originalUrl,
    trustedHops: (chain) => countTrustedByFastify(request, chain),
  })
}

function handleError(error: FastifyError, _request: FastifyRequest, reply: FastifyReply): FastifyReply {
  // Sending an error from an error handler hands it on to the application's own.
  return isAuthError(error) ? refuse(reply, error) : reply.send(error)
}

function refuse(reply: FastifyReply, error: AuthError): FastifyReply {
  return reply.code(error.status).headers(error.headers).send(JSON.stringify(error))
}
