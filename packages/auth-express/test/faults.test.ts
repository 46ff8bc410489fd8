import type { ReplayResult, RequirementArguments } from '@acme/auth-core'
import type { ErrorRequestHandler, RequestHandler } from 'express'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { createAuth, getAuth } from '../src/index.js'
import type { AuthOptions } from '../src/index.js'
import { createApp, serve } from './serve.js'
import {
  createWorld,
  expired,
  lacksScope,
  noCredentials,
  noCredentialsFor,
  replayUnavailable,
  send,
} from '@acme/tests-adapters'
import type { Answer, World } from '@acme/tests-adapters'

/** A resolver of issuers, as an option. */
type IssuerResolver = Extract<AuthOptions['issuers'], (issuer: string) => unknown>

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.issuer.close())

const HOST = ['Host', 'api.example.com'] as const
const URL = 'http://api.example.com/'

/** A guarded application with an error handler that keeps what it gets. */
async function guarded(options: AuthOptions, wanted: RequirementArguments = []) {
  const errors: unknown[] = []
  const handler = vi.fn<RequestHandler>((request, response) => void response.send(getAuth(request).subject))
  const onError: ErrorRequestHandler = (error, _request, response, _next) => {
    errors.push(error)
    response.status(500).send('the application failed')
  }
  const app = createApp()
    .get('/', createAuth(options).requireAuth(...wanted), handler)
    .use(onError)
  return { port: await serve(app), handler, errors }
}

function challengeOf({ headers }: Answer): string | undefined {
  return headers.find((header) => header.startsWith('www-authenticate'))
}

describe('a fault is not an answer about the token', () => {
  const down = new Error('the directory is down')
  const resolvers: readonly (readonly [string, IssuerResolver])[] = [
    [
      'throws',
      () => {
        throw down
      },
    ],
    ['rejects', () => Promise.reject(down)],
  ]

  it.each(resolvers)('an issuer resolver that %s is an outage', async (_name, issuers) => {
    const { port, handler, errors } = await guarded({ audience: world.options.audience, issuers })
    const answer = await send(port, '/', await world.bearer())
    expect(answer.status).toBe(503)
    expect(JSON.parse(answer.body)).toMatchObject({ error: 'temporarily_unavailable', code: 'NET_3001' })
    expect(answer.headers.some((header) => header.startsWith('retry-after: '))).toBe(true)
    expect(challengeOf(answer)).toBeUndefined()
    expect(errors).toEqual([])
    expect(handler).not.toHaveBeenCalled()
  })

  it('an issuer resolver that answers with another issuer', async () => {
    const issuers: IssuerResolver = () => ({ issuer: 'https://other.test/' })
    const { port, handler, errors } = await guarded({ audience: world.options.audience, issuers })
    expect((await send(port, '/', await world.bearer())).status).toBe(500)
    expect(errors).toEqual([expect.any(TypeError)])
    expect(handler).not.toHaveBeenCalled()
  })

  it('a claim predicate that throws', async () => {
    const claims = {
      sub: () => {
        throw down
      },
    }
    const { port, handler, errors } = await guarded(world.options, [{ claims }])
    const answer = await send(port, '/', await world.bearer())
    expect({ status: answer.status, body: answer.body }).toEqual({ status: 500, body: 'the application failed' })
    expect(challengeOf(answer)).toBeUndefined()
    expect(errors).toEqual([down])
    expect(handler).not.toHaveBeenCalled()
  })

  it("reaches Express' own error handling where the application has none", async () => {
    const handler = vi.fn<RequestHandler>()
    const sub = (): never => {
      throw down
    }
    const guard = createAuth(world.options).requireAuth({ claims: { sub } })
    const port = await serve(createApp().set('env', 'test').get('/', guard, handler))
    const answer = await send(port, '/', await world.bearer())
    expect(answer.status).toBe(500)
    expect(challengeOf(answer)).toBeUndefined()
    expect(handler).not.toHaveBeenCalled()
  })

  it('an outage does not stay: the next request is decided anew', async () => {
    const lookUp = vi.fn<IssuerResolver>((issuer) => ({ issuer }))
    lookUp.mockRejectedValueOnce(down)
    const { port } = await guarded({ audience: world.options.audience, issuers: lookUp })
    expect((await send(port, '/', await world.bearer())).status).toBe(503)
    expect(await send(port, '/', await world.bearer())).toMatchObject({ status: 200, body: 'user-1' })
  })
})

