import { on, once } from 'node:events'
import { connect } from 'node:net'

import { Controller, Get, Injectable, UseGuards } from '@nestjs/common'
import type { CanActivate, ExecutionContext, INestApplication, ModuleMetadata, Type } from '@nestjs/common'
import { APP_GUARD } from '@nestjs/core'
import { IoAdapter } from '@nestjs/platform-socket.io'
import { WsAdapter } from '@nestjs/platform-ws'
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets'
import { createResourceServer } from '@acme/auth-core'
import {
  createWorld,
  expired,
  lacksScope,
  NONCE_SECRET,
  noCredentials,
  noCredentialsFor,
  send,
} from '@acme/tests-adapters'
import type { Header, World } from '@acme/tests-adapters'
import { io } from 'socket.io-client'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'

import { Auth0Guard, Auth0Module, OptionalAuth, Public, RequireAuth } from '../../src/index.js'
import type { CredentialsRequest } from '../../src/index.js'
import { freePort } from '../free-port.js'
import { platforms, serve } from '../serve.js'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.issuer.close())

const UPGRADE: readonly Header[] = [
  ['Connection', 'Upgrade'],
  ['Upgrade', 'websocket'],
  ['Sec-WebSocket-Version', '13'],
  ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='],
]

function gateway(options: object, decorate: (type: Type) => void = RequireAuth('read'), port = 0): Type {
  class TestGateway {
    @SubscribeMessage('me') me(): object {
      return { event: 'reply', data: 'user' }
    }
  }
  decorate(TestGateway)
  WebSocketGateway(port, options)(TestGateway)
  return TestGateway
}

/** Guards of two resource servers. */
function both(guard: Auth0Guard): (type: Type) => void {
  return (type) => {
    RequireAuth('read')(type)
    UseGuards(guard)(type)
  }
}

@Controller('ws')
class WsController {
  @Get() @RequireAuth('read') read(): object {
    return {}
  }
}

function metadata(providers: NonNullable<ModuleMetadata['providers']>, options: object = {}): ModuleMetadata {
  return { imports: [Auth0Module.forRoot({ ...world.options, connections: {}, ...options })], providers }
}

const useWs = (app: INestApplication): void => void app.useWebSocketAdapter(new WsAdapter(app))
const useIo = (app: INestApplication): void => void app.useWebSocketAdapter(new IoAdapter(app))

/** Whether a client of `ws` is let in, or the status that it got. */
async function tryWs(port: number, headers: readonly Header[] = [], path = '/ws'): Promise<number> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers: Object.fromEntries(headers) })
  onTestFinished(() => socket.terminate())
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve(101))
    socket.once('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0))
    socket.once('error', reject)
  })
}

/** Joins a namespace of socket.io. @returns the answer of the server: its error, if it has one */
async function tryIo(
  port: number,
  headers: readonly Header[] = [],
  namespace = '/',
  transports: ('polling' | 'websocket')[] = ['polling', 'websocket'],
): Promise<unknown> {
  const options = { path: '/ws', extraHeaders: Object.fromEntries(headers), forceNew: true, reconnection: false }
  const socket = io(`http://127.0.0.1:${port}${namespace}`, { ...options, transports })
  onTestFinished(() => void socket.close())
  return new Promise((resolve) => {
    socket.once('connect', () => resolve('connected'))
    socket.once('connect_error', (error: Error & { data?: unknown; context?: { status?: number } }) =>
      resolve(error.data ?? error.context?.status ?? error.message),
    )
  })
}

/** The head of the answer to a handshake. */
async function rawHandshake(port: number, target: string, ...headers: readonly (readonly Header[])[]): Promise<string> {
  const socket = connect(port, '127.0.0.1').setEncoding('latin1')
  onTestFinished(() => void socket.destroy())
  const lines = [['Host', `127.0.0.1:${port}`] as const, ...headers.flat()].map((header) => header.join(': '))
  socket.write([`GET ${target} HTTP/1.1`, ...lines, '', ''].join('\r\n'))
  const [head] = (await once(socket, 'data')) as [string] // of its encoding
  return head
}

