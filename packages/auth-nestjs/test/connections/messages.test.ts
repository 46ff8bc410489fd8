import { once } from 'node:events'

import { Catch, Controller, Sse, UseFilters } from '@nestjs/common'
import type { ArgumentsHost, ExceptionFilter, INestApplication, MessageEvent, ModuleMetadata } from '@nestjs/common'
import { IoAdapter } from '@nestjs/platform-socket.io'
import { WsAdapter } from '@nestjs/platform-ws'
import { BaseWsExceptionFilter, SubscribeMessage, WebSocketGateway, WsException } from '@nestjs/websockets'
import { createWorld } from '@acme/tests-adapters'
import type { World } from '@acme/tests-adapters'
import { NEVER } from 'rxjs'
import type { Observable } from 'rxjs'
import { io } from 'socket.io-client'
import type { Socket } from 'socket.io-client'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'

import { Auth, Auth0Module, Connection, connectionOf, eventStream, Public, RequireAuth } from '../../src/index.js'
import type { AuthConnection, AuthContext } from '../../src/index.js'
import { freePort } from '../free-port.js'
import { platforms, serve } from '../serve.js'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.issuer.close())

const reply = (data: unknown): object => ({ event: 'reply', data })

@Catch(WsException)
class TeapotFilter extends BaseWsExceptionFilter implements ExceptionFilter {
  override catch(exception: WsException, host: ArgumentsHost): void {
    super.catch(new WsException({ teapot: (exception.getError() as { code: string }).code }), host) // ours have one
  }
}

class Handlers {
  @SubscribeMessage('scopes') scopes(@Auth() auth: AuthContext): object {
    return reply(auth.scopes)
  }
  @SubscribeMessage('write') @RequireAuth('write') write(@Auth() auth: AuthContext): object {
    return reply(auth.subject)
  }
  @SubscribeMessage('filtered') @RequireAuth('write') @UseFilters(TeapotFilter) filtered(): object {
    return reply('written')
  }
  @SubscribeMessage('open') @Public('for whom is connected') open(
    @Auth() auth: AuthContext | null,
    @Connection() connection?: AuthConnection,
  ): object {
    return reply([auth, connection?.auth?.subject])
  }
}

interface Received {
  readonly event: string
  readonly data: unknown
}

interface Client {
  send(event: string, data: unknown): void
  next(event: string): Promise<unknown>
  /** The code, where there is one. */
  readonly closed: Promise<number | undefined>
}

/** Events in the order they came, each taken once. */
class Inbox {
  readonly #received: Received[] = []
  #wake: () => void = () => undefined

  put(one: Received): void {
    this.#received.push(one)
    this.#wake()
  }

  async next(event: string): Promise<unknown> {
    for (;;) {
      const found = this.#received.findIndex((one) => one.event === event)
      if (found !== -1) return this.#received.splice(0, found + 1).at(-1)?.data
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }
}

async function connectWs(port: number, token: string): Promise<Client> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, ['auth0-token', token])
  onTestFinished(() => socket.terminate())
  const inbox = new Inbox()
  socket.on('message', (bytes: Buffer) => inbox.put(JSON.parse(bytes.toString()) as Received)) // as Nest writes it
  const closed = once(socket, 'close').then(([code]) => Number(code))
  await once(socket, 'open')
  return {
    send: (event, data) => socket.send(JSON.stringify({ event, data })),
    next: (event) => inbox.next(event),
    closed,
  }
}

function ioSocket(port: number, token: string, namespace = '/'): Socket {
  const extraHeaders = { authorization: `Bearer ${token}` }
  const options = { path: '/ws', extraHeaders, forceNew: true, reconnection: false }
  const socket = io(`http://127.0.0.1:${port}${namespace}`, options)
  onTestFinished(() => void socket.close())
  return socket
}

async function connectIo(port: number, token: string): Promise<Client> {
  const socket = ioSocket(port, token)
  const inbox = new Inbox()
  socket.onAny((event: string, data: unknown) => inbox.put({ event, data }))
  const closed = new Promise<undefined>((resolve) => socket.once('disconnect', () => resolve(undefined)))
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('connect_error', reject)
  })
  return { send: (event, data) => void socket.emit(event, data), next: (event) => inbox.next(event), closed }
}

const adapters: readonly (readonly [string, (app: INestApplication) => void, typeof connectWs, number | undefined])[] =
  [
    ['ws', (app) => void app.useWebSocketAdapter(new WsAdapter(app)), connectWs, 1008],
    ['socket.io', (app) => void app.useWebSocketAdapter(new IoAdapter(app)), connectIo, undefined],
  ]

function metadata(providers: NonNullable<ModuleMetadata['providers']>): ModuleMetadata {
  return { imports: [Auth0Module.forRoot({ ...world.options, clockTolerance: 0, connections: {} })], providers }
}

const token = (scope: string, expiresIn = 3600): Promise<string> => world.issuer.accessToken({ scope, expiresIn })

