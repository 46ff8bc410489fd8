import type { IncomingMessage } from 'node:http'

import { describeRewrittenHeaders } from '@acme/tests-adapters'
import type { RewritingServer } from '@acme/tests-adapters'
import { Controller, Get, Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import { onTestFinished } from 'vitest'

import { Auth, Auth0Module, RequireAuth } from '../src/index.js'
import type { AuthContext } from '../src/index.js'
import { platforms } from './serve.js'
import type { Platform } from './serve.js'

@Controller()
class TestController {
  @Get()
  @RequireAuth()
  subject(@Auth() auth: AuthContext): string | undefined {
    return auth.subject
  }
}

function adapterFor(platform: Platform, trustProxy: RewritingServer['trustProxy']): ExpressAdapter | FastifyAdapter {
  if (platform === 'Fastify')
    return new FastifyAdapter({ requestIdHeader: 'x-request-id', forceCloseConnections: true, trustProxy })
  const adapter = new ExpressAdapter()
  adapter.set('trust proxy', trustProxy)
  adapter.disable('etag')
  adapter.disable('x-powered-by')
  return adapter
}

async function serve(platform: Platform, { options, trustProxy, rewrite }: RewritingServer): Promise<number> {
  class TestModule {}
  Module({ imports: [Auth0Module.forRoot(options)], controllers: [TestController] })(TestModule)
  const app = await NestFactory.create(TestModule, adapterFor(platform, trustProxy), { logger: false })
  onTestFinished(() => app.close())
  // On Fastify too, middleware gets Node's own request.
  app.use(({ headers }: IncomingMessage, _response: unknown, next: () => void) => {
    rewrite({
      get: (name) => headers[name]?.toString(),
      set: (name, value) => void (headers[name] = value),
      delete: (name) => void delete headers[name],
    })
    next()
  })
  await app.listen(0, '127.0.0.1')
  return Number(new URL(await app.getUrl()).port)
}

for (const platform of platforms) {
  describeRewrittenHeaders(`Nest on ${platform}`, (server) => serve(platform, server))
}
