import { once } from 'node:events'
import { connect as connectTo } from 'node:net'

import { ApolloDriver } from '@nestjs/apollo'
import type { ApolloDriverConfig } from '@nestjs/apollo'
import type { DynamicModule } from '@nestjs/common'
import { GraphQLModule, Query, Resolver, Subscription } from '@nestjs/graphql'
import { MercuriusDriver } from '@nestjs/mercurius'
import type { MercuriusDriverConfig } from '@nestjs/mercurius'
import { createWorld } from '@acme/tests-adapters'
import type { Header, World } from '@acme/tests-adapters'
import { createClient } from 'graphql-ws'
import type { Client } from 'graphql-ws'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { WebSocket } from 'ws'

import { Auth, Auth0Connections, Auth0Module, Connection, optional, Public, RequireAuth } from '../../src/index.js'
import type { AuthConnection, AuthContext, RequirementArguments, RevocationListener } from '../../src/index.js'
import { serve } from '../serve.js'
import type { Platform } from '../serve.js'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.issuer.close())

let asks = 0

@Resolver()
class TestResolver {
  @Query(() => String) @Public() open(): string {
    return 'open'
  }
  @Subscription(() => String) @RequireAuth('read') async *read(@Auth() auth: AuthContext): AsyncGenerator<object> {
    yield { read: auth.subject }
    await forever()
  }
  @Subscription(() => String) @Public() async *asked(
    @Connection() connection?: AuthConnection,
  ): AsyncGenerator<object> {
    asks += 1
    const auth = await connection?.require('read')
    yield { asked: auth?.subject ?? 'nobody' }
    await forever()
  }
}

function forever(): Promise<never> {
  return new Promise(() => undefined)
}

const apollo = (wanted: Wanted): DynamicModule =>
  GraphQLModule.forRootAsync<ApolloDriverConfig>({
    driver: ApolloDriver,
    inject: [Auth0Connections],
    useFactory: (connections: Auth0Connections) => ({
      autoSchemaFile: true,
      path: '/graphql',
      subscriptions: { 'graphql-ws': connections.graphqlWs(...wanted) },
    }),
  })

const mercurius = (wanted: Wanted): DynamicModule =>
  GraphQLModule.forRootAsync<MercuriusDriverConfig>({
    driver: MercuriusDriver,
    inject: [Auth0Connections],
    useFactory: (connections: Auth0Connections) => ({
      autoSchemaFile: true,
      path: '/graphql',
      subscription: connections.mercurius(...wanted),
    }),
  })

type Wanted = RequirementArguments
const ANY: Wanted = []

const servers: readonly (readonly [string, Platform, typeof apollo])[] = [
  ['Apollo on Express', 'Express', apollo],
  ['Apollo on Fastify', 'Fastify', apollo],
  ['mercurius', 'Fastify', mercurius],
]

class Revocations {
  readonly name = 'test'
  #isRevoked = false
  #listener: RevocationListener | undefined

  check(): boolean {
    return this.#isRevoked
  }
  subscribe(listener: RevocationListener): () => void {
    this.#listener = listener
    return () => undefined
  }
  revoke(): void {
    this.#isRevoked = true
    this.#listener?.revoked({})
  }
}

async function start(
  [platform, driver]: readonly [Platform, typeof apollo],
  wanted: Wanted = ANY,
  options: object = {},
): Promise<number> {
  const imports = [Auth0Module.forRoot({ ...world.options, connections: {}, ...options }), driver(wanted)]
  return serve(platform, { imports, providers: [TestResolver] })
}

/** The code, and the correlation id by which the operator finds the trace: clients get no message of ours. */
const withId = (code: string): unknown => expect.stringMatching(new RegExp(`^${code}\\w* [\\w.:-]{1,113}$`))

const LACKS = { errors: [{ message: expect.stringContaining('scope') as string }] }

interface Shown {
  readonly headers?: readonly Header[]
  readonly protocols?: readonly string[]
  readonly query?: string
  readonly parameters?: Record<string, unknown>
}

