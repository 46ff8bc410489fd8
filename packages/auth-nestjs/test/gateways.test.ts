import { once } from 'node:events'

import { UseGuards } from '@nestjs/common'
import type { INestApplication, ModuleMetadata, Type } from '@nestjs/common'
import { IoAdapter } from '@nestjs/platform-socket.io'
import { WsAdapter } from '@nestjs/platform-ws'
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets'
import { io } from 'socket.io-client'
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { WebSocket } from 'ws'

import { Auth, Auth0Guard, Auth0Module, OptionalAuth, Public, RequireAuth } from '../src/index.js'
import type { AuthContext } from '../src/index.js'
import { freePort } from './free-port.js'
import { platforms, serve } from './serve.js'
import type { Platform } from './serve.js'
import { forTheApplication } from './transports.js'
import { createWorld } from '@acme/tests-adapters'
import type { Header, World } from '@acme/tests-adapters'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.issuer.close())
afterEach(() => void vi.useRealTimers())

/** What a message is answered with: an event and its data. */
type Reply = readonly [event: string, data: unknown]

interface Connection {
  /** Sends one after the other without waiting. @returns the replies, in the order of their events' names and data */
  send(...events: readonly string[]): Promise<Reply[]>
}

function reply(auth: AuthContext | null): { event: string; data: string } {
  return { event: 'reply', data: auth?.subject ?? 'nobody' }
}

// A client of socket.io that hears no ping in time connects anew: clocks are set forward here.
@WebSocketGateway({ path: '/ws', pingInterval: 100_000_000 })
class TestGateway {
  @Public() @SubscribeMessage('open') open(@Auth() auth: AuthContext | null): object {
    return reply(auth)
  }
  @OptionalAuth() @SubscribeMessage('anybody') anybody(@Auth() auth: AuthContext | null): object {
    return reply(auth)
  }
  @UseGuards(Auth0Guard) @SubscribeMessage('me') me(@Auth() auth: AuthContext): object {
    return reply(auth)
  }
  @RequireAuth('read') @SubscribeMessage('read') read(
    @MessageBody() _body: unknown,
    @Auth() auth: AuthContext,
  ): object {
    return reply(auth)
  }
  @SubscribeMessage('bare') bare(@Auth() auth: AuthContext | null): object {
    return reply(auth)
  }
}

const user: Reply = ['reply', 'user-1']
const nobody: Reply = ['reply', 'nobody']
const refused = (error: string): Reply => [
  'exception',
  expect.objectContaining({
    status: 'error',
    message: expect.any(String),
    error,
    code: expect.stringMatching(/_\d{4}$/),
  }),
]

/** A client of `ws`. */
async function connectWs(port: number, headers: readonly Header[]): Promise<Connection> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, { headers: Object.fromEntries(headers) })
  onTestFinished(() => socket.terminate())
  await once(socket, 'open')
  return {
    async send(...events) {
      const replies: Reply[] = []
      const done = new Promise<void>((resolve) => {
        socket.removeAllListeners('message').on('message', (bytes: Buffer) => {
          const { event, data } = JSON.parse(bytes.toString()) as { event: string; data: unknown } // as Nest writes it
          if (replies.push([event, data]) === events.length) resolve()
        })
      })
      for (const event of events) socket.send(JSON.stringify({ event, data: {} }))
      await done
      return replies
    },
  }
}

/** A client of socket.io. */
async function connectIo(port: number, headers: readonly Header[]): Promise<Connection> {
  const options = { path: '/ws', extraHeaders: Object.fromEntries(headers), forceNew: true }
  const socket = io(`http://127.0.0.1:${port}`, options)
  onTestFinished(() => void socket.close())
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('connect_error', reject)
  })
  return {
    async send(...events) {
      const replies: Reply[] = []
      const done = new Promise<void>((resolve) => {
        socket.offAny().onAny((event: string, data: unknown) => {
          if (replies.push([event, data]) === events.length) resolve()
        })
      })
      for (const event of events) socket.emit(event, {})
      await done
      return replies
    },
  }
}

type Adapter = readonly [
  name: string,
  adapt: (app: INestApplication) => void,
  connect: typeof connectWs,
  url: (port: number) => string,
]

