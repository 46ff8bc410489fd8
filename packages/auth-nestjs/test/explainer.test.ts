import { describeExplainer } from '@acme/tests-adapters'
import type { ExplainerServer } from '@acme/tests-adapters'
import { Controller, Get, Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import { onTestFinished } from 'vitest'

import { Auth0Module, RequireAuth } from '../src/index.js'
import { platforms } from './serve.js'
import type { Platform } from './serve.js'

const SETTINGS: Readonly<Record<Platform, string>> = {
  Express: "app.set('trust proxy', ...)",
  Fastify: 'new FastifyAdapter({ trustProxy: ... })',
}

@Controller()
class TestController {
  @Get()
  @RequireAuth()
  done(): string {
    return 'done'
  }
}

function adapterFor(platform: Platform, trustProxy: boolean): ExpressAdapter | FastifyAdapter {
  if (platform === 'Fastify')
    return new FastifyAdapter({ requestIdHeader: 'x-request-id', forceCloseConnections: true, trustProxy })
  const adapter = new ExpressAdapter()
  adapter.set('trust proxy', trustProxy)
  adapter.disable('etag')
  adapter.disable('x-powered-by')
  return adapter
}

async function serve(platform: Platform, { options, trustProxy }: ExplainerServer): Promise<number> {
  class TestModule {}
  Module({ imports: [Auth0Module.forRoot(options)], controllers: [TestController] })(TestModule)
  const app = await NestFactory.create(TestModule, adapterFor(platform, trustProxy), { logger: false })
  onTestFinished(() => app.close())
  await app.listen(0, '127.0.0.1')
  return Number(new URL(await app.getUrl()).port)
}

for (const platform of platforms) {
  describeExplainer(`Nest on ${platform}`, SETTINGS[platform], (server) => serve(platform, server))
}
