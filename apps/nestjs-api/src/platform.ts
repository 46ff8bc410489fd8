import { answerFault } from '@acme/sample-api'
import type { Environment, SampleSettings } from '@acme/sample-api'
import { ExpressAdapter } from '@nestjs/platform-express'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import { json } from 'express'

import { GRAPHQL_PATH } from './graphql.js'

/** What Nest runs on. */
export type Platform = 'express' | 'fastify'

/** @throws {TypeError} */
export function platformFrom(env: Environment): Platform {
  const given = env['NEST_PLATFORM'] || 'express'
  if (given === 'express' || given === 'fastify') return given
  throw new TypeError(`NEST_PLATFORM: got ${JSON.stringify(given)}, want express or fastify`)
}

/** Of an operation of GraphQL, the only content that platforms read: routes read theirs by themselves. */
const MOST_BYTES = 65_536

// Which proxies may say how the client addressed this API is a setting of the platform; the guard goes by it.

export function expressAdapter({ trustProxy }: SampleSettings): ExpressAdapter {
  const adapter = new ExpressAdapter()
  adapter.disable('x-powered-by')
  adapter.set('trust proxy', trustProxy)
  // As Fastify has it: one path, one route. The adapter has made its router already, too early for Express' settings.
  const { router } = adapter.getInstance<{ readonly router: object }>()
  Object.assign(router, { caseSensitive: true, strict: true })
  adapter.use(GRAPHQL_PATH, json({ limit: MOST_BYTES }))
  return adapter
}

/** @throws {Error} with a status, for what is no JSON or too long */
async function readJson(content: AsyncIterable<Buffer>): Promise<unknown> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of content) {
    size += chunk.length
    // Read to its end, so that the answer reaches who is still sending.
    if (size <= MOST_BYTES) chunks.push(chunk)
  }
  if (size > MOST_BYTES) throw Object.assign(new Error('the content is too long'), { status: 413 })
  try {
    return JSON.parse(Buffer.concat(chunks).toString())
  } catch {
    throw Object.assign(new Error('the content is no JSON'), { status: 400 })
  }
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
  fastify.addContentTypeParser('*', (request, payload, done) => {
    if (request.routeOptions.url !== GRAPHQL_PATH) done(null)
    else readJson(payload).then((content) => done(null, content), done)
  })
  return adapter
}
