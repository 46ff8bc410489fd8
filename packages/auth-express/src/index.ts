import { environmentResourceServer, markGuard, publicMark } from '@acme/auth-core'
import { refuseTrustProxy } from '@acme/auth-core/node'
import type { NodeWebSocket } from '@acme/auth-core/node'
import type {
  AuthConnection,
  AuthContext,
  AuthOptions,
  EventStream,
  EventStreamOptions,
  RequirementArguments,
  ResourceServer,
} from '@acme/auth-core'
import type { NextFunction, Request, Response } from 'express'

import { keepConnection, eventStreamOf } from './connections.js'
import { EXPRESS, guard } from './guard.js'
import type { GuardedRequest } from './guard.js'
import { metadataRoute } from './metadata-route.js'
import { traceRoute } from './trace-route.js'

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
  shadowTable,
  withoutTicket,
} from '@acme/auth-core'
// All types of core, so that nobody has to install it for their sake. By a star, since TypeScript merges what an
// application adds to AccessTokenClaims with a declaration that came by a star only.
export type * from '@acme/auth-core'

/** A middleware for routes with any parameters, whose types it leaves to the route. */
export type AuthHandler = <Params>(request: Request<Params>, response: Response, next: NextFunction) => void

/** Guards that share one resource server: one key cache and one replay store. */
export interface ExpressAuth {
  /**
   * A middleware that lets a request pass when its access token is valid and meets the requirements: scopes as one
   * string, several arguments or a list, all of them required; or an object. Nothing given: any valid token.
   * @throws {TypeError} at once, when the requirements are not of their form
   */
  readonly requireAuth: (...wanted: RequirementArguments) => AuthHandler
  /** A middleware that lets requests without credentials pass too; bad credentials are refused all the same. */
  readonly optionalAuth: () => AuthHandler
  /**
   * A middleware that serves the metadata of `resourceMetadata` at its well-known paths (RFC 9728 §3), for
   * `app.use(auth.metadataRoute())`.
   * @throws {TypeError} without that option
   */
  readonly metadataRoute: () => AuthHandler
  /**
   * The handler of a route for operators, behind a guard like any other: why a request was refused, by the correlation
   * id that is the parameter `id` of the route; without it, a list of the latest. JSON, 404 for an unknown one, 500 where no
   * guard was: `app.get('/internal/traces/:id', requireAuth('read:traces'), auth.traceRoute())`.
   */
  readonly traceRoute: () => AuthHandler
  /**
   * Keeps a WebSocket of `ws` authenticated, whose handshake a guard let through: it is closed when its token expires or is
   * revoked. `webSocket()` of `@acme/auth-express/websocket` calls it.
   * @throws {TypeError} when no guard did
   */
  readonly connection: <Params>(request: Request<Params>, socket: NodeWebSocket) => AuthConnection
  /**
   * Answers with a stream of server-sent events, behind a guard: it ends when the token expires or is revoked.
   * @throws {TypeError} when no guard let the request pass
   */
  readonly eventStream: <Params>(
    request: Request<Params>,
    response: Response,
    options?: EventStreamOptions,
  ) => EventStream
  readonly resourceServer: ResourceServer
}

/**
 * Guards with options. The issuer, the audience and the DPoP mode come from the environment where they are not given.
 *
 * @throws {TypeError} that names the option or variable, what was given and what is wanted
 * @example
 * ```ts
 * import { createAuth } from '@acme/auth-express'
 * import express from 'express'
 *
 * const { requireAuth } = createAuth({ issuer: 'https://issuer.example.com/', audience: 'https://api.example.com' })
 * const app = express()
 * app.get('/messages', requireAuth('read:messages'), (req, res) => void res.json([]))
 * ```
 */
export function createAuth(...options: readonly [] | readonly [options: AuthOptions]): ExpressAuth {
  refuseTrustProxy(options[0], EXPRESS.proxySetting)
  return guards(environmentResourceServer(...options))
}

/**
 * {@link ExpressAuth.requireAuth}, with options from the environment.
 *
 * @throws {TypeError} when a variable is missing
 * @example
 * ```ts
 * import { requireAuth } from '@acme/auth-express'
 * import express from 'express'
 *
 * const app = express()
 * app.use('/api', requireAuth())
 * app.delete('/api/messages/:id', requireAuth('delete:messages'), (req, res) => void res.sendStatus(204))
 * ```
 */
export function requireAuth(...wanted: RequirementArguments): AuthHandler {
  return guards(environmentResourceServer()).requireAuth(...wanted)
}

/**
 * {@link ExpressAuth.optionalAuth}, with options from the environment.
 *
 * @throws {TypeError} when a variable is missing
 * @example
 * ```ts
 * import { getOptionalAuth, optionalAuth } from '@acme/auth-express'
 * import express from 'express'
 *
 * const app = express()
 * app.get('/greeting', optionalAuth(), (req, res) => void res.json({ hello: getOptionalAuth(req)?.subject ?? 'stranger' }))
 * ```
 */
export function optionalAuth(): AuthHandler {
  return guards(environmentResourceServer()).optionalAuth()
}

/**
 * Says that the routes behind it are open on purpose, and why, for the census of routes. It lets every request pass, and
 * opens nothing: a guard before or behind it guards all the same.
 *
 * @throws {TypeError} when there is no reason
 * @example
 * ```ts
 * import { publicRoute } from '@acme/auth-express'
 * import express from 'express'
 *
 * const app = express()
 * app.get('/health', publicRoute('health checks'), (req, res) => void res.json({ status: 'ok' }))
 * ```
 */
export function publicRoute(reason: string): AuthHandler {
  const handler: AuthHandler = (_request, _response, next) => next()
  return markGuard(handler, publicMark(reason))
}

/**
 * The caller of a guarded request.
 *
 * @throws {Error} on a route without a guard, and for an anonymous request
 * @example
 * ```ts
 * import { getAuth, requireAuth } from '@acme/auth-express'
 * import express from 'express'
 *
 * const app = express()
 * app.get('/me', requireAuth(), (req, res) => void res.json({ sub: getAuth(req).subject }))
 * ```
 */
export function getAuth<Params>(request: Request<Params>): AuthContext {
  const auth = getOptionalAuth(request)
  if (auth === null) throw new Error('no auth context: is the route guarded by requireAuth()?')
  return auth
}

/**
 * The caller, or null for an anonymous request.
 * @example
 * ```ts
 * import { getOptionalAuth, optionalAuth } from '@acme/auth-express'
 * import express from 'express'
 *
 * const app = express()
 * app.get('/me', optionalAuth(), (req, res) => void res.json({ sub: getOptionalAuth(req)?.subject ?? null }))
 * ```
 */
export function getOptionalAuth<Params>(request: Request<Params>): AuthContext | null {
  return (request as GuardedRequest).auth ?? null // set below; its global type is an opt-in import
}

function guards(resourceServer: ResourceServer): ExpressAuth {
  return {
    requireAuth: (...wanted) => guard(resourceServer, resourceServer.requirements(...wanted)),
    optionalAuth: () => guard(resourceServer, resourceServer.optional()),
    metadataRoute: () => metadataRoute(resourceServer),
    traceRoute: () => traceRoute(resourceServer),
    connection: (request, socket) => keepConnection(resourceServer, request, socket),
    eventStream: (request, response, options) => eventStreamOf(resourceServer, request, response, options),
    resourceServer,
  }
}
