import type { Server } from 'node:http'

import type { RunningApp, SampleSettings } from '@acme/sample-api'

import { createApp } from './app.js'
import type { Platform } from './platform.js'

export async function start(settings: SampleSettings, platform: Platform): Promise<RunningApp> {
  const app = await createApp(settings, platform)
  await app.listen(settings.port, settings.host)
  return { server: app.getHttpServer() as Server, close: () => app.close() }
}
