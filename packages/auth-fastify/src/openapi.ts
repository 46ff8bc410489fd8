import { openApiPaths as pathsOf, secureOpenApi as secured } from '@acme/auth-core/openapi'
import type { OpenApiPaths, OpenApiSecurityOptions } from '@acme/auth-core/openapi'

import { routeCensus } from './census.js'
import type { CensusApp } from './census.js'

export { openApiSecurity, openApiSecuritySchemes, scopesOf } from '@acme/auth-core/openapi'
export type * from '@acme/auth-core/openapi'

/**
 * Operations for the routes of an application, for one without a library that makes them: parameters of the path, and a
 * response 200. Left out is what OpenAPI has no words for: patterns, wildcards, and routes for all methods. To be called
 * when the application is ready: `await app.ready()`.
 *
 * @example
 * ```ts
 * import { auth0Plugin } from '@acme/auth-fastify'
 * import { openApiPaths } from '@acme/auth-fastify/openapi'
 * import fastify from 'fastify'
 *
 * const app = fastify()
 * await app.register(auth0Plugin)
 * app.get('/messages/:id', { onRequest: app.requireAuth('read:messages') }, async () => ({}))
 * await app.ready()
 * console.log(Object.keys(openApiPaths(app))) // ['/messages/{id}']
 * ```
 */
export function openApiPaths(app: CensusApp): OpenApiPaths {
  return pathsOf(routeCensus(app))
}

/**
 * A copy of an OpenAPI 3.1 document, whoever made it, whose operations say what guards them: `security`, the refusals among
 * `responses`, and `components.securitySchemes`. What guards a route is read from the application as it runs.
 *
 * @throws {TypeError} that names the operations for which there is no route
 * @example
 * ```ts
 * import { auth0Plugin } from '@acme/auth-fastify'
 * import { openApiPaths, secureOpenApi } from '@acme/auth-fastify/openapi'
 * import fastify from 'fastify'
 *
 * const app = fastify()
 * await app.register(auth0Plugin)
 * app.get('/messages', { onRequest: app.requireAuth('read:messages') }, async () => [])
 * await app.ready()
 *
 * const info = { title: 'Messages', version: '1' }
 * const document = secureOpenApi({ openapi: '3.1.0', info, paths: openApiPaths(app) }, app)
 * console.log(document.paths['/messages']?.['get']?.['security']) // [{ bearer: [] }, { dpop: [] }]
 * ```
 */
export function secureOpenApi<Document extends object>(
  document: Document,
  app: CensusApp,
  options?: OpenApiSecurityOptions,
): Document {
  return secured(document, routeCensus(app), options)
}
