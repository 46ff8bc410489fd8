import { createWorld, noCredentials, send } from '@acme/tests-adapters'
import type { World } from '@acme/tests-adapters'
import type { ErrorRequestHandler, RequestHandler } from 'express'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'

import { createAuth } from '../src/index.js'
import { createApp, serve } from './serve.js'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.issuer.close())

const broken = new Error('the listener is broken')

/** Throws once, as a listener of `on-headers` does, when the head of the answer is written. */
const listener: RequestHandler = (_request, response, next) => {
  const { writeHead } = response
  response.writeHead = () => {
    response.writeHead = writeHead
    throw broken
  }
  next()
}

/** Throws for one header, as Node does for a value that no header may have. */
function refusing(header: string): RequestHandler {
  return (_request, response, next) => {
    const { setHeader } = response
    response.setHeader = (name, value) => {
      if (name.toLowerCase() === header) throw broken
      return setHeader.call(response, name, value)
    }
    next()
  }
}

function watchRejections() {
  const unhandled = vi.fn<(reason: unknown) => void>()
  process.on('unhandledRejection', unhandled)
  onTestFinished(() => void process.off('unhandledRejection', unhandled))
  return unhandled
}

describe.each([
  ['a listener that throws', listener],
  ['a header that cannot be set', refusing('www-authenticate')],
])('%s while a refusal is written', (_name, middleware) => {
  it("reaches Express' own error handling, as a fault", async () => {
    const unhandled = watchRejections()
    const handler = vi.fn<RequestHandler>()
    const port = await serve(createApp().use(middleware, createAuth(world.options).requireAuth(), handler))
    const answer = await send(port, '/')
    expect(answer.status).toBe(500)
    expect(answer.headers.filter((name) => /^(www-authenticate|cache-control)/.test(name))).toEqual([])
    expect(handler).not.toHaveBeenCalled()
    expect(unhandled).not.toHaveBeenCalled()
  })

  it("reaches the application's error handler, which can answer", async () => {
    const onError = vi.fn<ErrorRequestHandler>((_error, _request, response, _next) => void response.end('mine'))
    const port = await serve(createApp().use(middleware, createAuth(world.options).requireAuth()).use(onError))
    expect(await send(port, '/')).toMatchObject({ status: 500, body: 'mine' })
    expect(onError.mock.calls.map(([error]) => error as unknown)).toEqual([broken])
  })
})

it('a refusal that nobody disturbs is written', async () => {
  const port = await serve(createApp().use(refusing('x-other'), createAuth(world.options).requireAuth()))
  expect(await send(port, '/')).toEqual(noCredentials)
})
