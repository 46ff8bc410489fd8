import type { RunningApp, SampleSettings } from '@acme/sample-api'

import { createApp } from './app.js'

export async function start(settings: SampleSettings): Promise<RunningApp> {
  const app = createApp(settings)
  await app.listen({ port: settings.port, host: settings.host })
  return { server: app.server, resourceServer: app.resourceServer, close: () => app.close() }
}
