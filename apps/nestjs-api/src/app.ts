import type { SampleSettings } from '@acme/sample-api'
import type { INestApplication } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import type { AbstractHttpAdapter } from '@nestjs/core'

import { AppModule } from './app.module.js'
import { expressAdapter, fastifyAdapter } from './platform.js'
import type { Platform } from './platform.js'

/** The sample API. Rejects with a TypeError when an option is bad. */
export async function createApp(settings: SampleSettings, platform: Platform = 'express'): Promise<INestApplication> {
  const adapter: AbstractHttpAdapter = platform === 'express' ? expressAdapter(settings) : fastifyAdapter(settings)
  const app: INestApplication = await NestFactory.create(AppModule.forRoot({ settings, app: () => app }), adapter, {
    logger: ['warn', 'error'],
    abortOnError: false,
    // No route reads what is posted, so nothing of it can be wrong.
    bodyParser: false,
  })
  // Before the guards: a page could not read a refusal otherwise.
  if (settings.cors !== undefined) app.enableCors(settings.cors)
  return app
}
