import { createServer } from 'node:http'

import { createAuth } from '@acme/auth-express'
import { closeServer, listen } from '@acme/sample-api'
import type { RunningApp, SampleSettings } from '@acme/sample-api'

import { createApp } from './app.js'

export async function start(settings: SampleSettings): Promise<RunningApp> {
  const auth = createAuth(settings.auth)
  const server = createServer(createApp(settings, auth))
  await listen(server, settings)
  return { server, resourceServer: auth.resourceServer, close: () => closeServer(server) }
}