const HANDSHAKES: readonly (readonly [
  name: string,
  configure: (app: INestApplication) => void,
  target: string,
  headers: readonly Header[],
])[] = [
  ['ws', useWs, '/ws', UPGRADE],
  ['an upgrade of socket.io', useIo, '/ws/?EIO=4&transport=websocket', UPGRADE],
  ['polling of socket.io', useIo, '/ws/?EIO=4&transport=polling', []],
]

const servers = platforms.flatMap((platform) => HANDSHAKES.map((handshake) => [platform, ...handshake] as const))

describe.each(servers)('on %s, the handshake of %s', (platform, _name, configure, target, headers) => {
  it('is refused with the whole answer that HTTP has', async () => {
    const port = await serve(platform, metadata([gateway({ path: '/ws' })]), configure)
    const refused = async (credentials: readonly Header[]): Promise<unknown> =>
      send(port, target, [...headers, ...credentials])
    expect(await refused([])).toEqual(noCredentialsFor('read'))
    expect(await refused(await world.bearer({ scope: 'write' }))).toEqual(lacksScope('read'))
    expect(await refused(await world.bearer({ expiresIn: -600 }))).toEqual(expired)
    expect(await refused([['Authorization', 'Bearer']])).toMatchObject({ status: 400 })
  })

  it('is refused with 503 while keys cannot be had', async () => {
    const other = await createWorld()
    onTestFinished(() => other.issuer.close())
    other.issuer.fail('all', { status: 500 })
    const port = await serve(platform, metadata([gateway({ path: '/ws' })], other.options), configure)
    const answer = await send(port, target, [...headers, ...(await other.bearer({ scope: 'read' }))])
    expect(answer).toMatchObject({ status: 503, body: expect.stringContaining('NET_3001') })
  })

  it('brings the next nonce with its answer', async () => {
    const nonces = { dpop: { nonce: { secret: NONCE_SECRET } } }
    const port = await serve(platform, metadata([gateway({ path: '/ws' })], nonces), configure)
    const url = `http://127.0.0.1:${port}${target.split('?')[0]}`
    const nonce = await world.ageingNonce()
    const answer = await rawHandshake(port, target, headers, await world.dpop(url, { scope: 'read', nonce }))
    expect(answer).toMatch(/^HTTP\/1\.1 (101|200) [^]*\r\ndpop-nonce: [\w.-]+\r\n/i)
  })

  it('answers a fault with 500', async () => {
    const broken = RequireAuth({
      claims: {
        sub: () => {
          throw new Error('secret')
        },
      },
    })
    const port = await serve(platform, metadata([gateway({ path: '/ws' }, broken)]), configure)
    const answer = await send(port, target, [...headers, ...(await world.bearer())])
    expect(answer).toMatchObject({ status: 500, body: '{"statusCode":500,"message":"Internal server error"}' })
  })
})

