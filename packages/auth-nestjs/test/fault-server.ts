import type { FaultServer } from '@acme/tests-adapters'
import { Controller, Get, Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import { onTestFinished } from 'vitest'

import { Auth0Module, RequireAuth, RESOURCE_SERVER } from '../src/index.js'
import type { Platform } from './serve.js'

function adapterFor(platform: Platform, trustProxy: FaultServer['trustProxy']): ExpressAdapter | FastifyAdapter {
  if (platform === 'Fastify')
    return new FastifyAdapter({ requestIdHeader: 'x-request-id', forceCloseConnections: true, trustProxy })
  const adapter = new ExpressAdapter()
  adapter.set('trust proxy', trustProxy)
  adapter.set('etag', false)
  adapter.disable('x-powered-by')
  return adapter
}

/** A guarded route, and an open one behind it, for what gets past the route. */
export async function serveFault(platform: Platform, server: FaultServer): Promise<number> {
  const { options, wanted, trustProxy, handler, replace } = server
  @Controller()
  class GuardedController {
    @Get()
    @RequireAuth(...wanted)
    answer(): string {
      return handler()
    }
  }
  class TestModule {}
  Module({ imports: [Auth0Module.forRoot(options)], controllers: [GuardedController] })(TestModule)
  const app = await NestFactory.create(TestModule, adapterFor(platform, trustProxy), { logger: false })
  onTestFinished(() => app.close())
  replace(app.get(RESOURCE_SERVER))
  await app.listen(0, '127.0.0.1')
  return Number(new URL(await app.getUrl()).port)
}