describe.each(adapters)('messages, by %s', (_name, configure, connect, code) => {
  @WebSocketGateway({ path: '/ws' })
  @RequireAuth('read')
  class TestGateway extends Handlers {
    handleConnection(client: object): void {
      if (connectionOf(client)?.auth?.subject !== 'user-1') throw new Error('no connection')
    }
  }

  it('are judged by the renewed token', async () => {
    const client = await connect(await serve('Express', metadata([TestGateway]), configure), await token('read'))
    await client.next('auth0.opened')
    client.send('write', {})
    expect(await client.next('exception')).toMatchObject({
      status: 'error',
      code: 'AUTH_1005',
      error: 'insufficient_scope',
      message: expect.any(String),
    })
    client.send('auth0.renew', { token: await token('read write') })
    expect(await client.next('auth0.renewed')).toMatchObject({ expires_in: expect.any(Number) })
    client.send('write', {})
    expect(await client.next('reply')).toBe('user-1')
    client.send('scopes', {})
    expect(await client.next('reply')).toEqual(['read', 'write'])
  })

  it('go through the filters of the application', async () => {
    const client = await connect(await serve('Express', metadata([TestGateway]), configure), await token('read'))
    client.send('filtered', {})
    expect(await client.next('exception')).toEqual({ teapot: 'AUTH_1005' })
  })

  it('that are public know no caller, and their connection', async () => {
    const client = await connect(await serve('Fastify', metadata([TestGateway]), configure), await token('read'))
    client.send('open', {})
    expect(await client.next('reply')).toEqual([null, 'user-1'])
  })

  it('end with the token, on ports of their own too', async () => {
    const port = await freePort()
    @WebSocketGateway(port, { path: '/ws' })
    @RequireAuth('read')
    class OwnPort extends Handlers {}
    await serve('Express', metadata([OwnPort]), configure)
    const client = await connect(port, await token('read', 2))
    expect(await client.next('auth0.opened')).toMatchObject({ expires_in: expect.any(Number) })
    expect(await client.next('auth0.closing')).toMatchObject({ code: 'AUTH_1001' })
    expect(await client.closed).toBe(code)
  })
})

describe('socket.io', () => {
  @WebSocketGateway({ path: '/ws' })
  @RequireAuth('read')
  class First extends Handlers {}
  @WebSocketGateway({ path: '/ws', namespace: 'second' })
  @RequireAuth('read')
  class Second extends Handlers {}
  const start = (): Promise<number> =>
    serve('Express', metadata([First, Second]), (app) => void app.useWebSocketAdapter(new IoAdapter(app)))

  it('acknowledges a renewal', async () => {
    const socket = ioSocket(await start(), await token('read'))
    const renew = async (scope: string): Promise<unknown> =>
      socket.emitWithAck('auth0.renew', { token: await token(scope) })
    expect(await renew('read write')).toMatchObject({ event: 'auth0.renewed' })
    expect(await renew('write')).toMatchObject({ event: 'auth0.refused', data: { code: 'AUTH_1005' } })
    // The second comes while the first is looked at.
    const [one, two] = [await token('read'), await token('read')]
    const both = Promise.all([one, two].map((sent) => socket.emitWithAck('auth0.renew', { token: sent })))
    expect(await both).toMatchObject([{ event: 'auth0.renewed' }, { data: { code: 'VAL_2008' } }])
  })

  it('has a connection for each namespace, and ends each with the token', async () => {
    const socket = ioSocket(await start(), await token('read', 3))
    const second = socket.io.socket('/second')
    const told = [socket, second].map(
      (one) =>
        new Promise<readonly unknown[]>((resolve) => {
          const events: string[] = []
          one.onAny((event: string) => void events.push(event))
          one.once('disconnect', (reason) => resolve([...events, reason]))
        }),
    )
    second.connect()
    const ended = ['auth0.opened', 'auth0.closing', 'io server disconnect']
    expect(await Promise.all(told)).toEqual([ended, ended])
    // The first has left it, and both share the handshake.
    const late = new Promise((resolve) => second.once('connect_error', resolve))
    second.connect()
    expect(await late).toBeInstanceOf(Error)
  })
})

describe.each(platforms)('a stream on %s', (platform) => {
  @Controller()
  class EventsController {
    @Sse('careless') @RequireAuth('read') careless(
      @Connection() _connection: AuthConnection,
    ): Observable<MessageEvent> {
      return NEVER
    }
    @Sse('unguarded') unguarded(@Connection() connection?: AuthConnection): Observable<MessageEvent> {
      return eventStream(connection, NEVER)
    }
  }
  const start = (): Promise<number> => serve(platform, { ...metadata([]), controllers: [EventsController] })
  const get = async (port: number, path: string, bearer: string): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}/${path}`, { headers: { authorization: `Bearer ${bearer}` } })

  it('that leaves out eventStream is cut when the token ends', async () => {
    const response = await get(await start(), 'careless', await token('read', 2))
    expect(response.status).toBe(200)
    await expect(response.text()).rejects.toThrow('terminated')
  })

  it('of a route that nobody guards is a fault', async () => {
    expect((await get(await start(), 'unguarded', await token('read'))).status).toBe(500)
  })
})