describe('which gateways are guarded', () => {
  const everywhere = { provide: APP_GUARD, useClass: Auth0Guard }

  it.each<readonly [string, (type: Type) => void, object[], boolean]>([
    ['by APP_GUARD', () => undefined, [everywhere], true],
    ['by @UseGuards', UseGuards(Auth0Guard), [], true],
    ['not by @Public', Public('open'), [everywhere], false],
    ['not by @OptionalAuth, where nobody says who he is', OptionalAuth(), [], false],
    ['not without a guard', () => undefined, [], false],
  ])('%s', async (_how, decorate, providers, guarded) => {
    const port = await serve('Express', metadata([gateway({ path: '/ws' }, decorate), ...(providers as [])]), useWs)
    expect(await tryWs(port)).toBe(guarded ? 401 : 101)
  })

  it('by useGlobalGuards', async () => {
    const port = await serve('Express', metadata([gateway({ path: '/ws' }, () => undefined)]), (app) => {
      useWs(app)
      app.useGlobalGuards(app.get(Auth0Guard))
    })
    expect(await send(port, '/ws', UPGRADE)).toEqual(noCredentials)
  })

  it('not by a guard with another resource server, whose word counts for messages all the same', async () => {
    const other = await createWorld()
    onTestFinished(() => other.issuer.close())
    const guard = new Auth0Guard(createResourceServer(other.options))
    const gateways = [gateway({ path: '/ws' }, UseGuards(guard)), gateway({ path: '/both' }, both(guard))]
    const port = await serve('Express', metadata(gateways), useWs)
    expect(await tryWs(port)).toBe(101)
    const socket = new WebSocket(`ws://127.0.0.1:${port}/both`, {
      headers: Object.fromEntries(await world.bearer({ scope: 'read' })),
    })
    onTestFinished(() => socket.terminate())
    await once(socket, 'open')
    socket.send(JSON.stringify({ event: 'me' }))
    let refused: unknown
    for await (const [message] of on(socket, 'message')) {
      const { event, data } = JSON.parse(String(message)) as { event: string; data: unknown } // as Nest writes it
      expect(event).not.toBe('reply')
      refused = data
      if (event === 'exception') break
    }
    expect(refused).toMatchObject({ code: 'AUTH_1002' })
  })

  it('not without the option connections', async () => {
    const port = await serve('Express', metadata([gateway({ path: '/ws' })], { connections: undefined }), useWs)
    expect(await tryWs(port)).toBe(101)
  })

  it('not where a test has replaced the guard', async () => {
    @Injectable()
    class Everybody implements CanActivate {
      canActivate(): boolean {
        return true
      }
    }
    const { Test } = await import('@nestjs/testing')
    const { imports = [], providers = [] } = metadata([gateway({ path: '/ws' })])
    const builder = Test.createTestingModule({ imports, providers }).overrideGuard(Auth0Guard)
    const app = (await builder.useClass(Everybody).compile()).createNestApplication()
    onTestFinished(() => app.close())
    useWs(app)
    await app.listen(0, '127.0.0.1')
    expect(await tryWs(Number(new URL(await app.getUrl()).port))).toBe(101)
  })

  it.each([
    ['not where the guard wants credentials in each message', true, 101],
    ['where the guard looks elsewhere for other calls only', false, 401],
  ])('%s', async (_how, inMessages, status) => {
    @Injectable()
    class MessageGuard extends Auth0Guard {
      override getRequest(context: ExecutionContext): CredentialsRequest | undefined {
        if (!inMessages) return super.getRequest(context)
        return { headers: { authorization: context.switchToWs().getData<{ token: string }>().token } }
      }
    }
    const providers = [gateway({ path: '/ws' }, () => undefined), { provide: APP_GUARD, useClass: MessageGuard }]
    expect(await tryWs(await serve('Express', metadata(providers), useWs))).toBe(status)
  })

  it.each([
    ['a path', '/ws'],
    ['no path', undefined],
  ])('with a port of its own, and %s', async (_what, path) => {
    const port = await freePort()
    await serve('Express', metadata([gateway(path === undefined ? {} : { path }, RequireAuth('read'), port)]), useWs)
    expect(await send(port, '/ws', UPGRADE)).toEqual(noCredentialsFor('read'))
  })

  it('with a port of its own, of socket.io', async () => {
    const port = await freePort()
    await serve('Express', metadata([gateway({ path: '/ws' }, RequireAuth('read'), port)]), useIo)
    expect(await send(port, '/ws/?EIO=4&transport=polling')).toEqual(noCredentialsFor('read'))
    expect(await send(port, '/ws/?EIO=4&transport=websocket', UPGRADE)).toEqual(noCredentialsFor('read'))
  })
})

