import type { IncomingMessage, ServerResponse } from 'node:http'
import { setImmediate as turn } from 'node:timers/promises'

import { Controller, Get } from '@nestjs/common'
import type { INestApplication } from '@nestjs/common'
import { BaseExceptionFilter } from '@nestjs/core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'

import { Auth0Exception, Auth0Module, RequireAuth } from '../src/index.js'
import { platforms, serve } from './serve.js'
import type { Platform } from './serve.js'
import { createWorld, send } from '@acme/tests-adapters'
import type { World } from '@acme/tests-adapters'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.issuer.close())

// Where what is thrown after an answer ends up: nobody's promise, or Express' last handler, which prints it.
const faults: unknown[] = []
const keep = (fault: unknown): void => void faults.push(fault)
beforeEach(() => {
  faults.length = 0
  process.on('unhandledRejection', keep)
  vi.spyOn(console, 'error').mockImplementation(keep)
})
afterEach(() => {
  process.off('unhandledRejection', keep)
  vi.restoreAllMocks()
})

/** Fastify's reply, as a hook gets it. */
interface Reply {
  readonly raw: ServerResponse
  code(status: number): Reply
  send(body: string): unknown
  hijack(): unknown
}

interface Hooks {
  addHook(name: 'onRequest', hook: (request: unknown, reply: Reply, done: () => void) => void): unknown
}

/** Nest's own filter, telling when it has answered. */
function watchedFilter(app: INestApplication) {
  let done = (): void => undefined
  const answered = new Promise<void>((resolve) => (done = resolve))
  class WatchedFilter extends BaseExceptionFilter {
    override catch(...args: Parameters<BaseExceptionFilter['catch']>): void {
      expect(args[0]).toBeInstanceOf(Auth0Exception)
      try {
        super.catch(...args)
      } catch (error) {
        faults.push(error)
      }
      done()
    }
  }
  return { filter: new WatchedFilter(app.getHttpAdapter()), answered }
}

/**
 * Serves one route, whose request is decided on only after something else has begun to answer it.
 * `install` has the application do so, and calls what it is given when it has.
 */
async function serveAfter(platform: Platform, install: (app: INestApplication, begun: () => void) => void) {
  let begun = (): void => undefined
  const isBegun = new Promise<void>((resolve) => (begun = resolve))
  const handler = vi.fn<() => string>(() => 'done')
  @Controller()
  class TestController {
    @Get()
    @RequireAuth('read')
    get(): string {
      return handler()
    }
  }
  // A directory that is slow to say that it does not know the issuer.
  const issuers = async (): Promise<undefined> => {
    await isBegun
    return undefined
  }
  const options = { audience: world.options.audience, issuers }
  const metadata = { imports: [Auth0Module.forRoot(options)], controllers: [TestController] }
  let answered = Promise.resolve()
  const port = await serve(platform, metadata, (app) => {
    const watched = watchedFilter(app)
    answered = watched.answered
    app.useGlobalFilters(watched.filter)
    install(app, begun)
  })
  return { port, handler, answered }
}

/** A middleware that answers while the guard waits, as a time-out does. */
function middleware(answer: (response: ServerResponse) => void) {
  return (app: INestApplication, begun: () => void): void => {
    app.use((_request: IncomingMessage, response: ServerResponse, next: () => void) => {
      next()
      setImmediate(() => {
        answer(response)
        begun()
      })
    })
  }
}

/** The same with a hook of Fastify. */
function hook(answer: (reply: Reply) => void) {
  return (app: INestApplication, begun: () => void): void => {
    const fastify: Hooks = app.getHttpAdapter().getInstance()
    fastify.addHook('onRequest', (_request, reply, done) => {
      done()
      setImmediate(() => {
        answer(reply)
        begun()
      })
    })
  }
}

async function refusedAfter(platform: Platform, install: (app: INestApplication, begun: () => void) => void) {
  const { port, handler, answered } = await serveAfter(platform, install)
  const answer = await send(port, '/', await world.bearer({ scope: 'read' }))
  await answered
  await turn()
  expect(faults).toEqual([])
  expect(handler).not.toHaveBeenCalled()
  expect(answer.headers.filter((header) => header.startsWith('www-authenticate'))).toEqual([])
  return { status: answer.status, body: answer.body }
}

describe.each(platforms)('a request that is refused after a time-out has answered it, on %s', (platform) => {
  it('keeps that answer', async () => {
    const late = middleware((response) => void response.writeHead(504).end('late'))
    expect(await refusedAfter(platform, late)).toEqual({ status: 504, body: 'late' })
  })

  it('ends where that answer was only begun', async () => {
    const late = middleware((response) => {
      response.writeHead(504)
      response.write('la')
    })
    expect(await refusedAfter(platform, late)).toEqual({ status: 504, body: 'la' })
  })
})

describe('a request that is refused after a hook of Fastify has answered it', () => {
  it('keeps that answer', async () => {
    const late = hook((reply) => reply.code(504).send('late'))
    expect(await refusedAfter('Fastify', late)).toEqual({ status: 504, body: 'late' })
  })

  it('is ended by Nest where somebody has taken it over, as after any exception', async () => {
    const late = hook((reply) => {
      reply.hijack()
      reply.raw.writeHead(504)
      reply.raw.write('la')
    })
    expect(await refusedAfter('Fastify', late)).toEqual({ status: 504, body: 'la' })
  })
})
