import { once } from 'node:events'
import type { Server } from 'node:http'

import { closeServer } from '@acme/sample-api'
import type { RunningApp, SampleSettings } from '@acme/sample-api'
import { serve } from '@hono/node-server'

import { createApp, createSampleAuth } from './app.js'

export async function start(settings: SampleSettings): Promise<RunningApp> {
  const auth = createSampleAuth(settings)
  const { fetch } = createApp(settings, auth)
  const { port, host: hostname } = settings
  const server = serve({ fetch, port, hostname }) as Server // as: HTTP/2 has to be asked for
  await once(server, 'listening')
  return { server, resourceServer: auth.resourceServer, close: () => closeServer(server) }
}
