import type { AddressInfo } from 'node:net'

import fastify from 'fastify'
import type { FastifyInstance, FastifyServerOptions } from 'fastify'
import { onTestFinished } from 'vitest'

import { auth0Plugin } from '../src/index.js'
import type { AuthOptions } from '../src/index.js'

/** An application with the plugin. */
export async function createApp(options: AuthOptions, server: FastifyServerOptions = {}): Promise<FastifyInstance> {
  const app = fastify({ requestIdHeader: 'x-request-id', ...server })
  await app.register(auth0Plugin, options)
  return app
}

/** Serves an application for the rest of the test. @returns its port */
export async function serve(app: FastifyInstance): Promise<number> {
  await app.listen({ port: 0, host: '127.0.0.1' })
  onTestFinished(() => app.close())
  return (app.server.address() as AddressInfo).port // listens on TCP
}
