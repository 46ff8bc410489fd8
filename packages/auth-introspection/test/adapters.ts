import 'reflect-metadata'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

import { createAuth as createExpressAuth, getAuth } from '@acme/auth-express'
import { auth0Plugin } from '@acme/auth-fastify'
import { createAuth as createHonoAuth } from '@acme/auth-hono'
import { Auth, Auth0Module, RequireAuth } from '@acme/auth-nestjs'
import type { AuthContext } from '@acme/auth-nestjs'
import type { AuthOptions } from '@acme/auth-core'
import { serve } from '@hono/node-server'
import { Controller, Get, Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'

/** An API with one route, `GET /messages`, that needs the scope `read:messages` and answers who came. */
export type StartApi = (options: AuthOptions) => Promise<{ readonly url: string; close(): unknown }>

const urlOf = ({ port }: AddressInfo): string => `http://127.0.0.1:${port}/messages`

const startExpress: StartApi = async (options) => {
  const { requireAuth } = createExpressAuth(options)
  const app = express()
  app.get('/messages', requireAuth('read:messages'), (request, response) => {
    const { clientId, scopes, scheme } = getAuth(request)
    response.json({ client: clientId, scopes, scheme })
  })
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { url: urlOf(server.address() as AddressInfo), close: () => server.close() } // listens on TCP
}

const startFastify: StartApi = async (options) => {
  const app = fastify({ forceCloseConnections: true })
  await app.register(auth0Plugin, options)
  app.get('/messages', { onRequest: app.requireAuth('read:messages') }, (request) => {
    const { clientId, scopes, scheme } = request.auth ?? {}
    return { client: clientId, scopes, scheme }
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  return { url: urlOf(app.server.address() as AddressInfo), close: () => app.close() } // listens on TCP
}

const startHono: StartApi = (options) => {
  const { requireAuth } = createHonoAuth(options)
  const app = new Hono()
  app.get('/messages', requireAuth('read:messages'), (c) => {
    const { clientId, scopes, scheme } = c.var.auth
    return c.json({ client: clientId, scopes, scheme })
  })
  return new Promise((resolve) => {
    const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, (address: AddressInfo) => {
      resolve({ url: urlOf(address), close: () => server.close() })
    })
  })
}

@Controller()
class MessagesController {
  @Get('/messages')
  @RequireAuth('read:messages')
  list(@Auth() auth: AuthContext): object {
    return { client: auth.clientId, scopes: auth.scopes, scheme: auth.scheme }
  }
}

const startNest: StartApi = async (options) => {
  class ApiModule {}
  Module({ imports: [Auth0Module.forRoot(options)], controllers: [MessagesController] })(ApiModule)
  const app = await NestFactory.create(ApiModule, { logger: false })
  await app.listen(0, '127.0.0.1')
  return { url: `${(await app.getUrl()).replace('[::1]', '127.0.0.1')}/messages`, close: () => app.close() }
}

export const ADAPTERS: readonly (readonly [name: string, start: StartApi])[] = [
  ['Express', startExpress],
  ['Fastify', startFastify],
  ['Hono', startHono],
  ['NestJS', startNest],
]