interface Outcome {
  readonly client: Client
  /** With what the socket was closed. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>
}

function connect(port: number, { headers = [], protocols = [], query = '', parameters }: Shown): Outcome {
  class Socket extends WebSocket {
    constructor(url: string, protocol: string) {
      super(url, [protocol, ...protocols], { headers: Object.fromEntries(headers) })
    }
  }
  let close: (event: { code: number; reason: string }) => void = () => undefined
  const closed = new Promise<{ code: number; reason: string }>((resolve) => (close = resolve))
  const client = createClient({
    url: `ws://127.0.0.1:${port}/graphql${query}`,
    webSocketImpl: Socket,
    retryAttempts: 0,
    ...(parameters !== undefined && { connectionParams: parameters }),
    on: { closed: (event) => close(event as { code: number; reason: string }) }, // of `ws`
  })
  onTestFinished(() => void client.dispose())
  return { client, closed }
}

/** The first answer to a subscription, or the errors that it is refused with. */
async function first({ client }: Outcome, name: string): Promise<unknown> {
  const events = client.iterate({ query: `subscription { ${name} }` })
  try {
    const { value } = await events.next()
    return value as unknown
  } catch (error) {
    if (Array.isArray(error)) return { errors: error as unknown[] }
    throw error
  }
}

const authorization = async (token: Parameters<World['bearer']>[0]): Promise<string> =>
  (await world.bearer(token))[0]?.[1] ?? ''

function handshake(token: string): string {
  const lines = [
    'GET /graphql HTTP/1.1',
    'Host: api.test',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Protocol: graphql-transport-ws',
    `Authorization: ${token}`,
  ]
  return [...lines, '', ''].join('\r\n')
}

/** A text from a client, shorter than 126 bytes, its mask being zero (RFC 6455 §5.2). */
function frame(message: object): Buffer {
  const text = Buffer.from(JSON.stringify(message))
  return Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), text])
}

