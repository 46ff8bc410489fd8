import { once } from 'node:events'
import type { Server } from 'node:http'

import { closeServer } from '@acme/sample-api'
import type { RunningApp, SampleSettings } from '@acme/sample-api'
import { answerUpgrades, refuseOtherUpgrades, selectSubprotocol } from '@acme/auth-hono'
import { serve } from '@hono/node-server'
import type { WebSocketServerLike } from '@hono/node-server'
import { WebSocketServer } from 'ws'

import { createApp, createSampleAuth } from './app.js'

export async function start(settings: SampleSettings): Promise<RunningApp> {
  const auth = createSampleAuth(settings)
  const { fetch } = createApp(settings, auth)
  const { port, host: hostname } = settings
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: selectSubprotocol, maxPayload: 65_536 })
  const websocket = { server: sockets as WebSocketServerLike } // as: of its types' optional members
  const server = serve({ fetch: answerUpgrades(fetch), port, hostname, websocket }) as Server // as: HTTP/2 has to be asked for
  refuseOtherUpgrades(server)
  await once(server, 'listening')
  return { server, resourceServer: auth.resourceServer, close: () => closeServer(server, sockets) }
}
