import { Catch, Controller, Get, Logger, UseFilters } from '@nestjs/common'
import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common'
import { APP_FILTER, BaseExceptionFilter, HttpAdapterHost } from '@nestjs/core'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'

import { Auth0Exception, Auth0Module, RequireAuth } from '../src/index.js'
import type { AuthOptions } from '../src/index.js'
import { platforms, serve } from './serve.js'
import { createWorld, expired, noCredentials, send } from '@acme/tests-adapters'
import type { World } from '@acme/tests-adapters'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.issuer.close())
afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

@Controller('items')
class ItemsController {
  @Get(':id')
  @RequireAuth()
  get(): string {
    return 'passed'
  }
}

@Catch()
class EverythingFilter extends BaseExceptionFilter {
  override catch(exception: unknown, host: ArgumentsHost): void {
    const adapter = this.applicationRef ?? this.httpAdapterHost?.httpAdapter
    const body = { own: exception instanceof Auth0Exception ? exception.error.reason : 'fault' }
    adapter?.reply(
      host.switchToHttp().getResponse(),
      body,
      exception instanceof Auth0Exception ? exception.getStatus() : 500,
    )
  }
}

@Catch(Auth0Exception)
class RefusalsFilter implements ExceptionFilter<Auth0Exception> {
  catch({ error, message }: Auth0Exception, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<{ status(code: number): { send(body: object): void } }>()
    response.status(error.status).send({ own: error.reason, message })
  }
}

@Controller('items')
@UseFilters(RefusalsFilter)
class FilteredController extends ItemsController {}

const challenge = noCredentials.headers.filter((line) => line.startsWith('www-authenticate'))

describe.each(platforms)('refusals on %s', (platform) => {
  const metadata = (options: AuthOptions = {}) => ({
    imports: [Auth0Module.forRoot({ ...world.options, ...options })],
    controllers: [ItemsController],
  })

  it.each([{}, { refusals: 'forward' as const }])(
    'have status, headers and body without any filter: %o',
    async (options) => {
      expect(await send(await serve(platform, metadata(options)), '/items/1')).toEqual(noCredentials)
    },
  )

  it('are answered by APP_FILTER of the application, with the challenge', async () => {
    const providers = [{ provide: APP_FILTER, useClass: EverythingFilter }]
    const port = await serve(platform, { ...metadata(), providers })
    const { status, headers, body } = await send(port, '/items/1')
    expect([status, body]).toEqual([401, '{"own":"credentials_missing"}'])
    expect(headers).toEqual(
      expect.arrayContaining(['cache-control: no-store', ...challenge, 'x-request-id: request-1']),
    )
  })

  it('are answered by useGlobalFilters of the application', async () => {
    const port = await serve(platform, metadata(), (app) => {
      app.useGlobalFilters(new EverythingFilter(app.get(HttpAdapterHost).httpAdapter))
    })
    expect(await send(port, '/items/1')).toMatchObject({ status: 401, body: '{"own":"credentials_missing"}' })
  })

  it('are answered by @UseFilters of the controller', async () => {
    const port = await serve(platform, { ...metadata(), controllers: [FilteredController] })
    const { status, body } = await send(port, '/items/1')
    expect([status, JSON.parse(body)]).toEqual([
      401,
      { own: 'credentials_missing', message: 'An access token is required' },
    ])
  })

  it('have the body of formatRefusal, and its type', async () => {
    const formatRefusal = () => ({ contentType: 'application/problem+json', body: { title: 'No' } })
    const port = await serve(platform, metadata({ formatRefusal }))
    const { status, headers, body } = await send(port, '/items/1', await world.bearer({ expiresIn: -60 }))
    expect([status, body]).toEqual([401, '{"title":"No"}'])
    expect(headers).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^content-type: application\/problem\+json/) as string,
        ...expired.headers.filter((line) => !line.startsWith('content-')),
      ]),
    )
  })

  it('have the identifier that the option makes', async () => {
    const port = await serve(platform, metadata({ correlationId: () => 'own-1' }))
    expect((await send(port, '/items/1')).headers).toContain('x-request-id: own-1')
  })

  it('do not replace an X-Request-Id of the application', async () => {
    const port = await serve(platform, metadata(), (app) => {
      app.use((_request: unknown, response: { setHeader(name: string, value: string): void }, next: () => void) => {
        response.setHeader('X-Request-Id', 'application')
        next()
      })
    })
    const { headers } = await send(port, '/items/1')
    expect(headers.filter((line) => line.startsWith('x-request-id'))).toEqual(['x-request-id: application'])
  })

  it('are events with the pattern of the route', async () => {
    const onEvent = vi.fn<(event: unknown) => void>()
    await send(await serve(platform, metadata({ onEvent })), '/items/1?a=b')
    expect(onEvent.mock.calls.at(-1)?.[0]).toMatchObject({ method: 'GET', path: '/items/1', route: '/items/:id' })
  })

  it("are lines of Nest's logger, outside of production", async () => {
    vi.stubEnv('NODE_ENV', 'development')
    const log = vi.spyOn(Logger.prototype, 'log').mockReturnValue()
    await send(await serve(platform, metadata()), '/items/1')
    expect(log.mock.calls.filter(([line]) => String(line).startsWith('acme-auth'))).toEqual([
      ['acme-auth: refused GET /items/1, 401 credentials_missing (correlation id request-1)'],
    ])
  })
})