describe.each(servers)('subscriptions, on %s', (_name, platform, driver) => {
  const on = [platform, driver] as const
  const parameters = driver === apollo

  it('are of whom the handshake tells', async () => {
    const port = await start(on)
    const read = { data: { read: 'user-1' } }
    expect(await first(connect(port, { headers: await world.bearer({ scope: 'read' }) }), 'read')).toEqual(read)
    const [, token = ''] = (await authorization({ scope: 'read' })).split(' ')
    expect(await first(connect(port, { protocols: ['auth0-token', token] }), 'read')).toEqual(read)
    const headers = await world.dpop(`http://127.0.0.1:${port}/graphql`, { scope: 'read' })
    expect(await first(connect(port, { headers }), 'read')).toEqual(read)
    expect(await first(connect(port, { headers: await world.bearer({ scope: 'read' }) }), 'asked')).toEqual({
      data: { asked: 'user-1' },
    })
  })

  it('are refused by their own requirements, and the connection lives on', async () => {
    const outcome = connect(await start(on), { headers: await world.bearer({ scope: 'other' }) })
    expect(await first(outcome, 'read')).toMatchObject(LACKS)
    expect(await first(outcome, 'asked')).toMatchObject(LACKS)
  })

  it.each<readonly [string, () => Promise<Shown>, string]>([
    ['without a token', async () => ({}), 'AUTH_1003'],
    ['with an expired token', async () => ({ headers: await world.bearer({ expiresIn: -600 }) }), 'AUTH_1001'],
    ['with a ticket of nobody', async () => ({ query: '?auth0_ticket=x' }), 'AUTH_1019'],
  ])('are not connected %s', async (_what, shown, reason) => {
    const outcome = connect(await start(on), await shown())
    first(outcome, 'read').catch(() => undefined)
    expect(await outcome.closed).toMatchObject({ code: 4403, reason: withId(reason) })
  })

  it('are not connected where requirements of all are not met', async () => {
    const outcome = connect(await start(on, ['write']), { headers: await world.bearer({ scope: 'read' }) })
    first(outcome, 'read').catch(() => undefined)
    expect(await outcome.closed).toMatchObject({ code: 4403, reason: withId('AUTH_1005') })
  })

  it('are closed as something to be tried again while keys cannot be had', async () => {
    const other = await createWorld()
    onTestFinished(() => other.issuer.close())
    other.issuer.fail('all', { status: 500 })
    const outcome = connect(await start(on, ANY, other.options), { headers: await other.bearer() })
    first(outcome, 'read').catch(() => undefined)
    expect(await outcome.closed).toMatchObject({ code: 1013, reason: withId('NET_3001') })
  })

  it('may be anonymous', async () => {
    const outcome = connect(await start(on, [optional()]), {})
    expect(await first(outcome, 'read')).toMatchObject({ errors: [{}] })
  })

  it('end when the token expires', async () => {
    const port = await start(on, ANY, { clockTolerance: 0 })
    const outcome = connect(port, { headers: await world.bearer({ scope: 'read', expiresIn: 2 }) })
    expect(await first(outcome, 'read')).toMatchObject({ data: {} })
    expect(await outcome.closed).toMatchObject({ code: 4403, reason: withId('AUTH_1001') })
  })

  it('are told no correlation id for which a close has no room', async () => {
    const outcome = connect(await start(on, ANY, { correlationId: () => 'x'.repeat(128) }), {})
    first(outcome, 'read').catch(() => undefined)
    expect(await outcome.closed).toMatchObject({ code: 4403, reason: 'AUTH_1003' })
  })

  it('end when the token is revoked', async () => {
    const revocation = new Revocations()
    const port = await start(on, ANY, { revocation })
    const outcome = connect(port, { headers: await world.bearer({ scope: 'read' }) })
    expect(await first(outcome, 'read')).toMatchObject({ data: {} })
    revocation.revoke()
    expect(await outcome.closed).toMatchObject({ code: 4403, reason: withId('AUTH_1018') })
  })

  it('carry out nothing for a client that was closed, and does not go', async () => {
    const revocation = new Revocations()
    const port = await start(on, ANY, { revocation })
    const [[, token = ''] = []] = await world.bearer({ scope: 'read' })
    const socket = connectTo(port, '127.0.0.1')
    let received = ''
    socket.on('data', (data) => (received += data.toString('latin1')))
    const closed = once(socket, 'close')
    socket.write(handshake(token))
    const before = asks
    socket.write(frame({ type: 'connection_init' }))
    await vi.waitFor(() => expect(received).toContain('connection_ack'))
    socket.write(frame({ type: 'subscribe', id: '1', payload: { query: 'subscription { asked }' } }))
    await vi.waitFor(() => expect(received).toContain('user-1'))
    revocation.revoke()
    await vi.waitFor(() => expect(received).toContain('AUTH_1018'))
    socket.write(frame({ type: 'subscribe', id: '2', payload: { query: 'subscription { asked }' } }))
    const closing = performance.now()
    await closed
    expect(performance.now() - closing).toBeLessThan(4000)
    expect(asks - before).toBe(1)
  })

  it.each<readonly [string, () => Promise<Record<string, unknown>>]>([
    ['in lower case', async () => ({ authorization: await authorization({ scope: 'read' }) })],
    ['as the header has it', async () => ({ Authorization: await authorization({ scope: 'read' }) })],
  ])('are of whom connectionParams tell, %s, where the server can', async (_how, make) => {
    const outcome = connect(await start(on), { parameters: await make() })
    const answered = first(outcome, 'read').catch(() => 'refused')
    expect(await answered).toEqual(parameters ? { data: { read: 'user-1' } } : 'refused')
  })
})

describe('connectionParams that are refused', () => {
  it.each<readonly [string, (token: string) => Shown, string]>([
    ['no text', () => ({ parameters: { authorization: ['Bearer'] } }), 'VAL_2001'],
    ['no Bearer token', (token) => ({ parameters: { authorization: token.replace('Bearer', 'DPoP') } }), 'VAL_2001'],
    ['a token alone', (token) => ({ parameters: { authorization: token.slice(7) } }), 'VAL_2001'],
    ['two tokens', (token) => ({ parameters: { authorization: token, Authorization: token } }), 'VAL_2002'],
    [
      'beside the header',
      (token) => ({ headers: [['Authorization', token]], parameters: { authorization: token } }),
      'VAL_2002',
    ],
    ['beside a ticket', (token) => ({ query: '?auth0_ticket=x', parameters: { authorization: token } }), 'VAL_'],
  ])('%s', async (_what, shown, reason) => {
    const outcome = connect(await start(['Express', apollo]), shown(await authorization({ scope: 'read' })))
    first(outcome, 'read').catch(() => undefined)
    expect(await outcome.closed).toMatchObject({ code: 4403, reason: withId(reason) })
  })
})
