import { answerFault } from '@acme/sample-api'
import type { Environment, SampleSettings } from '@acme/sample-api'
import { ExpressAdapter } from '@nestjs/platform-express'
import { FastifyAdapter } from '@nestjs/platform-fastify'

/** What Nest runs on. */
export type Platform = 'express' | 'fastify'

/** @throws {TypeError} */
export function platformFrom(env: Environment): Platform {
  const given = env['NEST_PLATFORM'] || 'express'
  if (given === 'express' || given === 'fastify') return given
  throw new TypeError(`NEST_PLATFORM: got ${JSON.stringify(given)}, want express or fastify`)
}

// Which proxies may say how the client addressed this API is a setting of the platform; the guard goes by it.

export function expressAdapter({ trustProxy }: SampleSettings): ExpressAdapter {
  const adapter = new ExpressAdapter()
  adapter.disable('x-powered-by')
  adapter.set('trust proxy', trustProxy)
  // As Fastify has it: one path, one route. The adapter has made its router already, too early for Express' settings.
  const { router } = adapter.getInstance<{ readonly router: object }>()
  Object.assign(router, { caseSensitive: true, strict: true })
  return adapter
}

/** What is used of Node's response; Fastify itself is a dependency of Nest's, and so are the types of its reply. */
interface RawResponse {
  statusCode: number
  setHeader(name: string, value: string): unknown
  end(content: string): unknown
}

export function fastifyAdapter({ trustProxy }: SampleSettings): FastifyAdapter {
  const adapter = new FastifyAdapter({
    requestIdHeader: 'x-request-id',
    trustProxy,
    // A path that cannot be decoded never reaches Nest.
    frameworkErrors: (error: Error, _request: unknown, { raw }: { raw: RawResponse }) => {
      const { status, body } = answerFault(error)
      raw.statusCode = status
      raw.setHeader('content-type', 'application/json; charset=utf-8')
      raw.end(JSON.stringify(body))
    },
  })
  const fastify = adapter.getInstance()
  fastify.removeAllContentTypeParsers()
  fastify.addContentTypeParser('*', (_request, _payload, done) => done(null))
  return adapter
}
