import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

import express from 'express'

import { expressOauth2JwtBearer } from './express-oauth2-jwt-bearer.js'
import { joseByHand } from './jose-by-hand.js'
import { passportJwt } from './passport-jwt.js'
import type { CreateGuards, PeerSettings } from './peer.js'

/** The products whose sample APIs can be started. */
export type PeerName = 'express-oauth2-jwt-bearer' | 'jose-by-hand' | 'passport-jwt'

const PEERS: Readonly<Record<PeerName, CreateGuards>> = {
  'express-oauth2-jwt-bearer': expressOauth2JwtBearer,
  'jose-by-hand': joseByHand,
  'passport-jwt': passportJwt,
}

/** The names of all of them. */
export const PEER_NAMES: readonly PeerName[] = ['express-oauth2-jwt-bearer', 'jose-by-hand', 'passport-jwt']

/** An API that listens on 127.0.0.1. */
export interface Peer {
  /** Without a slash at the end. */
  readonly origin: string
  close(): Promise<void>
}

/**
 * Starts the sample API of a product: `/any` wants any valid token, `/read` the scope `read:messages`; both answer
 * `{ sub }`.
 */
export async function startPeer(name: PeerName, settings: PeerSettings & { readonly port?: number }): Promise<Peer> {
  const { authenticated, withScope, subjectOf } = PEERS[name](settings)
  const app = express()
  app.all('/any', authenticated, (request, response) => void response.json({ sub: subjectOf(request) }))
  app.all('/read', authenticated, withScope('read:messages'), (request, response) => {
    response.json({ sub: subjectOf(request) })
  })
  // Express prints the stack of each error otherwise; the answer stays its own.
  app.set('env', 'test')
  const server = app.listen(settings.port ?? 0, '127.0.0.1')
  await once(server, 'listening')
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, // listens on TCP
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
