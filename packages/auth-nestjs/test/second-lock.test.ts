import { runInNewContext } from 'node:vm'

import { createResourceServer } from '@acme/auth-core'
import { Catch, Controller, Get, HttpException, NotFoundException, UnauthorizedException } from '@nestjs/common'
import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { OptionalAuth, RequireAuth, RESOURCE_SERVER } from '../src/index.js'
import type { ResourceServer } from '../src/index.js'
import { platforms, serve } from './serve.js'
import type { Platform } from './serve.js'
import { createWorld, send } from '@acme/tests-adapters'
import type { World } from '@acme/tests-adapters'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.issuer.close())

const reasons: readonly (readonly [string, unknown])[] = [
  ['nothing', undefined],
  ['null', null],
  ['false', false],
  ['true', true],
  ['0', 0],
  ['a number', 200],
  ['an empty text', ''],
  ['a text', 'route'],
  ['an object with a status', { statusCode: 200, status: 200, message: 'fine' }],
  ['an object that looks like a refusal', { statusCode: 403, message: 'not yours' }],
  ['an accepted outcome', { ok: true, auth: null, headers: {} }],
  ['a frozen error', Object.freeze(new Error('frozen'))],
  ['an error of another realm', runInNewContext("new Error('elsewhere')")],
  ['an error with a status', Object.assign(new Error('gone'), { status: 404, statusCode: 404, expose: true })],
  ['an error of Nest', new NotFoundException('no such tenant')],
  ['a refusal of Nest', new UnauthorizedException()],
  ['an answer of Nest', new HttpException('fine', 200)],
  // oxlint-disable-next-line unicorn/no-thenable -- on purpose
  ['a thenable', { then: (resolve: (value: boolean) => void) => resolve(true) }],
  ['a proxy', new Proxy({}, { get: () => 'anything', has: () => true })],
  ['a function', () => true],
  ['a symbol', Symbol('reason')],
]

/** Serves routes whose resource server fails in this way. */
async function serveWith(platform: Platform, authenticate: () => never) {
  const handler = vi.fn<() => string>(() => 'done')
  @Controller()
  class TestController {
    @Get()
    @RequireAuth('read')
    required(): string {
      return handler()
    }

    @Get('optional')
    @OptionalAuth()
    optional(): string {
      return handler()
    }
  }
  const caught: unknown[] = []
  @Catch()
  class Filter implements ExceptionFilter {
    catch(exception: unknown, host: ArgumentsHost): void {
      caught.push(exception)
      host
        .switchToHttp()
        .getResponse<{ status(code: number): { send(body: string): void } }>()
        .status(500)
        .send('fault')
    }
  }
  const resourceServer: ResourceServer = { ...createResourceServer(world.options), authenticate }
  const providers = [{ provide: RESOURCE_SERVER, useValue: resourceServer }]
  const metadata = { controllers: [TestController], providers }
  const port = await serve(platform, metadata)
  const filtered = await serve(platform, metadata, (app) => void app.useGlobalFilters(new Filter()))
  return { port, filtered, handler, caught }
}

function throwing(reason: unknown): () => never {
  return () => {
    throw reason
  }
}

function rejecting(reason: unknown): () => never {
  return () => Promise.reject(reason) as never // what a resource server must not do
}

describe.each(platforms)('whatever the resource server throws, on %s', (platform) => {
  it.each(
    reasons.flatMap(([name, reason]) => [
      [name, 'thrown', throwing(reason)] as const,
      [name, 'as a rejection', rejecting(reason)] as const,
    ]),
  )('%s, %s: 500, and an Error for filters', async (_name, _how, authenticate) => {
    const { port, filtered, handler, caught } = await serveWith(platform, authenticate)
    for (const target of ['/', '/optional']) {
      const answer = await send(port, target, await world.bearer({ scope: 'read' }))
      expect(answer).toMatchObject({ status: 500, body: '{"statusCode":500,"message":"Internal server error"}' })
      expect(await send(filtered, target)).toMatchObject({ status: 500, body: 'fault' })
    }
    expect(caught).toEqual([expect.any(Error), expect.any(Error)])
    for (const error of caught) expect(error).not.toBeInstanceOf(HttpException)
    expect(handler).not.toHaveBeenCalled()
  })

  it.each([
    ['nothing', undefined],
    ['true', true],
    ['text', 'ok'],
    ['an empty object', {}],
    ['a decision that is not made', { ok: 'yes', auth: null, headers: {} }],
    ['a function', () => true],
  ])('and whatever it answers, such as %s: never a pass', async (_name, answer) => {
    const { port, handler } = await serveWith(platform, () => Promise.resolve(answer) as never) // not its answer
    expect((await send(port, '/', await world.bearer({ scope: 'read' }))).status).toBe(500)
    expect(handler).not.toHaveBeenCalled()
  })
})
