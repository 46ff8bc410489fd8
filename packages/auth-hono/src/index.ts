import {
  createResourceServer,
  environmentResourceServer,
  memoryReplayStore,
  onceForEqual,
  optional,
  optionsFromEnvironment,
  requirements,
} from '@acme/auth-core'
import { compileTrustProxy } from '@acme/auth-core/node'
import type { AuthOptions, RequirementArguments, ResourceServer } from '@acme/auth-core'
import type { TrustProxy } from '@acme/auth-core/node'
import type { Context, MiddlewareHandler } from 'hono'

import { comesWithRequests, completed, lacksSettings, noResourceServer } from './environment.js'
import { connectionsOf } from './connections.js'
import type { HonoConnections } from './connections.js'
import { contextGuards, findBound, guardsOf } from './guards.js'
import type { Bound, ContextGuards, Guards, OptionalAuthHandler, RequireAuthHandler } from './guards.js'
import { metadataRoute } from './metadata-route.js'
import { traceRoute } from './trace-route.js'
import { resourceRequest } from './request.js'

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
export type { TrustProxy } from '@acme/auth-core/node'

export { answerUpgrades } from './answer-upgrades.js'
export { refuseOtherUpgrades } from './other-upgrades.js'
export type { UpgradingServer } from './other-upgrades.js'
export type { ConnectionEvents, HonoConnections } from './connections.js'
export { publicRoute } from './guards.js'
export type { OptionalAuthHandler, RequireAuthHandler } from './guards.js'

/** Options of the resource server, and what Hono has no setting of its own for. */
export interface HonoAuthOptions extends AuthOptions {
  /**
   * Which proxies may say how the client addressed this API: `true` for any peer, a number of hops, addresses and CIDR
   * ranges (`'loopback, 10.0.0.0/8'`), or a function. Addresses need a runtime that tells the peer's: Node, Bun and
   * Deno do, Workers do not. @defaultValue false
   */
  readonly trustProxy?: TrustProxy | undefined
}

/** Guards that share one resource server: one key cache and one replay store. */
export interface HonoAuth extends Guards<ResourceServer>, HonoMetadata, HonoTraces, HonoConnections {}

/** The metadata of the resources of an API. */
export interface HonoMetadata {
  /**
   * A middleware that serves the metadata of `resourceMetadata` at its well-known paths (RFC 9728 §3), for
   * `app.use(auth.metadataRoute())`.
   * @throws {TypeError} without that option; where options come with requests, then
   */
  readonly metadataRoute: () => MiddlewareHandler
}

/** Why requests were refused. */
export interface HonoTraces {
  /**
   * The handler of a route for operators, behind a guard like any other: why a request was refused, by the correlation
   * id that is the parameter `id` of the route; without it, a list of the latest. JSON, 404 for an unknown one, 500 where no
   * guard was: `app.get('/internal/traces/:id', requireAuth('read:traces'), auth.traceRoute())`.
   */
  readonly traceRoute: () => MiddlewareHandler
}

/** Guards whose options depend on the request. */
export interface HonoContextAuth extends ContextGuards<ResourceServer>, HonoMetadata, HonoTraces, HonoConnections {}

/** Options of a request, from its context: from `c.env`, say. Annotate `c` to have its bindings typed. */
export type HonoAuthSettings = (c: Context) => HonoAuthOptions | Promise<HonoAuthOptions>

/**
 * Guards with options. The issuer, the audience and the DPoP mode come from the environment where they are not given; in
 * Cloudflare Workers from `c.env`.
 *
 * With a function, options are worked out for each request, and equal ones share a resource server, as
 * {@link onceForEqual} compares them: up to a hundred at least. Functions and stores that they hold are to be made once,
 * outside of it. Proofs are remembered in one place for all, unless the options bring a store. What the function throws,
 * and options that are bad, are faults of the request.
 *
 * @throws {TypeError} that names the option, what was given and what is wanted
 * @example
 * ```ts
 * import { createAuth } from '@acme/auth-hono'
 * import { Hono } from 'hono'
 *
 * const { requireAuth } = createAuth({ issuer: 'https://issuer.example.com/', audience: 'https://api.example.com' })
 * const app = new Hono()
 * app.get('/messages', requireAuth('read:messages'), (c) => c.json([]))
 * ```
 */
