import { openApiPaths as pathsOf, secureOpenApi as secured } from '@acme/auth-core/openapi'
import type { OpenApiPaths, OpenApiSecurityOptions } from '@acme/auth-core/openapi'
import type { Env, Hono, Schema } from 'hono'

import { routeCensus } from './census.js'

export { openApiSecurity, openApiSecuritySchemes, scopesOf } from '@acme/auth-core/openapi'
export type * from '@acme/auth-core/openapi'

/**
 * Operations for the routes of an application, for one without a library that makes them: parameters of the path, and a
 * response 200. Left out is what OpenAPI has no words for: patterns, wildcards, and routes for all methods. To be called
 * when all routes are there.
 *
 * @example
 * ```ts
 * import { createAuth } from '@acme/auth-hono'
 * import { openApiPaths } from '@acme/auth-hono/openapi'
 * import { Hono } from 'hono'
 *
 * const { requireAuth } = createAuth({ issuer: 'https://issuer.example.com/', audience: 'https://api.example.com' })
 * const app = new Hono()
 * app.get('/messages/:id', requireAuth('read:messages'), (c) => c.json({}))
 *
 * console.log(Object.keys(openApiPaths(app))) // ['/messages/{id}']
 * ```
 */
export function openApiPaths<E extends Env, S extends Schema, Path extends string>(
  app: Hono<E, S, Path>,
): OpenApiPaths {
  return pathsOf(routeCensus(app))
}

/**
 * A copy of an OpenAPI 3.1 document, whoever made it, whose operations say what guards them: `security`, the refusals among
 * `responses`, and `components.securitySchemes`. What guards a route is read from the application as it runs.
 *
 * @throws {TypeError} that names the operations for which there is no route
 * @example
 * ```ts
 * import { createAuth } from '@acme/auth-hono'
 * import { openApiPaths, secureOpenApi } from '@acme/auth-hono/openapi'
 * import { Hono } from 'hono'
 *
 * const { requireAuth } = createAuth({ issuer: 'https://issuer.example.com/', audience: 'https://api.example.com' })
 * const app = new Hono()
 * app.get('/messages', requireAuth('read:messages'), (c) => c.json([]))
 *
 * const info = { title: 'Messages', version: '1' }
 * const document = secureOpenApi({ openapi: '3.1.0', info, paths: openApiPaths(app) }, app)
 * console.log(document.paths['/messages']?.['get']?.['security']) // [{ bearer: [] }, { dpop: [] }]
 * ```
 */
export function secureOpenApi<Document extends object, E extends Env, S extends Schema, Path extends string>(
  document: Document,
  app: Hono<E, S, Path>,
  options?: OpenApiSecurityOptions,
): Document {
  return secured(document, routeCensus(app), options)
}
