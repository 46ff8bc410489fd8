// The entry for Bearer tokens alone, for Workers and wherever else each kilobyte counts.
import {
  bearerOptionsFromEnvironment,
  createBearerResourceServer,
  onceForEqual,
  optional,
  requirements,
} from '@acme/auth-core/bearer'
import type { BearerOptions, BearerResourceServer } from '@acme/auth-core/bearer'
import type { RequirementArguments } from '@acme/auth-core'
import type { Context } from 'hono'

import { comesWithRequests, completed, lacksSettings, noResourceServer } from './environment.js'
import { contextGuards, findBound, guardsOf } from './guards.js'
import type { Bound, ContextGuards, Guards, OptionalAuthHandler, RequireAuthHandler } from './guards.js'
import { WebRequest } from './web-request.js'

export { AuthError, bearerOptionsFromEnvironment, isAuthError } from '@acme/auth-core/bearer'
export type * from '@acme/auth-core/bearer'
export { publicRoute } from './guards.js'
export type { OptionalAuthHandler, RequireAuthHandler } from './guards.js'

/** Guards that share one resource server: one key cache. */
export type HonoBearerAuth = Guards<BearerResourceServer>

/** Guards whose options depend on the request. */
export type HonoContextBearerAuth = ContextGuards<BearerResourceServer>

/** Options of a request, from its context: from `c.env`, say. Annotate `c` to have its bindings typed. */
export type HonoBearerSettings = (c: Context) => BearerOptions | Promise<BearerOptions>

/**
 * Guards for Bearer tokens alone, at half the size of those with DPoP, which refuse DPoP and bound tokens. The issuer and
 * the audience come from the environment where they are not given; in Cloudflare Workers from `c.env`. With a function,
 * options are worked out for each request, and equal ones share a resource server.
 *
 * @throws {TypeError} that names the option or variable, what was given and what is wanted
 * @example
 * ```ts
 * import { createAuth } from '@acme/auth-hono/bearer'
 * import { Hono } from 'hono'
 *
 * const { requireAuth } = createAuth({ issuer: 'https://issuer.example.com/', audience: 'https://api.example.com' })
 * const app = new Hono()
 * app.get('/messages', requireAuth('read:messages'), (c) => c.json([]))
 * ```
 */
export function createAuth(options?: BearerOptions): HonoBearerAuth
export function createAuth(settings: HonoBearerSettings): HonoContextBearerAuth
export function createAuth(given: BearerOptions | HonoBearerSettings = {}): HonoBearerAuth | HonoContextBearerAuth {
  if (typeof given === 'function') return contextAuth(given)
  if (comesWithRequests() && lacksSettings(given)) return laterAuth(given)
  return guardsOf(bound(bearerOptionsFromEnvironment(undefined, given)))
}

/**
 * {@link HonoBearerAuth.requireAuth}, with options from the environment.
 *
 * @throws {TypeError} when a variable is missing
 * @example
 * ```ts
 * import { requireAuth } from '@acme/auth-hono/bearer'
 * import { Hono } from 'hono'
 *
 * const app = new Hono()
 * app.get('/messages', requireAuth('read:messages'), (c) => c.json({ sub: c.var.auth.subject }))
 * ```
 */
export function requireAuth(...wanted: RequirementArguments): RequireAuthHandler {
  return fromEnvironment().requireAuth(...wanted)
}

/**
 * {@link HonoBearerAuth.optionalAuth}, with options from the environment.
 *
 * @throws {TypeError} when a variable is missing
 * @example
 * ```ts
 * import { optionalAuth } from '@acme/auth-hono/bearer'
 * import { Hono } from 'hono'
 *
 * const app = new Hono()
 * app.get('/greeting', optionalAuth(), (c) => c.json({ hello: c.var.auth?.subject ?? 'stranger' }))
 * ```
 */
export function optionalAuth(): OptionalAuthHandler {
  return fromEnvironment().optionalAuth()
}

let shared: HonoBearerAuth | undefined

/** Guards without options share their keys. */
function fromEnvironment(): HonoBearerAuth {
  shared ??= createAuth()
  return shared
}

function bound(options: BearerOptions): Bound<BearerResourceServer> {
  return { resourceServer: createBearerResourceServer(options), requestOf: (c) => new WebRequest(c) }
}

function laterAuth(options: BearerOptions): HonoBearerAuth {
  return {
    ...contextAuth(() => options),
    get resourceServer() {
      return noResourceServer()
    },
  }
}

const RESOLVE = { requirements, optional }

function contextAuth(settings: HonoBearerSettings): HonoContextBearerAuth {
  const bind = onceForEqual(bound)
  const find = findBound(settings, (options, c) => bind(completed(c, options, bearerOptionsFromEnvironment)))
  return contextGuards(find, RESOLVE)
}
