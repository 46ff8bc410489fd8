import { Catch, ConflictException, Controller, Get, HttpException, UseFilters } from '@nestjs/common'
import type { ArgumentsHost, ExceptionFilter, ModuleMetadata } from '@nestjs/common'
import { APP_FILTER, BaseExceptionFilter, HttpAdapterHost } from '@nestjs/core'
import type { ServerResponse } from 'node:http'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { Auth0Exception, Auth0Guard, Auth0Module, isAuthError, RequireAuth } from '../src/index.js'
import type { AuthOptions } from '../src/index.js'
import { platforms, serve } from './serve.js'
import type { Platform } from './serve.js'
import {
  createWorld,
  expired,
  lacksScope,
  noCredentials,
  noCredentialsFor,
  replayUnavailable,
  send,
} from '@acme/tests-adapters'
import type { World } from '@acme/tests-adapters'

/** A resolver of issuers, as an option. */
type IssuerResolver = Extract<AuthOptions['issuers'], (issuer: string) => unknown>

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.issuer.close())

const CHALLENGE = 'www-authenticate: Bearer realm="api", scope="read", DPoP algs="ES256", scope="read"'
const broken = new Error('broken')
const down = new Error('the directory is down')

function throws(error: Error): () => never {
  return () => {
    throw error
  }
}

/** A controller whose handler is given, and required to be reached with scope `read` only. */
function controllerOf(handler: () => string) {
  @Controller()
  @RequireAuth('read')
  class TestController {
    @Get()
    handle(): string {
      return handler()
    }
  }
  return TestController
}

function metadata(handler: () => string = () => 'done', options: AuthOptions = world.options): ModuleMetadata {
  return { imports: [Auth0Module.forRoot(options)], controllers: [controllerOf(handler)] }
}

interface TestResponse {
  status(code: number): TestResponse
  send(body: unknown): unknown
}

/** A filter that answers 418 in the way that is given, and keeps what it catches. */
function catchAll(answer: (response: TestResponse) => void) {
  const caught: unknown[] = []
  @Catch()
  class CatchAll implements ExceptionFilter {
    catch(exception: unknown, host: ArgumentsHost): void {
      caught.push(exception)
      answer(host.switchToHttp().getResponse<TestResponse>().status(418))
    }
  }
  return { caught, filter: new CatchAll() }
}

