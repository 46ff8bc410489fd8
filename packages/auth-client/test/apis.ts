import 'reflect-metadata'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

import type { AuthOptions } from '@acme/auth-core'
import { createAuth as createExpressAuth } from '@acme/auth-express'
import { auth0Plugin } from '@acme/auth-fastify'
import { createAuth as createHonoAuth } from '@acme/auth-hono'
import { Auth0Module, RequireAuth } from '@acme/auth-nestjs'
import { serve } from '@hono/node-server'
import { Body, Controller, Get, Module, Post } from '@nestjs/common'
import type { DynamicModule, Type } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'

/** An API that answers the text of a body, and has routes that ask for more than a token. */
export interface Api {
  readonly origin: string
  close(): unknown
}

export type StartApi = (options: AuthOptions) => Promise<Api>

const STRONG = { acr: 'urn:example:mfa', maxAge: 300 }
const originOf = ({ port }: AddressInfo): string => `http://127.0.0.1:${port}`

const startExpress: StartApi = async (options) => {
  const { requireAuth } = createExpressAuth(options)
  const app = express().use(express.text())
  app.get('/messages', requireAuth(), (_request, response) => void response.send('messages'))
  app.post('/messages', requireAuth(), (request, response) => void response.send(request.body))
  app.get('/admin', requireAuth('read:messages admin'), (_request, response) => void response.send('admin'))
  app.get('/transfer', requireAuth(STRONG), (_request, response) => void response.send('transfer'))
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { origin: originOf(server.address() as AddressInfo), close: () => server.close() } // listens on TCP
}

const startFastify: StartApi = async (options) => {
  const app = fastify({ forceCloseConnections: true })
  await app.register(auth0Plugin, options)
  app.get('/messages', { preHandler: app.requireAuth() }, () => 'messages')
  app.post('/messages', { preHandler: app.requireAuth() }, (request) => request.body)
  app.get('/admin', { preHandler: app.requireAuth('read:messages admin') }, () => 'admin')
  app.get('/transfer', { preHandler: app.requireAuth(STRONG) }, () => 'transfer')
  await app.listen({ port: 0, host: '127.0.0.1' })
  return { origin: originOf(app.server.address() as AddressInfo), close: () => app.close() } // listens on TCP
}

const startHono: StartApi = (options) => {
  const { requireAuth } = createHonoAuth(options)
  const app = new Hono()
  app.get('/messages', requireAuth(), (c) => c.text('messages'))
  app.post('/messages', requireAuth(), async (c) => c.text(await c.req.text()))
  app.get('/admin', requireAuth('read:messages admin'), (c) => c.text('admin'))
  app.get('/transfer', requireAuth(STRONG), (c) => c.text('transfer'))
  return new Promise((resolve) => {
    const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, (address: AddressInfo) => {
      resolve({ origin: originOf(address), close: () => server.close() })
    })
  })
}

@Controller()
class ApiController {
  @Get('/messages')
  @RequireAuth()
  list(): string {
    return 'messages'
  }

  @Post('/messages')
  @RequireAuth()
  echo(@Body() body: string): string {
    return body
  }

  @Get('/admin')
  @RequireAuth('read:messages admin')
  admin(): string {
    return 'admin'
  }

  @Get('/transfer')
  @RequireAuth(STRONG)
  transfer(): string {
    return 'transfer'
  }
}

function moduleOf(auth: DynamicModule): Type {
  class ApiModule {}
  Module({ imports: [auth], controllers: [ApiController] })(ApiModule)
  return ApiModule
}

const startNest: StartApi = async (options) => {
  const app = await NestFactory.create(moduleOf(Auth0Module.forRoot(options)), { logger: false })
  app.use(express.text())
  await app.listen(0, '127.0.0.1')
  return { origin: `http://127.0.0.1:${new URL(await app.getUrl()).port}`, close: () => app.close() }
}

export const APIS: readonly (readonly [name: string, start: StartApi])[] = [
  ['Express', startExpress],
  ['Fastify', startFastify],
  ['Hono', startHono],
  ['NestJS', startNest],
]
