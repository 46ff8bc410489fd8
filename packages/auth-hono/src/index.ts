import {
  asFault,
  createResourceServer,
  environmentResourceServer,
  memoryReplayStore,
  onceForEqual,
  optional,
  requirements,
} from '@acme/auth-core'
import { compileTrustProxy } from '@acme/auth-core/node'
import type {
  Accepted,
  AuthContext,
  AuthOptions,
  Refused,
  ReplayStore,
  RequirementArguments,
  Requirements,
  ResourceServer,
} from '@acme/auth-core'
import type { TrustFunction, TrustProxy } from '@acme/auth-core/node'
import type { Context, MiddlewareHandler } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { ContentfulStatusCode } from 'hono/utils/http-status'

import { resourceRequest } from './request.js'

export { AuthError, isAuthError, memoryReplayStore, optionsFromEnvironment } from '@acme/auth-core'
// All types of core, so that nobody has to install it for their sake. By a star, since TypeScript merges what an
// application adds to AccessTokenClaims with a declaration that came by a star only.
export type * from '@acme/auth-core'
export type { TrustProxy } from '@acme/auth-core/node'

/** Options of the resource server, and what Hono has no setting of its own for. */
export interface HonoAuthOptions extends AuthOptions {
  /**
   * Which proxies may say how the client addressed this API: `true` for any peer, a number of hops, addresses and CIDR
   * ranges (`'loopback, 10.0.0.0/8'`), or a function. Addresses need a runtime that tells the peer's: Node, Bun and
   * Deno do, Workers do not. @defaultValue false
   */
  readonly trustProxy?: TrustProxy | undefined
}

/** The caller of a guarded request is in `c.var.auth`. */
export type RequireAuthHandler = MiddlewareHandler<{ Variables: { auth: AuthContext } }>

/** `c.var.auth` is null for an anonymous request. */
export type OptionalAuthHandler = MiddlewareHandler<{ Variables: { auth: AuthContext | null } }>

/** Guards that share one resource server: one key cache and one replay store. */
export interface HonoAuth {
  /**
   * A middleware that lets a request pass when its access token is valid and meets the requirements: scopes as one
   * string, several arguments or a list, all of them required; or an object. Nothing given: any valid token.
   * @throws {TypeError} at once, when the requirements are not of their form
   */
  readonly requireAuth: (...wanted: RequirementArguments) => RequireAuthHandler
  /** A middleware that lets requests without credentials pass too; bad credentials are refused all the same. */
  readonly optionalAuth: () => OptionalAuthHandler
  readonly resourceServer: ResourceServer
}

/** Guards whose options depend on the request. */
export interface HonoContextAuth extends Pick<HonoAuth, 'requireAuth' | 'optionalAuth'> {
  /** The resource server of a request: the same one for equal options. Rejects with a plain Error, as a guard does. */
  readonly resourceServerOf: (c: Context) => Promise<ResourceServer>
}

/** Options of a request, from its context: from `c.env`, say. Annotate `c` to have its bindings typed. */
export type HonoAuthSettings = (c: Context) => HonoAuthOptions | Promise<HonoAuthOptions>

/**
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
export function createAuth(options: HonoAuthOptions): HonoAuth
export function createAuth(settings: HonoAuthSettings): HonoContextAuth
export function createAuth(given: HonoAuthOptions | HonoAuthSettings): HonoAuth | HonoContextAuth {
  return typeof given === 'function' ? contextAuth(given) : auth(bound(given))
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
  return auth(fromEnvironment()).requireAuth(...wanted)
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
  return auth(fromEnvironment()).optionalAuth()
}

/** What options become. */
interface Bound {
  readonly resourceServer: ResourceServer
  readonly trusts: TrustFunction
}

function bound(given: HonoAuthOptions, replay?: ReplayStore): Bound {
  // Spread, since nothing at all is for createResourceServer to refuse, by name.
  const { trustProxy, ...options } = { ...given }
  const resourceServer = createResourceServer(options, replay === undefined ? {} : { replay })
  return { resourceServer, trusts: compileTrustProxy(trustProxy) }
}

function fromEnvironment(): Bound {
  return { resourceServer: environmentResourceServer(), trusts: compileTrustProxy(false) }
}

function auth(one: Bound): HonoAuth {
  const { resourceServer } = one
  return {
    requireAuth: (...wanted) => guard(one, resourceServer.requirements(...wanted)),
    optionalAuth: () => guard(one, resourceServer.optional()),
    resourceServer,
  }
}

function contextAuth(settings: HonoAuthSettings): HonoContextAuth {
  // Of all of them: a proof that was used stays used when a resource server is forgotten, or made anew (RFC 9449 §11.1).
  const replay = memoryReplayStore()
  const boundOf = onceForEqual((options: HonoAuthOptions) => bound(options, replay))
  const find = async (c: Context): Promise<Bound> => {
    try {
      return boundOf(requireOptions(await settings(c)))
    } catch (fault) {
      throw asFault(fault)
    }
  }
  return {
    requireAuth: (...wanted) => guard(find, requirements(...wanted)),
    optionalAuth: () => guard(find, optional()),
    resourceServerOf: async (c) => (await find(c)).resourceServer,
  }
}

function requireOptions(given: unknown): HonoAuthOptions {
  if (typeof given === 'object' && given !== null) return given // checked in detail by createResourceServer
  throw new TypeError(`createAuth: the function of the context answered ${typeof given}, want an object with options`)
}

function guard(given: Bound | ((c: Context) => Promise<Bound>), wanted: Requirements): MiddlewareHandler {
  return async (c, next) => {
    const { resourceServer, trusts } = typeof given === 'function' ? await given(c) : given
    let outcome: Accepted | Refused
    try {
      outcome = await resourceServer.authenticate(resourceRequest(c, trusts), wanted)
    } catch (fault) {
      // Hono hands nothing but Errors to onError, and answers with what an exception of its own says.
      throw asFault(fault)
    }
    if (outcome.ok !== true) throw exceptionOf(c, outcome)
    c.set('auth', outcome.auth)
    for (const [name, value] of Object.entries(outcome.headers)) c.header(name, value)
    await next()
    keepHeaders(c, outcome.headers)
  }
}

/** Thrown, so that `onError` sees it, and `some()` of hono/combine goes on to the next. */
function exceptionOf(c: Context, { status, headers, body, error }: Refused): HTTPException {
  // With the headers that were set before: by cors(), say, without which a browser does not show the answer.
  const res = c.body(body, status as ContentfulStatusCode, { ...headers }) // 4xx or 503
  // Hono adds the cookies of the context to those of an exception.
  res.headers.delete('set-cookie')
  const exception = new HTTPException(status as ContentfulStatusCode, { res, message: error.description, cause: error })
  // Hono before 4.4 does not take one.
  exception.cause ??= error
  return exception
}

/** A handler that answers with a Response of its own makes nothing of c.header. */
function keepHeaders(c: Context, headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers)) {
    // Hono copies the Response for it, which the one of a WebSocket would not survive.
    if (c.res.status !== 101 && !c.res.headers.has(name)) c.header(name, value)
  }
}
