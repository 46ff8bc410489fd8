import { createResourceServer, environmentResourceServer, frameworkResourceRequest, isAuthError } from '@acme/auth-core'
import type {
  AuthContext,
  AuthError,
  AuthOptions,
  RequirementArguments,
  Requirements,
  ResourceServer,
} from '@acme/auth-core'
import type { FastifyError, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import plugin from 'fastify-plugin'

export { AuthError, isAuthError } from '@acme/auth-core'
export type { AuthContext, AuthEvent, AuthOptions, RequirementArguments, RequirementOptions } from '@acme/auth-core'

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
  // Undefined where the plugin is not registered.
  const { auth } = request as { auth?: AuthContext | null }
  if (!auth) throw new Error('no auth context: is the route guarded by fastify.requireAuth()?')
  return auth
}

const register: FastifyPluginAsync<AuthOptions> = async (fastify, registered) => {
  const resourceServer = createFrom(registered)
  fastify.decorate('resourceServer', resourceServer)
  fastify.decorate('requireAuth', (...wanted: RequirementArguments) =>
    guard(resourceServer, resourceServer.require(...wanted)),
  )
  fastify.decorate('optionalAuth', () => guard(resourceServer, resourceServer.optional()))
  fastify.decorateRequest('auth', null)
  fastify.addHook('onRoute', (route) => {
    route.errorHandler ??= writeRefusal
    route.config = Object.assign({}, route.config, { [TAKES_REFUSALS]: true })
  })
}

// Marks the routes whose error handler knows of refusals: ours, or one that the route chose for itself.
const TAKES_REFUSALS: unique symbol = Symbol('@acme/auth-fastify.takesRefusals')

/**
 * Adds `fastify.requireAuth(...)`, `fastify.optionalAuth()` and `request.auth`. It guards nothing by itself.
 * Without options they come from the environment.
 *
 * Rejects with a TypeError, at `ready()`, that names the option or variable, what was given and what is wanted.
 */
export const auth0Plugin: FastifyPluginAsync<AuthOptions> = plugin(register, {
  fastify: '5.x',
  name: '@acme/auth-fastify',
})

function createFrom(registered: AuthOptions & { prefix?: string; logLevel?: string }): ResourceServer {
  // Fastify's own registration options are handed to the plugin as well.
  const { prefix, logLevel, ...options } = registered
  return Object.keys(options).length === 0 ? environmentResourceServer() : createResourceServer(options)
}

const PROXY_SETTING = 'fastify({ trustProxy: ... })'

function guard(resourceServer: ResourceServer, wanted: Requirements): AuthHook {
  return async (request, reply) => {
    const outcome = await resourceServer
      .authenticate(frameworkResourceRequest(request, PROXY_SETTING), wanted)
      .catch(noteFault)
    if (outcome.ok) {
      request.auth = outcome.auth
      reply.headers(outcome.headers)
    }
    // Thrown, so that @fastify/auth can try its other functions; where nobody would write it, it is written here.
    else if (takesRefusals(request)) throw outcome.error
    else await refuse(reply, outcome.error)
  }
}

/** Not so for a request without a route, and for a route that was declared before this plugin was loaded. */
function takesRefusals(request: FastifyRequest): boolean {
  const config: unknown = request.is404 ? undefined : request.routeOptions.config
  return typeof config === 'object' && config !== null && TAKES_REFUSALS in config
}

const faults = new WeakSet<object>()

function noteFault(error: unknown): never {
  if (typeof error === 'object' && error !== null) faults.add(error)
  throw error
}

function writeRefusal(error: FastifyError, _request: FastifyRequest, reply: FastifyReply): void {
  if (isAuthError(error)) return void refuse(reply, error)
  // @fastify/auth has set 401 for whatever it was given; a fault is never the client's.
  if (faults.has(error)) reply.code(error.statusCode ?? 500)
  // Sending an error from an error handler hands it on to the application's own.
  void reply.send(error)
}

function refuse(reply: FastifyReply, error: AuthError): FastifyReply {
  const { status, headers } = error
  return reply.code(status).headers(headers).type('application/json; charset=utf-8').send(JSON.stringify(error))
}
