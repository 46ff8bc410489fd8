import { asFault, environmentResourceServer, markGuard, publicMark } from '@acme/auth-core'
import { frameworkResourceRequest, refuseTrustProxy, warnOfIgnoredHops } from '@acme/auth-core/node'
import type { NodeWebSocket } from '@acme/auth-core/node'
import type {
  Accepted,
  AuthConnection,
  AuthContext,
  AuthOptions,
  EventStream,
  EventStreamOptions,
  Refused,
  RequirementArguments,
  Requirements,
  ResourceServer,
} from '@acme/auth-core'
import type { FastifyInstance, FastifyPluginAsync, FastifyPluginCallback, FastifyReply, FastifyRequest } from 'fastify'
import plugin from 'fastify-plugin'

import { keepConnection, eventStreamOf, FASTIFY } from './connections.js'
import { metadataRoute } from './metadata-route.js'
import { dropPipelinedHandshakes } from './pipelined.js'
import { traceRoute } from './trace-route.js'
import type { TraceHandler } from './trace-route.js'
import { noteFault, refuseBy, writesRefusals } from './refusals.js'
import { rememberRoute } from './routes.js'

export {
  AuthError,
  explain,
  explanationText,
  isAuthError,
  memoryReplayStore,
  memoryRevocations,
  optionsFromEnvironment,
  policyEngine,
  requirements,
  selectSubprotocol,
  shadowTable,
  withoutTicket,
} from '@acme/auth-core'
// All types of core, so that nobody has to install it for their sake. By a star, since TypeScript merges what an
// application adds to AccessTokenClaims with a declaration that came by a star only.
export type * from '@acme/auth-core'

/** What requests of Fastify have in common, over HTTP/1.1 and HTTP/2, whatever their type provider. */
export type AnyFastifyRequest = Pick<FastifyRequest, 'id' | 'is404' | 'url'>

/** The same of its replies. */
export type AnyFastifyReply = Pick<FastifyReply, 'sent' | 'statusCode'>

/** A hook for `onRequest`, `preValidation` or `preHandler`, and a function for `@fastify/auth`. */
export type AuthHook = (request: AnyFastifyRequest, reply: AnyFastifyReply) => Promise<void>

/** Guards that share one resource server: one key cache and one replay store. */
export interface FastifyAuth {
  /**
   * A hook that lets a request pass when its access token is valid and meets the requirements: scopes as one string,
   * several arguments or a list, all of them required; or an object. Nothing given: any valid token.
   * @throws {TypeError} at once, when the requirements are not of their form
   */
  requireAuth(...wanted: RequirementArguments): AuthHook
  /** A hook that lets requests without credentials pass too; bad credentials are refused all the same. */
  optionalAuth(): AuthHook
  /**
   * A plugin that serves the metadata of `resourceMetadata` at its well-known paths (RFC 9728 §3):
   * `fastify.register(fastify.metadataRoute())`, before hooks that guard all routes.
   * @throws {TypeError} without that option
   */
  metadataRoute(): FastifyPluginCallback
  /**
   * The handler of a route for operators, behind a guard like any other: why a request was refused, by the correlation
   * id that is the parameter `id` of the route; without it, a list of the latest. JSON, 404 for an unknown one, 500 where no
   * guard was: `app.get('/internal/traces/:id', { onRequest: app.requireAuth('read:traces') }, app.traceRoute())`.
   */
  traceRoute(): TraceHandler
  /**
   * Keeps a WebSocket of @fastify/websocket authenticated, whose handshake a guard let through: it is closed when its token
   * expires or is revoked.
   * @throws {TypeError} when no guard did
   */
  connection(request: AnyFastifyRequest, socket: NodeWebSocket): AuthConnection
  /**
   * Answers with a stream of server-sent events, behind a guard: it ends when the token expires or is revoked.
   * @throws {TypeError} when no guard let the request pass
   */
  eventStream(request: AnyFastifyRequest, reply: AnyFastifyReply, options?: EventStreamOptions): EventStream
  readonly resourceServer: ResourceServer
}

/** Options of the resource server, and what the plugin adds is called. */
export interface FastifyAuthOptions extends AuthOptions {
  /**
   * Where the caller is found: `request[name]`. Any other name than the default moves the guards as well, to
   * `fastify[name].requireAuth(...)`, so that the plugin can be registered beside itself, and beside another plugin that
   * has `request.auth` or `fastify.requireAuth`. @defaultValue 'auth'
   */
  readonly name?: string
}

declare module 'fastify' {
  interface FastifyInstance extends FastifyAuth {}
  interface FastifyRequest {
    /** The caller; null on a route without a guard, and for an anonymous request. */
    auth: AuthContext | null
  }
}

const DEFAULT_NAME = 'auth'

/**
 * The caller of a guarded request. `name` is that of the plugin's registration.
 * @throws {Error} on a route without a guard, and for an anonymous request
 * @example
 * ```ts
 * import { auth0Plugin, getAuth } from '@acme/auth-fastify'
 * import fastify from 'fastify'
 *
 * const app = fastify()
 * await app.register(auth0Plugin)
 * app.get('/me', { onRequest: app.requireAuth() }, async (request) => ({ sub: getAuth(request).subject }))
 * ```
 */
export function getAuth(request: AnyFastifyRequest, name: string = DEFAULT_NAME): AuthContext {
  const auth = callers(request)[name]
  if (!auth) throw new Error('no auth context: is the route guarded by fastify.requireAuth()?')
  return auth
}

