import { asFault, markGuard, publicMark } from '@acme/auth-core/bearer'
import type { BearerResourceServer } from '@acme/auth-core/bearer'
import type {
  Accepted,
  AuthContext,
  Refused,
  RequirementArguments,
  Requirements,
  ResourceRequest,
} from '@acme/auth-core'
import type { Context, MiddlewareHandler } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { ContentfulStatusCode } from 'hono/utils/http-status'

/** The caller of a guarded request is in `c.var.auth`. */
export type RequireAuthHandler = MiddlewareHandler<{ Variables: { auth: AuthContext } }>

/** `c.var.auth` is null for an anonymous request. */
export type OptionalAuthHandler = MiddlewareHandler<{ Variables: { auth: AuthContext | null } }>

/** Guards that share one resource server: one key cache and one replay store. */
export interface Guards<Server> {
  /**
   * A middleware that lets a request pass when its access token is valid and meets the requirements: scopes as one
   * string, several arguments or a list, all of them required; or an object. Nothing given: any valid token.
   * @throws {TypeError} at once, when the requirements are not of their form
   */
  readonly requireAuth: (...wanted: RequirementArguments) => RequireAuthHandler
  /** A middleware that lets requests without credentials pass too; bad credentials are refused all the same. */
  readonly optionalAuth: () => OptionalAuthHandler
  readonly resourceServer: Server
}

/** Guards whose options depend on the request. */
export interface ContextGuards<Server> extends Pick<Guards<Server>, 'requireAuth' | 'optionalAuth'> {
  /** The resource server of a request: the same one for equal options. Rejects with a plain Error, as a guard does. */
  readonly resourceServerOf: (c: Context) => Promise<Server>
}

/** What options become. */
export interface Bound<Server> {
  readonly resourceServer: Server
  readonly requestOf: (c: Context) => ResourceRequest
}

export function guardsOf<Server extends BearerResourceServer>(bound: Bound<Server>): Guards<Server> {
  const { resourceServer } = bound
  return {
    requireAuth: (...wanted) => guard(bound, resourceServer.requirements(...wanted)),
    optionalAuth: () => guard(bound, resourceServer.optional()),
    resourceServer,
  }
}

/** How an entry resolves what a guard demands, before there is a resource server. */
export interface Resolve {
  readonly requirements: (...wanted: RequirementArguments) => Requirements
  readonly optional: () => Requirements
}

/** Finds what the options of a request have become. Rejects with a plain Error. */
export type Find<Server> = (c: Context) => Promise<Bound<Server>>

/** @param bind - the same for equal options */
export function findBound<Server, Options>(
  settings: (c: Context) => Options | Promise<Options>,
  bind: (options: Options, c: Context) => Bound<Server>,
): Find<Server> {
  return async (c) => {
    try {
      return bind(requireOptions(await settings(c)), c)
    } catch (fault) {
      throw asFault(fault)
    }
  }
}

/** Guards of options that are worked out for each request. */
export function contextGuards<Server extends BearerResourceServer>(
  find: Find<Server>,
  { requirements, optional }: Resolve,
): ContextGuards<Server> {
  return {
    requireAuth: (...wanted) => guard(find, requirements(...wanted)),
    optionalAuth: () => guard(find, optional()),
    resourceServerOf: async (c) => (await find(c)).resourceServer,
  }
}

function requireOptions<Options>(given: Options): Options {
  if (typeof given === 'object' && given !== null) return given // checked in detail by the resource server
  throw new TypeError(`createAuth: the function of the context answered ${typeof given}, want an object with options`)
}

type AnyBound = Bound<BearerResourceServer>

function guard(given: AnyBound | ((c: Context) => Promise<AnyBound>), wanted: Requirements): MiddlewareHandler {
  const handler: MiddlewareHandler = async (c, next) => {
    const { resourceServer, requestOf } = typeof given === 'function' ? await given(c) : given
    let outcome: Accepted | Refused
    try {
      outcome = await resourceServer.authenticate(requestOf(c), wanted)
    } catch (fault) {
      // Hono hands nothing but Errors to onError, and answers with what an exception of its own says.
      throw asFault(fault)
    }
    if (outcome.ok !== true) throw outcome.forward ? handOn(c, outcome) : exceptionOf(c, outcome)
    withdraw(c)
    c.set('auth', outcome.auth)
    for (const [name, value] of Object.entries(outcome.headers)) c.header(name, value)
    await next()
    keepHeaders(c, outcome.headers)
  }
  return markGuard(handler, { kind: 'guard', requirements: wanted })
}

/**
 * Says that the routes behind it are open on purpose, and why, for the census of routes. It lets every request pass, and
 * opens nothing: a guard before or behind it guards all the same.
 *
 * @throws {TypeError} when there is no reason
 * @example
 * ```ts
 * import { publicRoute } from '@acme/auth-hono'
 * import { Hono } from 'hono'
 *
 * const app = new Hono()
 * app.get('/health', publicRoute('health checks'), (c) => c.json({ status: 'ok' }))
 * ```
 */
export function publicRoute(reason: string): MiddlewareHandler {
  const handler: MiddlewareHandler = (_c, next) => next()
  return markGuard(handler, publicMark(reason))
}

/** Headers of refusals that were handed to `onError`, or to `some()` of hono/combine, which goes on to the next guard. */
const handedOn = new WeakMap<Context, readonly string[]>()

/** For the application's `onError`: what it answers through the context carries the challenge. */
function handOn(c: Context, refused: Refused): Error {
  const { error } = refused
  const exception = exceptionOf(c, refused)
  const { headers } = exception.getResponse()
  const names = Object.keys(error.headers)
  for (const name of names) c.header(name, headers.get(name) ?? undefined)
  handedOn.set(
    c,
    names.filter((name) => name !== 'x-request-id'),
  )
  // Where there is no onError, Hono answers with what an error of its own says.
  return Object.assign(error, { getResponse: () => exception.getResponse() })
}

/** Another guard lets the request pass. */
function withdraw(c: Context): void {
  for (const name of handedOn.get(c) ?? []) c.header(name, undefined)
}

/** Thrown, so that `onError` sees it, and `some()` of hono/combine goes on to the next. */
function exceptionOf(c: Context, { status, headers, body, error }: Refused): HTTPException {
  // With the headers that were set before: by cors(), say, without which a browser does not show the answer.
  const { 'x-request-id': id = '', ...others } = headers
  const res = c.body(body, status as ContentfulStatusCode, others) // 4xx or 503
  // The application's own counts.
  if (!res.headers.has('x-request-id')) res.headers.set('x-request-id', id)
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
