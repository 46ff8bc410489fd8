import { createServer } from 'node:http'

import { closeServer, listen } from '@acme/sample-api'
import type { RunningApp, SampleSettings } from '@acme/sample-api'

import { createApp } from './app.js'

export async function start(settings: SampleSettings): Promise<RunningApp> {
  const server = createServer(createApp(settings))
  await listen(server, settings)
  return { server, close: () => closeServer(server) }
}
