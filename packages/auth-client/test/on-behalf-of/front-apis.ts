import 'reflect-metadata'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

import type { AuthContext, AuthOptions } from '@acme/auth-core'
import { createAuth as createExpressAuth, getAuth } from '@acme/auth-express'
import { auth0Plugin } from '@acme/auth-fastify'
import { createAuth as createHonoAuth } from '@acme/auth-hono'
import { Auth, Auth0Module, RequireAuth } from '@acme/auth-nestjs'
import { serve } from '@hono/node-server'
import { Controller, Get, Inject, Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'

/** An API with one route, `GET /orders`, that answers what it got for its caller. */
export type StartFront = (options: AuthOptions, work: Work) => Promise<{ readonly url: string; close(): unknown }>

/** What the handler does for its caller. */
export type Work = (auth: AuthContext) => Promise<object>

const urlOf = ({ port }: AddressInfo): string => `http://127.0.0.1:${port}/orders`

const startExpress: StartFront = async (options, work) => {
  const { requireAuth } = createExpressAuth(options)
  const app = express().get('/orders', requireAuth(), (request, response, fail) => {
    work(getAuth(request)).then((answer) => response.json(answer), fail)
  })
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { url: urlOf(server.address() as AddressInfo), close: () => server.close() } // listens on TCP
}

const startFastify: StartFront = async (options, work) => {
  const app = fastify({ forceCloseConnections: true })
  await app.register(auth0Plugin, options)
  app.get('/orders', { preHandler: app.requireAuth() }, async ({ auth }) => (auth === null ? {} : work(auth)))
  await app.listen({ port: 0, host: '127.0.0.1' })
  return { url: urlOf(app.server.address() as AddressInfo), close: () => app.close() } // listens on TCP
}

const startHono: StartFront = (options, work) => {
  const { requireAuth } = createHonoAuth(options)
  const app = new Hono().get('/orders', requireAuth(), async (c) => c.json(await work(c.var.auth)))
  return new Promise((resolve) => {
    const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, (address: AddressInfo) => {
      resolve({ url: urlOf(address), close: () => server.close() })
    })
  })
}

const WORK = Symbol('work')

@Controller()
class OrdersController {
  readonly #work: Work

  constructor(@Inject(WORK) work: Work) {
    this.#work = work
  }

  @Get('/orders')
  @RequireAuth()
  async orders(@Auth() auth: AuthContext): Promise<object> {
    return this.#work(auth)
  }
}

const startNest: StartFront = async (options, work) => {
  class FrontModule {}
  Module({
    imports: [Auth0Module.forRoot(options)],
    controllers: [OrdersController],
    providers: [{ provide: WORK, useValue: work }],
  })(FrontModule)
  const app = await NestFactory.create(FrontModule, { logger: false })
  await app.listen(0, '127.0.0.1')
  return { url: `http://127.0.0.1:${new URL(await app.getUrl()).port}/orders`, close: () => app.close() }
}

export const FRONTS: readonly (readonly [name: string, start: StartFront])[] = [
  ['Express', startExpress],
  ['Fastify', startFastify],
  ['Hono', startHono],
  ['NestJS', startNest],
]