describe.each(platforms)('a refusal on %s', (platform) => {
  it('meets a filter that catches everything, which sends the challenge', async () => {
    const { caught, filter } = catchAll((response) => response.send({ mine: true }))
    const port = await serve(platform, metadata(), (app) => void app.useGlobalFilters(filter))
    const answer = await send(port, '/')
    expect({ status: answer.status, body: answer.body }).toEqual({ status: 418, body: '{"mine":true}' })
    expect(answer.headers).toEqual(
      expect.arrayContaining([
        CHALLENGE,
        'cache-control: no-store',
        'content-type: application/json; charset=utf-8',
        'content-length: 13',
      ]),
    )
    expect(caught).toEqual([expect.any(Auth0Exception)])
  })

  it('tells filters all that the client would get', async () => {
    const { caught, filter } = catchAll((response) => response.send('mine'))
    const port = await serve(platform, metadata(), (app) => void app.useGlobalFilters(filter))
    await send(port, '/', await world.bearer())
    const [exception] = caught
    if (!(exception instanceof Auth0Exception)) throw new Error('want an Auth0Exception')
    const { status, body } = lacksScope('read')
    expect(exception.getStatus()).toBe(status)
    expect(exception.getResponse()).toEqual(JSON.parse(body))
    expect(exception.refused.body).toBe(body)
    expect(isAuthError(exception.error)).toBe(true)
    expect(exception.cause).toBe(exception.error)
    expect(exception.error).toMatchObject({ status, reason: 'scope_missing', detail: 'lacks read' })
    expect(exception.error.headers['www-authenticate']).toMatch(/, scope="read", DPoP algs="ES256"$/)
  })

  it('leaves the length of the body to such a filter', async () => {
    const { filter } = catchAll((response) => {
      const { raw } = response as { raw?: ServerResponse } // Fastify's reply has it; Express' response is it
      const node = raw ?? (response as unknown as ServerResponse) // Express extends Node's
      node.statusCode = 418
      node.end('nope')
    })
    const port = await serve(platform, metadata(), (app) => void app.useGlobalFilters(filter))
    const answer = await send(port, '/')
    expect({ status: answer.status, body: answer.body }).toEqual({ status: 418, body: 'nope' })
    expect(answer.headers).toContain('content-length: 4')
  })

  it('leaves the type of the body to such a filter', async () => {
    const { filter } = catchAll((response) => response.send('nope'))
    const port = await serve(platform, metadata(), (app) => void app.useGlobalFilters(filter))
    const { headers } = await send(port, '/')
    const type = platform === 'Express' ? 'text/html; charset=utf-8' : 'text/plain; charset=utf-8'
    expect(headers).toContain(`content-type: ${type}`)
  })

  it("meets Nest's own filter that the application extends, which sends the challenge", async () => {
    @Catch()
    class Extended extends BaseExceptionFilter {}
    const port = await serve(platform, metadata(), (app) => {
      app.useGlobalFilters(new Extended(app.get(HttpAdapterHost).httpAdapter))
    })
    const { status, headers, body } = await send(port, '/')
    expect({ status, body }).toEqual({ status: 401, body: noCredentials.body })
    expect(headers).toEqual(expect.arrayContaining([...noCredentialsFor('read').headers]))
  })

  it('meets the filter of a controller for HTTP exceptions', async () => {
    const seen = vi.fn<(status: number) => void>()
    @Catch(HttpException)
    class HttpFilter implements ExceptionFilter<HttpException> {
      catch(exception: HttpException, host: ArgumentsHost): void {
        seen(exception.getStatus())
        host.switchToHttp().getResponse<TestResponse>().status(exception.getStatus()).send({ mine: true })
      }
    }
    @Controller()
    @UseFilters(HttpFilter)
    class FilteredController {
      @Get()
      @RequireAuth()
      handle(): string {
        return 'done'
      }
    }
    const port = await serve(platform, { ...metadata(), controllers: [FilteredController] })
    const answer = await send(port, '/')
    expect({ status: answer.status, body: answer.body }).toEqual({ status: 401, body: '{"mine":true}' })
    expect(answer.headers).toContain('www-authenticate: Bearer realm="api", DPoP algs="ES256"')
    expect(seen.mock.calls).toEqual([[401]])
  })

  it('passes by filters for other exceptions', async () => {
    const seen = vi.fn<() => void>()
    @Catch(ConflictException)
    class ConflictFilter implements ExceptionFilter {
      catch(): void {
        seen()
      }
    }
    const { providers = [], ...rest } = metadata()
    const port = await serve(platform, {
      ...rest,
      providers: [...providers, { provide: APP_FILTER, useClass: ConflictFilter }],
    })
    expect(await send(port, '/')).toEqual(noCredentialsFor('read'))
    expect(await send(port, '/', await world.bearer())).toEqual(lacksScope('read'))
    expect(seen).not.toHaveBeenCalled()
  })

  it('never reaches the handler', async () => {
    const handler = vi.fn<() => string>(() => 'done')
    const port = await serve(platform, metadata(handler))
    expect(await send(port, '/')).toEqual(noCredentialsFor('read'))
    expect(await send(port, '/', await world.bearer())).toEqual(lacksScope('read'))
    expect(await send(port, '/', await world.bearer({ scope: 'read', expiresIn: -60 }))).toEqual(expired)
    expect(handler).not.toHaveBeenCalled()
  })
})