describe('a replay store', () => {
  const stores: readonly (readonly [string, () => ReplayResult | Promise<ReplayResult>])[] = [
    [
      'throws',
      () => {
        throw new Error('ECONNREFUSED')
      },
    ],
    ['rejects', () => Promise.reject(new Error('ECONNREFUSED'))],
    // @ts-expect-error -- what a store might answer by mistake
    ['answers true', () => true],
    // @ts-expect-error -- nor may silence let a proof through
    ['answers nothing', () => Promise.resolve()],
  ]

  it.each(stores)('that %s refuses with 503 and calls neither handler nor error handler', async (_name, reserve) => {
    const { port, handler, errors } = await guarded({ ...world.options, dpop: { replay: { reserve } } })
    expect(await send(port, '/', [HOST, ...(await world.dpop(URL))])).toEqual(replayUnavailable)
    expect(handler).not.toHaveBeenCalled()
    expect(errors).toEqual([])
  })

  it('that fails does not concern Bearer tokens', async () => {
    const replay = { reserve: () => Promise.reject(new Error('ECONNREFUSED')) }
    const { port } = await guarded({ ...world.options, dpop: { replay } })
    expect(await send(port, '/', await world.bearer())).toMatchObject({ status: 200, body: 'user-1' })
  })
})

describe('an event hook', () => {
  const hooks: readonly (readonly [string, () => void])[] = [
    [
      'throws',
      () => {
        throw new Error('the log is full')
      },
    ],
    ['rejects', () => Promise.reject(new Error('the log is full'))],
  ]

  it.each(hooks)('that %s changes no refusal', async (_name, onEvent) => {
    const { port, errors } = await guarded({ ...world.options, onEvent }, ['read'])
    expect(await send(port, '/')).toEqual(noCredentialsFor('read'))
    expect(await send(port, '/', await world.bearer({ expiresIn: -60 }))).toEqual(expired)
    expect(await send(port, '/', await world.bearer())).toEqual(lacksScope('read'))
    expect(errors).toEqual([])
  })

  it.each(hooks)('that %s stops no good request', async (_name, onEvent) => {
    const { port } = await guarded({ ...world.options, onEvent })
    expect(await send(port, '/', await world.bearer())).toMatchObject({ status: 200, body: 'user-1' })
  })
})

describe('errors of the application', () => {
  const broken = new Error('broken')
  const handlers: readonly (readonly [string, RequestHandler])[] = [
    [
      'throws',
      () => {
        throw broken
      },
    ],
    ['rejects', () => Promise.reject(broken)],
    ['hands on', (_request, _response, next) => next(broken)],
  ]

  it.each(handlers)('a handler that %s meets the error handler once', async (_name, handler) => {
    const onError = vi.fn<ErrorRequestHandler>((error: Error, _request, response, _next) => {
      response.status(418).send(error.message)
    })
    const app = createApp().get('/', createAuth(world.options).requireAuth(), handler).use(onError)
    const answer = await send(await serve(app), '/', await world.bearer())
    expect({ status: answer.status, body: answer.body }).toEqual({ status: 418, body: 'broken' })
    expect(onError).toHaveBeenCalledTimes(1)
    expect(onError.mock.calls[0]?.[0]).toBe(broken)
  })

  it('a refusal meets no error handler', async () => {
    const onError = vi.fn<ErrorRequestHandler>()
    const app = createApp().use(createAuth(world.options).requireAuth('read')).use(onError)
    const port = await serve(app)
    expect(await send(port, '/')).toEqual(noCredentialsFor('read'))
    expect(await send(port, '/', await world.bearer())).toEqual(lacksScope('read'))
    expect(onError).not.toHaveBeenCalled()
  })

  it('a refusal meets no later middleware', async () => {
    const later = vi.fn<RequestHandler>()
    const port = await serve(createApp().use(createAuth(world.options).requireAuth(), later))
    expect(await send(port, '/')).toEqual(noCredentials)
    expect(later).not.toHaveBeenCalled()
  })

  it('an unknown route behind the guard is 404 for those who may know', async () => {
    const port = await serve(createApp().use(createAuth(world.options).requireAuth()))
    expect(await send(port, '/nothing')).toEqual(noCredentials)
    expect((await send(port, '/nothing', await world.bearer())).status).toBe(404)
  })
})