export function createAuth(...options: readonly [] | readonly [options: HonoAuthOptions]): HonoAuth
export function createAuth(settings: HonoAuthSettings): HonoContextAuth
export function createAuth(
  ...given: readonly [] | readonly [HonoAuthOptions | HonoAuthSettings]
): HonoAuth | HonoContextAuth {
  if (given.length === 0) return fromEnvironment()
  const [one] = given
  if (typeof one === 'function') return contextAuth(one)
  // For the resource server to refuse.
  if (typeof one !== 'object' || one === null) return withMetadata(bound(environmentResourceServer(one)))
  const { trustProxy, ...options } = one
  if (comesWithRequests() && lacksOptions(options)) return laterAuth(() => one)
  return withMetadata(bound(environmentResourceServer(options), trustProxy))
}

/**
 * {@link HonoAuth.requireAuth}, with options from the environment.
 *
 * @throws {TypeError} when a variable is missing
 * @example
 * ```ts
 * import { requireAuth } from '@acme/auth-hono'
 * import { Hono } from 'hono'
 *
 * const app = new Hono()
 * app.use('/api/*', requireAuth())
 * app.get('/api/me', (c) => c.json({ path: c.req.path }))
 * app.get('/messages', requireAuth('read:messages'), (c) => c.json({ sub: c.var.auth.subject }))
 * ```
 */
export function requireAuth(...wanted: RequirementArguments): RequireAuthHandler {
  return fromEnvironment().requireAuth(...wanted)
}

/**
 * {@link HonoAuth.optionalAuth}, with options from the environment.
 *
 * @throws {TypeError} when a variable is missing
 * @example
 * ```ts
 * import { optionalAuth } from '@acme/auth-hono'
 * import { Hono } from 'hono'
 *
 * const app = new Hono()
 * app.get('/greeting', optionalAuth(), (c) => c.json({ hello: c.var.auth?.subject ?? 'stranger' }))
 * ```
 */
export function optionalAuth(): OptionalAuthHandler {
  return fromEnvironment().optionalAuth()
}

function bound(resourceServer: ResourceServer, trustProxy?: TrustProxy): Bound<ResourceServer> {
  const trusts = compileTrustProxy(trustProxy)
  return { resourceServer, requestOf: (c) => resourceRequest(c, trusts) }
}

function withMetadata(own: Bound<ResourceServer>): HonoAuth {
  return {
    ...guardsOf(own),
    ...connectionsOf(() => own),
    metadataRoute() {
      own.resourceServer.metadataResponder()
      return metadataRoute(() => own.resourceServer)
    },
    traceRoute: () => traceRoute(() => own.resourceServer),
  }
}

function fromEnvironment(): HonoAuth {
  return comesWithRequests() ? inWorker() : withMetadata(bound(environmentResourceServer()))
}

let shared: HonoAuth | undefined

/** All guards without options share one replay store, as elsewhere they share their resource server. */
function inWorker(): HonoAuth {
  shared ??= laterAuth(() => ({}))
  return shared
}

function laterAuth(settings: HonoAuthSettings): HonoAuth {
  return {
    ...contextAuth(settings),
    get resourceServer() {
      return noResourceServer()
    },
  }
}

/** What the environment gives stands beside what is no option of the resource server. */
function complete(c: Context, { trustProxy, ...options }: HonoAuthOptions): HonoAuthOptions {
  return {
    ...(trustProxy !== undefined && { trustProxy }),
    ...completed(c, options, optionsFromEnvironment, lacksOptions),
  }
}

/** The mode may be in the environment alone, as `AUTH0_DPOP`. */
function lacksOptions(options: AuthOptions): boolean {
  return lacksSettings(options) || options.dpop?.mode === undefined
}

const RESOLVE = { requirements, optional }

function contextAuth(settings: HonoAuthSettings): HonoContextAuth {
  // Of all of them: a proof that was used stays used when a resource server is forgotten, or made anew (RFC 9449 §11.1).
  const replay = memoryReplayStore()
  const bind = onceForEqual(({ trustProxy, ...options }: HonoAuthOptions) =>
    bound(createResourceServer(options, { replay }), trustProxy),
  )
  const find = findBound(settings, (options, c) => bind(complete(c, options)))
  const guards = contextGuards(find, RESOLVE)
  return {
    ...guards,
    ...connectionsOf(find),
    metadataRoute: () => metadataRoute(guards.resourceServerOf),
    traceRoute: () => traceRoute(guards.resourceServerOf),
  }
}
