import type { SampleSettings } from '@acme/sample-api'
import type { INestApplication } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import type { AbstractHttpAdapter } from '@nestjs/core'

import { AppModule } from './app.module.js'
import { expressAdapter, fastifyAdapter } from './platform.js'
import type { Platform } from './platform.js'
import { gatewaysBesideGraphql } from './upgrades.js'

/** The sample API. Rejects with a TypeError when an option is bad. */
export async function createApp(settings: SampleSettings, platform: Platform = 'express'): Promise<INestApplication> {
  const adapter: AbstractHttpAdapter = platform === 'express' ? expressAdapter(settings) : fastifyAdapter(settings)
  const app: INestApplication = await NestFactory.create(AppModule.forRoot({ settings, app: () => app }), adapter, {
    logger: ['warn', 'error'],
    abortOnError: false,
    // What is posted is read by the routes that want it.
    bodyParser: false,
  })
  // Before the guards: a page could not read a refusal otherwise.
  if (settings.cors !== undefined) app.enableCors(settings.cors)
  app.useWebSocketAdapter(gatewaysBesideGraphql(app))
  return app
}