describe('several gateways', () => {
  it('on a server of their own are judged each by itself', async () => {
    const gateways = [gateway({ path: '/ws' }), gateway({ path: '/open' }, Public('open'))]
    const port = await serve('Express', metadata(gateways), useWs)
    expect([await tryWs(port), await tryWs(port, [], '/open')]).toEqual([401, 101])
  })

  it('that share a server let in whom one of them lets in', async () => {
    const gateways = [gateway({ path: '/ws' }), gateway({ path: '/ws' }, RequireAuth('write'))]
    const port = await serve('Express', metadata(gateways), useWs)
    expect([await tryWs(port), await tryWs(port, await world.bearer({ scope: 'other' }))]).toEqual([401, 403])
    const open = await serve('Express', metadata([gateway({ path: '/ws' }), gateway({ path: '/ws' }, Public())]), useWs)
    expect(await tryWs(open)).toBe(101)
  })

  it('of namespaces are judged by the handshake, and when they are joined', async () => {
    const gateways = [
      gateway({ path: '/ws', namespace: 'read' }),
      gateway({ path: '/ws', namespace: 'open' }, Public('open')),
    ]
    const port = await serve('Express', metadata(gateways), useIo)
    expect(await tryIo(port, [], '/open')).toBe('connected')
    expect(await tryIo(port, [], '/read')).toMatchObject({ code: 'AUTH_1003', correlation_id: expect.any(String) })
    expect(await tryIo(port, await world.bearer({ scope: 'write' }), '/read')).toMatchObject({ code: 'AUTH_1005' })
  })
})

describe('what is no handshake of a guarded gateway', () => {
  it('is left to those whose it is', async () => {
    const declared = { ...metadata([gateway({ path: '/ws' })]), controllers: [WsController] }
    const port = await serve('Express', declared, useWs)
    expect(await send(port, '/ws', await world.bearer({ scope: 'read' }))).toMatchObject({ status: 200 })
    await expect(tryWs(port, [], '/elsewhere')).rejects.toThrow('socket hang up')
  })

  it('is left to engine.io: preflights, and sessions that it does not know', async () => {
    const cors = { origin: 'https://app.test', credentials: true }
    const port = await serve('Express', metadata([gateway({ path: '/ws', cors })]), useIo)
    const target = '/ws/?EIO=4&transport=polling'
    expect(await send(port, target, [['Origin', cors.origin]], 'OPTIONS')).toMatchObject({ status: 204 })
    expect(await send(port, `${target}&sid=unknown`)).toMatchObject({ status: 400 })
    // A page may read why it is refused.
    const refused = await send(port, target, [['Origin', cors.origin]])
    expect(refused).toMatchObject({ status: 401, body: expect.stringContaining('AUTH_1003') })
    expect(refused.headers).toContain(`access-control-allow-origin: ${cors.origin}`)
  })

  it.each(['&sid=', '&sid=unknown&sid='])('no %s in the query makes it one', async (query) => {
    const port = await serve('Express', metadata([gateway({ path: '/ws' })]), useIo)
    expect(await send(port, `/ws/?EIO=4&transport=polling${query}`)).toMatchObject({ status: 401 })
    expect(await send(port, `/ws/?EIO=4&transport=websocket${query}`, UPGRADE)).toMatchObject({ status: 401 })
  })
})

describe.each(HANDSHAKES.slice(0, 2))('hostile clients of %s', (_name, configure, target, headers) => {
  it('get their answer while they still send, and their connection is ended', async () => {
    const port = await serve('Express', metadata([gateway({ path: '/ws' })]), configure)
    const socket = connect(port, '127.0.0.1').setEncoding('latin1')
    const lines = [...headers, ['Host', 'api.test'] as const].map((header) => header.join(': '))
    socket.on('error', () => undefined)
    socket.write([`GET ${target} HTTP/1.1`, ...lines, 'Connection: close', '', 'x'.repeat(100_000)].join('\r\n'))
    let received = ''
    socket.on('data', (chunk: string) => (received += chunk))
    await once(socket, 'close')
    expect(received).toMatch(/^HTTP\/1\.1 401 [^]*AUTH_1003/)
  })
})
