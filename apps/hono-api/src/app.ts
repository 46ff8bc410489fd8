import { createAuth } from '@acme/auth-hono'
import type { HonoAuth } from '@acme/auth-hono'
import { answerFault, answers } from '@acme/sample-api'
import type { CorsSettings, SampleSettings } from '@acme/sample-api'
import { Hono } from 'hono'
import type { MiddlewareHandler } from 'hono'
import { cors } from 'hono/cors'
import { HTTPException } from 'hono/http-exception'
import type { ContentfulStatusCode } from 'hono/utils/http-status'

import { liveRoutes } from './live.js'
import { apiRoutes, documentRoutes, internalRoutes, mcpRoutes, publicRoutes } from './routes.js'

/** Its guards. @throws {TypeError} when an option is bad */
export function createSampleAuth({ auth, trustProxy }: SampleSettings): HonoAuth {
  // Hono has no setting of its own for proxies.
  return createAuth({ ...auth, trustProxy })
}

/** The sample API. @throws {TypeError} when an option is bad */
export function createApp(settings: SampleSettings, auth: HonoAuth = createSampleAuth(settings)): Hono {
  const { auth: options } = settings
  const app = new Hono()
  app.notFound((c) => c.json(answers.notFound(), 404))
  app.onError((error, c) => {
    // A refusal of the guard brings its whole answer.
    if (error instanceof HTTPException && error.res !== undefined) return error.getResponse()
    const { status, headers, body } = answerFault(error)
    return c.json(body, status as ContentfulStatusCode, headers) // 4xx or 5xx
  })

  // Before the guards: a page could not read a refusal otherwise.
  if (settings.cors !== undefined) app.use(allowPages(settings.cors))
  app.use(rejectUndecodable)

  if (options.resourceMetadata !== undefined) app.use(auth.metadataRoute())
  app.route('/', publicRoutes())
  app.route('/', documentRoutes(app, settings))
  app.route('/', liveRoutes(auth, settings))
  app.route('/api', apiRoutes(auth, settings))
  app.route('/internal', internalRoutes(auth))
  app.route('/', mcpRoutes(auth))
  return app
}

/** Hono would hand a handler the parameter as it came. */
const rejectUndecodable: MiddlewareHandler = async (c, next) => {
  try {
    decodeURIComponent(c.req.path)
  } catch {
    throw new HTTPException(400)
  }
  await next()
}

/** The same settings in Hono's words. */
function allowPages({ origin, methods, allowedHeaders, exposedHeaders, maxAge }: CorsSettings): MiddlewareHandler {
  const allowedOrigin = (given: string): Promise<string | null> =>
    new Promise((resolve) => origin(given, (_error, allowed) => resolve(allowed ? given : null)))
  return cors({
    origin: allowedOrigin,
    allowMethods: methods,
    allowHeaders: allowedHeaders,
    exposeHeaders: exposedHeaders,
    maxAge,
  })
}