const adapters: readonly Adapter[] = [
  ['ws', (app) => void app.useWebSocketAdapter(new WsAdapter(app)), connectWs, (port) => `http://127.0.0.1:${port}/ws`],
  [
    'socket.io',
    (app) => void app.useWebSocketAdapter(new IoAdapter(app)),
    connectIo,
    (port) => `http://127.0.0.1:${port}/ws/`,
  ],
]

const servers = adapters.flatMap((adapter) => platforms.map((platform) => [platform, ...adapter] as const))

function metadata(providers: ModuleMetadata['providers'] = [], gateway: Type = TestGateway): ModuleMetadata {
  return { imports: [Auth0Module.forRoot(world.options)], providers: [gateway, ...providers] }
}

describe.each(servers)('on %s, by %s', (platform: Platform, _name, adapt, connect, urlOf) => {
  it.each(forTheApplication)('%s: messages are judged by the credentials of the handshake', async (_how, providers) => {
    const port = await serve(platform, metadata(providers), adapt)
    const stranger = await connect(port, [])
    expect(await stranger.send('open')).toEqual([nobody])
    expect(await stranger.send('anybody')).toEqual([nobody])
    expect(await stranger.send('me')).toEqual([refused('invalid_request')])
    expect(await stranger.send('read')).toEqual([refused('invalid_request')])
    expect(await stranger.send('bare')).toEqual([providers.length === 0 ? nobody : refused('invalid_request')])
    const known = await connect(port, await world.bearer({ scope: 'read' }))
    for (const event of ['anybody', 'me', 'read', 'bare'])
      expect([event, await known.send(event)]).toEqual([event, [user]])
    expect(await known.send('open')).toEqual([nobody])
    const other = await connect(port, await world.bearer({ scope: 'write' }))
    expect(await other.send('read')).toEqual([refused('insufficient_scope')])
    const expired = await connect(port, await world.bearer({ expiresIn: -600 }))
    expect(await expired.send('anybody')).toEqual([refused('invalid_token')])
  })

  it('a proof for the handshake holds for all messages of the connection, and for no other connection', async () => {
    const port = await serve(platform, metadata(), adapt)
    const headers = await world.dpop(urlOf(port), { scope: 'read' })
    const connection = await connect(port, headers)
    expect(await connection.send('me', 'read', 'me')).toEqual([user, user, user])
    expect(await connection.send('read')).toEqual([user])
    expect(await (await connect(port, headers)).send('me')).toEqual([refused('invalid_dpop_proof')])
    const elsewhere = await connect(port, await world.dpop(`http://127.0.0.1:${port}/elsewhere`))
    expect(await elsewhere.send('me')).toEqual([refused('invalid_dpop_proof')])
  })

  it.each([
    ['Bearer', () => world.bearer({ scope: 'read' })],
    ['DPoP', (port: number) => world.dpop(urlOf(port), { scope: 'read' })],
  ])('a %s token that expires while the connection is open is refused', async (_scheme, credentials) => {
    const port = await serve(platform, metadata(), adapt)
    const connection = await connect(port, await credentials(port))
    expect(await connection.send('read')).toEqual([user])
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_602_000 })
    // Clocks may differ by that much.
    expect(await connection.send('read')).toEqual([user])
    vi.setSystemTime(Date.now() + 600_000)
    expect(await connection.send('read')).toEqual([refused('invalid_token')])
    expect(await connection.send('anybody')).toEqual([refused('invalid_token')])
  })
})

describe('a gateway of ws with a port of its own', () => {
  it.each([
    ['a path', { path: '/ws' }],
    ['no path', {}],
  ])('and %s is judged by the handshake as well', async (_what, options) => {
    const port = await freePort()
    @WebSocketGateway(port, options)
    class OwnPort extends TestGateway {}
    await serve('Express', metadata([], OwnPort), (app) => void app.useWebSocketAdapter(new WsAdapter(app)))
    expect(await (await connectWs(port, await world.bearer({ scope: 'read' }))).send('read')).toEqual([user])
    expect(await (await connectWs(port, [])).send('read', 'open')).toEqual([refused('invalid_request'), nobody])
  })
})
