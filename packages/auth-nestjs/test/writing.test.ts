import { createWorld, send } from '@acme/tests-adapters'
import type { World } from '@acme/tests-adapters'
import { Controller, Get } from '@nestjs/common'
import type { ServerResponse } from 'node:http'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'

import { Auth0Module, RequireAuth } from '../src/index.js'
import { platforms, serve } from './serve.js'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.issuer.close())

/** Throws once, as a listener of `on-headers` does, when the head of the answer is written. */
function listener(_request: unknown, response: ServerResponse, next: () => void): void {
  const { writeHead } = response
  response.writeHead = () => {
    response.writeHead = writeHead
    throw new Error('the listener is broken')
  }
  next()
}

/** Answers before the guard has decided, as a time-out does. */
function answered(_request: unknown, response: ServerResponse, next: () => void): void {
  response.statusCode = 504
  response.end('too late')
  next()
}

describe.each(platforms)('on %s', (platform) => {
  const handler = vi.fn<() => string>(() => 'done')

  function served(middleware: typeof listener): Promise<number> {
    const unhandled = vi.fn<(reason: unknown) => void>()
    process.on('unhandledRejection', unhandled)
    process.on('uncaughtException', unhandled)
    onTestFinished(() => {
      process.off('unhandledRejection', unhandled)
      process.off('uncaughtException', unhandled)
      expect(unhandled.mock.calls).toEqual([])
    })
    @Controller()
    class TestController {
      @Get()
      @RequireAuth()
      handle(): string {
        return handler()
      }
    }
    const metadata = { imports: [Auth0Module.forRoot(world.options)], controllers: [TestController] }
    return serve(platform, metadata, (app) => void app.use(middleware))
  }

  it('a listener that throws while a refusal is written ends neither the process nor the request', async () => {
    const port = await served(listener)
    expect((await send(port, '/')).status).toBe(500)
    expect(handler).not.toHaveBeenCalled()
  })

  it('a request that was answered before it is refused', async () => {
    expect(await send(await served(answered), '/')).toMatchObject({ status: 504, body: 'too late' })
    expect(handler).not.toHaveBeenCalled()
  })
})