/**
 * A hook that says that a route is open on purpose, and why, for the census of routes. It lets every request pass, and
 * opens nothing: a guard of the route, or of an instance around it, guards all the same.
 *
 * @throws {TypeError} when there is no reason
 * @example
 * ```ts
 * import { publicRoute } from '@acme/auth-fastify'
 * import fastify from 'fastify'
 *
 * const app = fastify()
 * app.get('/health', { onRequest: publicRoute('health checks') }, async () => ({ status: 'ok' }))
 * ```
 */
export function publicRoute(reason: string): AuthHook {
  const hook: AuthHook = async () => undefined
  return markGuard(hook, publicMark(reason))
}

/** By name, each of which was decorated; undefined where the plugin is not registered. */
function callers(request: AnyFastifyRequest): Record<string, AuthContext | null | undefined> {
  return request as AnyFastifyRequest & Record<string, never> // of all members, only those that guards set are touched
}

const register: FastifyPluginAsync<FastifyAuthOptions> = async (fastify, registered) => {
  const { name = DEFAULT_NAME, resourceServer } = settings(registered)
  requireFreeNames(fastify, name)
  warnOfIgnoredHops(fastify, registered.onEvent)
  const auth: FastifyAuth = {
    requireAuth: (...wanted) => guard(resourceServer, resourceServer.requirements(...wanted), name),
    optionalAuth: () => guard(resourceServer, resourceServer.optional(), name),
    metadataRoute: () => metadataRoute(resourceServer),
    traceRoute: () => traceRoute(resourceServer, (request) => callers(request)[name]),
    connection: (request, socket) => keepConnection(resourceServer, request, socket),
    eventStream: (request, reply, options) => eventStreamOf(resourceServer, request, reply, options),
    resourceServer,
  }
  if (name === DEFAULT_NAME) for (const [decorator, value] of Object.entries(auth)) fastify.decorate(decorator, value)
  else fastify.decorate(name, auth)
  fastify.decorateRequest(name, null)
  fastify.addHook('onReady', async () => dropPipelinedHandshakes(fastify))
  fastify.addHook('onRoute', function remember(route) {
    rememberRoute(this, route)
  })
  // There is nothing to write where the application does it.
  if (registered.refusals === 'forward') return
  fastify.addHook('onRoute', writesRefusals)
}

/**
 * Adds `fastify.requireAuth(...)`, `fastify.optionalAuth()` and `request.auth`. It guards nothing by itself.
 * The issuer, the audience and the DPoP mode come from the environment where they are not given.
 *
 * Rejects with a TypeError, at `ready()`, that names the option or variable, what was given and what is wanted.
 *
 * @example
 * ```ts
 * import { auth0Plugin } from '@acme/auth-fastify'
 * import fastify from 'fastify'
 *
 * const app = fastify()
 * await app.register(auth0Plugin)
 * app.get('/messages', { onRequest: app.requireAuth('read:messages') }, async () => [])
 * ```
 */
export const auth0Plugin: FastifyPluginAsync<FastifyAuthOptions> = plugin(register, {
  fastify: '5.x',
  name: '@acme/auth-fastify',
})

function settings(registered: FastifyAuthOptions & { prefix?: string; logLevel?: string }): {
  readonly name: string | undefined
  readonly resourceServer: ResourceServer
} {
  // Fastify's own registration options are handed to the plugin as well.
  const { prefix, logLevel, name, ...options } = registered
  refuseTrustProxy(options, FASTIFY.proxySetting)
  const given = Object.keys(options).length > 0
  return { name, resourceServer: given ? environmentResourceServer(options) : environmentResourceServer() }
}

/** Fastify would say which decorator is there already, and not what to do about it. */
function requireFreeNames(fastify: FastifyInstance, name: unknown): void {
  if (typeof name !== 'string' || name === '') throw new TypeError("name: want the caller's name, such as 'partner'")
  const decorators = name === DEFAULT_NAME ? DECORATORS : [name]
  const taken = fastify.hasRequestDecorator(name)
    ? `request.${name}`
    : decorators.filter((decorator) => fastify.hasDecorator(decorator)).map((decorator) => `fastify.${decorator}`)[0]
  if (taken === undefined) return
  throw new TypeError(`name: "${name}" is taken, ${taken} is there already: want another, such as name: 'partner'`)
}

/** Of an instance, where it has no name of its own. */
const DECORATORS = [
  'requireAuth',
  'optionalAuth',
  'metadataRoute',
  'traceRoute',
  'connection',
  'eventStream',
  'resourceServer',
]

function guard(resourceServer: ResourceServer, wanted: Requirements, name: string): AuthHook {
  const hook: AuthHook = async (anyRequest, anyReply) => {
    // Of whatever server: what is used here all have.
    const [request, reply] = [anyRequest as FastifyRequest, anyReply as FastifyReply]
    let outcome: Accepted | Refused
    try {
      outcome = await resourceServer.authenticate(frameworkResourceRequest(request, FASTIFY), wanted)
    } catch (reason) {
      throw noteFault(asFault(reason), request, reply)
    }
    if (outcome.ok === true) {
      callers(request)[name] = outcome.auth
      reply.headers(outcome.headers)
      return
    }
    await refuseBy(request, reply, outcome)
    // So that nothing goes on behind the guard, wherever it is awaited, and @fastify/auth can try its other functions.
    throw outcome.error
  }
  return markGuard(hook, { kind: 'guard', requirements: wanted })
}
