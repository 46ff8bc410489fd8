import type { Server } from 'node:http'

import { RESOURCE_SERVER } from '@acme/auth-nestjs'
import type { ResourceServer } from '@acme/auth-nestjs'
import type { RunningApp, SampleSettings } from '@acme/sample-api'

import { createApp } from './app.js'
import type { Platform } from './platform.js'

export async function start(settings: SampleSettings, platform: Platform): Promise<RunningApp> {
  const app = await createApp(settings, platform)
  await app.listen(settings.port, settings.host)
  const resourceServer = app.get<ResourceServer>(RESOURCE_SERVER)
  return { server: app.getHttpServer() as Server, resourceServer, close: () => app.close() }
}
