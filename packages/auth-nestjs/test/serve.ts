import { Module } from '@nestjs/common'
import type { INestApplication, ModuleMetadata } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import { onTestFinished } from 'vitest'

export type Platform = 'Express' | 'Fastify'

export const platforms: readonly Platform[] = ['Express', 'Fastify']

/** Makes an application of one module. Rejects with what goes wrong, in place of ending the process. */
export async function createApp(platform: Platform, metadata: ModuleMetadata): Promise<INestApplication> {
  class TestModule {}
  Module(metadata)(TestModule)
  const app = await NestFactory.create(TestModule, adapterFor(platform), { logger: false, abortOnError: false })
  onTestFinished(() => app.close())
  return app
}

function adapterFor(platform: Platform): ExpressAdapter | FastifyAdapter {
  if (platform === 'Fastify')
    return new FastifyAdapter({ requestIdHeader: 'x-request-id', forceCloseConnections: true })
  const adapter = new ExpressAdapter()
  adapter.disable('x-powered-by')
  // Nest answers by Express' json(), which adds one to everything.
  adapter.disable('etag')
  return adapter
}

/** Serves an application for the rest of the test. @returns its port */
export async function serve(
  platform: Platform,
  metadata: ModuleMetadata,
  configure: (app: INestApplication) => void = () => undefined,
): Promise<number> {
  const app = await createApp(platform, metadata)
  configure(app)
  await app.listen(0, '127.0.0.1')
  return Number(new URL(await app.getUrl()).port)
}
