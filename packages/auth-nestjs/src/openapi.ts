import { openApiPaths as pathsOf, secureOpenApi as secured } from '@acme/auth-core/openapi'
import type { OpenApiPaths, OpenApiSecurityOptions } from '@acme/auth-core/openapi'
import type { INestApplicationContext } from '@nestjs/common'

import { routeCensus } from './census.js'

export { openApiSecurity, openApiSecuritySchemes, scopesOf } from '@acme/auth-core/openapi'
export type * from '@acme/auth-core/openapi'

/**
 * Operations for the routes of an application, for one without a library that makes them: parameters of the path, and a
 * response 200. Left out is what OpenAPI has no words for: patterns, wildcards, and routes for all methods. To be called
 * when the application is initialised.
 *
 * @example
 * ```ts
 * import { Auth0Module, RequireAuth } from '@acme/auth-nestjs'
 * import { openApiPaths } from '@acme/auth-nestjs/openapi'
 * import { Controller, Get, Module } from '@nestjs/common'
 * import { NestFactory } from '@nestjs/core'
 *
 * @Controller('messages')
 * class MessagesController {
 *   @Get(':id')
 *   @RequireAuth('read:messages')
 *   list() {
 *     return []
 *   }
 * }
 *
 * const options = { issuer: 'https://issuer.example.com/', audience: 'https://api.example.com' }
 * @Module({ imports: [Auth0Module.forRoot(options)], controllers: [MessagesController] })
 * class AppModule {}
 *
 * const app = await NestFactory.create(AppModule)
 * await app.init()
 * console.log(Object.keys(openApiPaths(app))) // ['/messages/{id}']
 * ```
 */
export function openApiPaths(app: INestApplicationContext): OpenApiPaths {
  return pathsOf(routeCensus(app))
}

/**
 * A copy of an OpenAPI 3.1 document, whoever made it, whose operations say what guards them: `security`, the refusals among
 * `responses`, and `components.securitySchemes`. What guards a route is read from the application as it runs.
 *
 * @throws {TypeError} that names the operations for which there is no route
 * @example
 * ```ts
 * import { Auth0Module, RequireAuth } from '@acme/auth-nestjs'
 * import { openApiPaths, secureOpenApi } from '@acme/auth-nestjs/openapi'
 * import { Controller, Get, Module } from '@nestjs/common'
 * import { NestFactory } from '@nestjs/core'
 *
 * @Controller('messages')
 * class MessagesController {
 *   @Get()
 *   @RequireAuth('read:messages')
 *   list() {
 *     return []
 *   }
 * }
 *
 * const options = { issuer: 'https://issuer.example.com/', audience: 'https://api.example.com' }
 * @Module({ imports: [Auth0Module.forRoot(options)], controllers: [MessagesController] })
 * class AppModule {}
 *
 * const app = await NestFactory.create(AppModule)
 * await app.init()
 *
 * const info = { title: 'Messages', version: '1' }
 * const document = secureOpenApi({ openapi: '3.1.0', info, paths: openApiPaths(app) }, app)
 * console.log(document.paths['/messages']?.['get']?.['security']) // [{ bearer: [] }, { dpop: [] }]
 * ```
 */
export function secureOpenApi<Document extends object>(
  document: Document,
  app: INestApplicationContext,
  options?: OpenApiSecurityOptions,
): Document {
  return secured(document, routeCensus(app), options)
}