describe.each(platforms)('errors of the application on %s', (platform) => {
  it.each([
    ['an error', broken, 500, '{"statusCode":500,"message":"Internal server error"}'],
    [
      'an HTTP exception',
      new ConflictException('taken'),
      409,
      '{"message":"taken","error":"Conflict","statusCode":409}',
    ],
  ])('%s is answered as Nest does', async (_name, error, status, body) => {
    const port = await serve(platform, metadata(throws(error)))
    const answer = await send(port, '/', await world.bearer({ scope: 'read' }))
    expect({ status: answer.status, body: answer.body }).toEqual({ status, body })
    expect(answer.headers.filter((header) => /^(www-auth|cache-control)/.test(header))).toEqual([])
  })

  it.each([broken, new ConflictException('taken')])('%s meets the filter once', async (error) => {
    const { caught, filter } = catchAll((response) => response.send('mine'))
    const port = await serve(platform, metadata(throws(error)), (app) => void app.useGlobalFilters(filter))
    const answer = await send(port, '/', await world.bearer({ scope: 'read' }))
    expect({ status: answer.status, body: answer.body }).toEqual({ status: 418, body: 'mine' })
    expect(caught).toEqual([error])
  })
})

describe.each(platforms)('faults on %s', (platform) => {
  const resolvers: readonly (readonly [string, IssuerResolver])[] = [
    ['throws', throws(down)],
    ['rejects', () => Promise.reject(down)],
  ]

  async function faulty(at: Platform, options: AuthOptions) {
    const handler = vi.fn<() => string>(() => 'done')
    const port = await serve(at, metadata(handler, options))
    return { port, handler }
  }

  it.each(resolvers)('an issuer resolver that %s is an outage: 503', async (_name, issuers) => {
    const { port, handler } = await faulty(platform, { audience: world.options.audience, issuers })
    const answer = await send(port, '/', await world.bearer({ scope: 'read' }))
    expect(answer.status).toBe(503)
    expect(JSON.parse(answer.body)).toMatchObject({ error: 'temporarily_unavailable', code: 'NET_3001' })
    expect(answer.headers.filter((header) => header.startsWith('www-auth'))).toEqual([])
    expect(handler).not.toHaveBeenCalled()
  })

  it('an issuer resolver that throws is the cause of what the filter meets', async () => {
    const { caught, filter } = catchAll((response) => response.send('mine'))
    const options = { audience: world.options.audience, issuers: throws(down) }
    const port = await serve(platform, metadata(undefined, options), (app) => void app.useGlobalFilters(filter))
    expect((await send(port, '/', await world.bearer({ scope: 'read' }))).status).toBe(418)
    const [exception] = caught
    if (!(exception instanceof Auth0Exception)) throw new Error('want an Auth0Exception')
    expect(exception.error.cause).toBe(down)
  })

  it('a replay store that rejects is 503', async () => {
    const replay = { reserve: () => Promise.reject(new Error('ECONNREFUSED')) }
    const { port, handler } = await faulty(platform, { ...world.options, dpop: { replay } })
    const proof = await world.dpop('http://api.example.com/', { scope: 'read' })
    expect(await send(port, '/', [['Host', 'api.example.com'], ...proof])).toEqual(replayUnavailable)
    expect(handler).not.toHaveBeenCalled()
  })

  const hooks: readonly (readonly [string, () => void])[] = [
    ['throws', throws(new Error('the log is full'))],
    ['rejects', () => Promise.reject(new Error('the log is full'))],
  ]

  it.each(hooks)('an event hook that %s changes no decision', async (_name, onEvent) => {
    const { port } = await faulty(platform, { ...world.options, onEvent })
    expect(await send(port, '/')).toEqual(noCredentialsFor('read'))
    expect(await send(port, '/', await world.bearer())).toEqual(lacksScope('read'))
    expect(await send(port, '/', await world.bearer({ scope: 'read' }))).toMatchObject({ status: 200, body: 'done' })
  })
})

it('the guard is one class for all ways to use it', () => {
  expect(
    Reflect.getMetadata(
      '__guards__',
      controllerOf(() => 'done'),
    ),
  ).toEqual([Auth0Guard])
})
