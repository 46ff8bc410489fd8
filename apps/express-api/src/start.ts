import { createServer } from 'node:http'

import { createAuth } from '@acme/auth-express'
import { acceptUpgrades } from '@acme/auth-express/websocket'
import { closeServer, listen } from '@acme/sample-api'
import type { RunningApp, SampleSettings } from '@acme/sample-api'

import { createApp, createSockets } from './app.js'

export async function start(settings: SampleSettings): Promise<RunningApp> {
  const auth = createAuth(settings.auth)
  const sockets = createSockets()
  const app = createApp(settings, auth, sockets)
  const server = createServer(app)
  acceptUpgrades(server, app)
  await listen(server, settings)
  return { server, resourceServer: auth.resourceServer, close: () => closeServer(server, sockets) }
}
