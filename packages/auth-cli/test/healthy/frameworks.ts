import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

import type { AuthOptions } from '@acme/auth-express'
import { auth0Plugin } from '@acme/auth-fastify'
import { createAuth } from '@acme/auth-hono'
import { serve } from '@hono/node-server'
import fastify from 'fastify'
import { Hono } from 'hono'

import { startApi } from '../apis.js'
import { createNest } from './nest.mjs'

/** A server on loopback that trusts a proxy there. */
export interface Started {
  readonly port: number
  close(): Promise<unknown>
}

/** A guarded `/me` on each framework. */
export const FRAMEWORKS: Readonly<Record<string, (options: AuthOptions) => Promise<Started>>> = {
  Express: (options) => startApi(options, (app) => void app.set('trust proxy', 'loopback')),
  async Fastify(options) {
    const app = fastify({ trustProxy: 'loopback' })
    await app.register(auth0Plugin, { onEvent: () => undefined, ...options })
    app.get('/me', { onRequest: app.requireAuth() }, () => ({}))
    await app.listen({ port: 0, host: '127.0.0.1' })
    return { port: portOf(app.server.address()), close: () => app.close() }
  },
  async NestJS(options) {
    const app = await createNest({ onEvent: () => undefined, ...options })
    return { port: portOf(app.getHttpServer().address()), close: () => app.close() }
  },
  async Hono(options) {
    const { requireAuth } = createAuth({ onEvent: () => undefined, ...options, trustProxy: 'loopback' })
    const app = new Hono().get('/me', requireAuth(), (c) => c.json({}))
    const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' })
    await once(server, 'listening')
    return { port: portOf(server.address()), close: async () => void server.close() }
  },
}

function portOf(address: AddressInfo | string | null): number {
  return (address as AddressInfo).port // a TCP server has no other
}
