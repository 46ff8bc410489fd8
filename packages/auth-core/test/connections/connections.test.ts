import { createTestIssuer, createTestKey } from '@acme/auth-testing'
import { describe, expect, it, vi } from 'vitest'

import { memoryRevocations } from '../../src/index.js'
import type { AuthConnection, AuthEvent, AuthOptions, ConnectionEvent, RevocationSource } from '../../src/index.js'
import type { ResourceServer } from '../../src/resource-server-types.js'
import { accepted, AUDIENCE, bearer, createWorld, errorOf, request } from '../support.js'

const world = await createWorld()
const other = await createTestIssuer({
  issuer: 'https://other.test/',
  algorithm: 'ES256',
  audience: AUDIENCE,
  now: world.clock.now,
})
const key = await createTestKey('ES256')

const eventually = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 5000 })

interface Opened {
  readonly connection: AuthConnection
  /** What the client was told, and `close` with its code and reason. */
  readonly told: unknown[]
}

/** A resource server, and the events of its connections. */
function serving(options: Partial<AuthOptions> = {}): { server: ResourceServer; events: ConnectionEvent[] } {
  const events: ConnectionEvent[] = []
  const onEvent = (event: AuthEvent): unknown => event.type === 'connection' && events.push(event)
  return { server: world.serve({ connections: {}, onEvent, ...options }), events }
}

async function open(server: ResourceServer, token: string, wanted = server.requirements()): Promise<Opened> {
  const handshake = bearer(token, { target: '/ws' })
  accepted(await server.authenticate(handshake, wanted))
  const told: unknown[] = []
  const connection = server.connection(handshake, {
    send: (event, data) => told.push([event, data]),
    close: (code, reason) => told.push(['close', code, reason]),
  })
  return { connection, told }
}

const EXPIRED = [
  [
    'auth0.closing',
    {
      error: 'invalid_token',
      error_description: 'The access token expired',
      code: 'AUTH_1001',
      correlation_id: expect.any(String) as unknown,
    },
  ],
  ['close', 1008, 'AUTH_1001'],
]

describe('a connection', () => {
  it('tells its lifetime, and is closed when its token expires', async () => {
    const { server, events } = serving()
    const { connection, told } = await open(server, await world.issuer.accessToken({ expiresIn: 60 }))
    expect(connection.auth?.subject).toBe('user-1')
    expect(told).toEqual([['auth0.opened', { expires_in: 60 }]])
    world.clock.advance(60)
    await eventually(() => expect(told.slice(1)).toEqual(EXPIRED))
    expect(events.map(({ transition, open: count, reason }) => [transition, count, reason])).toEqual([
      ['opened', 1, undefined],
      ['expired', 0, 'token_expired'],
    ])
    expect((await errorOf(async () => connection.renew({ token: await world.issuer.accessToken() }))).detail).toBe(
      'the connection is closed',
    )
  })

  it('lives as long as maxTokenAge lets it', async () => {
    const { server } = serving({ maxTokenAge: 20 })
    const { told } = await open(server, await world.issuer.accessToken({ expiresIn: 60 }))
    expect(told).toEqual([['auth0.opened', { expires_in: 20 }]])
  })

  it('is let in by the tolerance for no longer than that', async () => {
    const { server } = serving()
    const token = await world.issuer.accessToken({ expiresIn: 10 })
    world.clock.advance(12)
    const { told } = await open(server, token)
    expect(told).toEqual([['auth0.opened', { expires_in: 3 }]])
  })

  it('is told of nothing any more once it is closed', async () => {
    const { server, events } = serving()
    const { connection, told } = await open(server, await world.issuer.accessToken({ expiresIn: 10 }))
    connection.closed()
    connection.closed()
    world.clock.advance(11)
    const { told: other } = await open(server, await world.issuer.accessToken({ expiresIn: 1 }))
    world.clock.advance(1)
    await eventually(() => expect(other).toHaveLength(3))
    expect(told).toHaveLength(1)
    expect(events.map(({ transition }) => transition)).toEqual(['opened', 'closed', 'opened', 'expired'])
  })

  it('survives a transport that throws', async () => {
    const { server } = serving()
    const handshake = bearer(await world.issuer.accessToken({ expiresIn: 10 }))
    accepted(await server.authenticate(handshake))
    let closes = 0
    server.connection(handshake, {
      send: () => {
        throw new Error('gone')
      },
      close: () => {
        closes += 1
        throw new Error('gone')
      },
    })
    world.clock.advance(10)
    await eventually(() => expect(closes).toBe(1))
  })

  it('survives a transport that rejects', async () => {
    const { server } = serving()
    const handshake = bearer(await world.issuer.accessToken({ expiresIn: 10 }))
    accepted(await server.authenticate(handshake))
    let closes = 0
    // The process would end here.
    server.connection(handshake, {
      send: () => Promise.reject(new Error('gone')),
      close: () => {
        closes += 1
        return Promise.reject(new Error('gone'))
      },
    })
    world.clock.advance(10)
    await eventually(() => expect(closes).toBe(1))
  })

  it('of nobody is kept too, and can do nothing', async () => {
    const { server, events } = serving()
    const handshake = request({ target: '/ws' })
    await server.authenticate(handshake, server.optional())
    const told: unknown[] = []
    const connection = server.connection(handshake, {
      send: (...all) => told.push(all),
      close: () => told.push('close'),
    })
    expect([connection.auth, told]).toEqual([null, []])
    expect((await errorOf(() => connection.require('read:messages'))).reason).toBe('credentials_missing')
    connection.closed()
    expect(events.map(({ transition }) => transition)).toEqual(['opened', 'closed'])
  })

  it('needs a request that a guard has let through', async () => {
    const { server } = serving()
    const transport = { send: () => undefined, close: () => undefined }
    expect(() => server.connection(request(), transport)).toThrow(
      'that a guard of this resource server has let through',
    )
    const refusedOne = bearer('x')
    await server.authenticate(refusedOne)
    expect(() => server.connection(refusedOne, transport)).toThrow('has let through')
  })
})

describe('revocation', () => {
  it('closes the connections that it is about, and no others', async () => {
    const revocations = memoryRevocations({ now: world.clock.now })
    const { server, events } = serving({ revocation: revocations })
    const token = await world.issuer.accessToken({ claims: { sid: 'a' } })
    const [first, second] = [
      await open(server, token),
      await open(server, await world.issuer.accessToken({ claims: { sid: 'b' } })),
    ]
    const { told: other } = await open(server, await world.issuer.accessToken({ claims: { sub: 'user-2' } }))
    world.clock.advance(1)
    await revocations.revoke({ sessionId: 'a' })
    await eventually(() => expect(first.told).toHaveLength(3))
    expect(first.told[2]).toEqual(['close', 1008, 'AUTH_1018'])
    expect(second.told).toHaveLength(1)
    await revocations.revoke({ subject: 'user-1' })
    await eventually(() => expect(second.told).toHaveLength(3))
    expect(other).toHaveLength(1)
    expect(events.filter(({ transition }) => transition === 'revoked').map(({ reason }) => reason)).toEqual([
      'token_revoked',
      'token_revoked',
    ])
  })

  it('by a source that tells nothing is found out by asking again', async () => {
    let revoked = false
    const { server } = serving({
      revocation: { name: 'test', check: () => Promise.resolve(revoked) },
      connections: { recheckInterval: 10 },
    })
    const { told } = await open(server, await world.issuer.accessToken())
    revoked = true
    world.clock.advance(11)
    await eventually(() => expect(told).toHaveLength(3))
  })

  it('of an opaque token is found out by asking its issuer again', async () => {
    let active = true
    const exp = world.clock.now() + 3600
    const introspect = (): Promise<unknown> =>
      Promise.resolve(
        active
          ? { active, aud: AUDIENCE, iss: world.issuer.issuer, sub: 'user-1', exp, token_type: 'Bearer' }
          : { active },
      )
    const { server } = serving({ opaqueTokens: { introspect }, connections: { recheckInterval: 10 } })
    const { told } = await open(server, 'opaque-token')
    world.clock.advance(11)
    active = false
    await eventually(() => expect(told).toHaveLength(3))
  })

  it('of a key that was dropped closes what was opened by it', async () => {
    const { server } = serving()
    const token = await world.issuer.accessToken()
    const { told } = await open(server, token)
    await world.issuer.rotateKey({ keepPrevious: false })
    server.invalidate()
    server.invalidate('https://unknown.example.com/', { drop: true })
    server.invalidate(undefined, { drop: true })
    await eventually(() => expect(told[2]).toEqual(['close', 1008, 'AUTH_1002']))
  })

  it('that cannot be told of ends nothing until it can', async () => {
    let state: 'up' | 'down' | 'revoked' = 'up'
    const listeners: Parameters<NonNullable<RevocationSource['subscribe']>>[0][] = []
    const source: RevocationSource = {
      name: 'test',
      check() {
        if (state === 'down') throw new Error('down')
        return state === 'revoked'
      },
      subscribe: (listener) => {
        listeners.push(listener)
        return () => undefined
      },
    }
    const { server } = serving({ revocation: source })
    const { told, connection } = await open(server, await world.issuer.accessToken())
    state = 'down'
    listeners[0]?.revoked({})
    expect((await errorOf(() => connection.require())).reason).toBe('revocation_unavailable')
    expect(told).toHaveLength(1)
    state = 'revoked'
    await eventually(() => expect(told).toHaveLength(3))
  })
})

describe('a renewal', () => {
  it('takes over a newer token, in time', async () => {
    const { server, events } = serving()
    const { connection, told } = await open(
      server,
      await world.issuer.accessToken({ expiresIn: 10 }),
      server.requirements(),
    )
    expect((await errorOf(() => connection.require('write:x'))).reason).toBe('scope_missing')
    const auth = await connection.renew({ token: await world.issuer.accessToken({ scope: 'write:x', expiresIn: 100 }) })
    expect(auth).toBe(connection.auth)
    expect((await connection.require('write:x')).scopes).toEqual(['write:x'])
    world.clock.advance(50)
    const { told: other } = await open(server, await world.issuer.accessToken({ expiresIn: 1 }))
    world.clock.advance(1)
    await eventually(() => expect(other).toHaveLength(3))
    expect(told).toHaveLength(1)
    world.clock.advance(49)
    await eventually(() => expect(told.slice(1)).toEqual(EXPIRED))
    expect(events.map(({ transition }) => transition)).toContain('renewed')
  })

  it('by ticket carries a proof that was shown elsewhere', async () => {
    const { server } = serving({ dpop: { mode: 'required' } })
    const handshake = await world.dpopRequest({ url: 'https://api.test/ws' }, { target: '/ws' })
    accepted(await server.authenticate(handshake))
    const connection = server.connection(handshake, { send: () => undefined, close: () => undefined })
    const seller = accepted(await server.authenticate(await world.dpopRequest()))
    const { ticket } = await server.issueTicket(seller, { path: '/ws', origin: undefined })
    expect((await connection.renew({ ticket })).thumbprint).toBe(world.key.thumbprint)
    expect((await errorOf(() => connection.renew({ ticket }))).reason).toBe('ticket_invalid')
    expect((await errorOf(async () => connection.renew({ token: await world.issuer.accessToken() }))).reason).toBe(
      'dpop_required',
    )
  })

  it.each<[string, () => Promise<string>, string]>([
    ['another subject', () => world.issuer.accessToken({ claims: { sub: 'user-2' } }), 'renewal_mismatch'],
    ['another client', () => world.issuer.accessToken({ claims: { client_id: 'client-2' } }), 'renewal_mismatch'],
    ['another actor', () => world.issuer.accessToken({ claims: { act: { sub: 'robot' } } }), 'renewal_mismatch'],
    ['another issuer', () => other.accessToken(), 'renewal_mismatch'],
    ['a key', () => world.issuer.accessToken({ jkt: key.thumbprint }), 'token_bound'],
    ['too few scopes', () => world.issuer.accessToken({ scope: 'other' }), 'scope_missing'],
    ['an end in the past', () => world.issuer.accessToken({ expiresIn: -60 }), 'token_expired'],
    ['no signature', async () => 'a.b.c', 'token_invalid'],
    ['nothing', async () => '', 'credentials_malformed'],
  ])('by a token with %s is refused, and changes nothing', async (_, make, reason) => {
    const fetch: typeof globalThis.fetch = (input, init) =>
      String(input instanceof Request ? input.url : input).startsWith('https://other.test/')
        ? other.fetch(input, init)
        : world.issuer.fetch(input, init)
    const { server, events } = serving({ issuers: [world.issuer.issuer, other.issuer], fetch })
    const { connection, told } = await open(
      server,
      await world.issuer.accessToken({ scope: 'read:x' }),
      server.requirements('read:x'),
    )
    const before = connection.auth
    const error = await errorOf(async () => connection.renew({ token: await make() }))
    expect(error.reason === reason || (reason === 'credentials_malformed' && error.status === 400)).toBe(true)
    expect(connection.auth).toBe(before)
    expect(told).toHaveLength(1)
    expect(events.at(-1)?.transition).toBe('refused')
  })

  it.each<[string, object]>([
    ['nothing', {}],
    ['both', { token: 'a', ticket: 'b' }],
    ['a number', { token: 5 }],
    ['a list', { ticket: ['a'] }],
  ])('with %s is malformed', async (_, credentials) => {
    const { server } = serving()
    const { connection } = await open(server, await world.issuer.accessToken())
    expect((await errorOf(() => connection.renew(credentials))).reason).toBe('credentials_malformed')
  })

  it('is one at a time', async () => {
    const { server } = serving()
    const { connection } = await open(server, await world.issuer.accessToken())
    const token = await world.issuer.accessToken()
    const both = await Promise.allSettled([connection.renew({ token }), connection.renew({ token })])
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
  })

  it('that has begun in time keeps the connection', async () => {
    let answer: ((revoked: boolean) => void) | undefined
    let asks = 0
    const check = (): Promise<boolean> | boolean =>
      ++asks === 1 ? false : new Promise<boolean>((resolve) => (answer = resolve))
    const { server } = serving({ revocation: { name: 'slow', check, timeout: 30 } })
    const { connection, told } = await open(server, await world.issuer.accessToken({ expiresIn: 10 }))
    const renewal = connection.renew({ token: await world.issuer.accessToken({ expiresIn: 100 }) })
    await eventually(() => expect(answer).toBeTypeOf('function'))
    world.clock.advance(11)
    const { server: another } = serving()
    const { told: marker } = await open(another, await world.issuer.accessToken({ expiresIn: 1 }))
    world.clock.advance(1)
    await eventually(() => expect(marker).toHaveLength(3))
    answer?.(false)
    await renewal
    expect(told).toHaveLength(1)
  })
})

describe('a message of the client', () => {
  it.each<[string, (text: string) => unknown]>([
    ['text', (text) => text],
    ['bytes', (text) => Buffer.from(text)],
    ['an ArrayBuffer', (text) => new TextEncoder().encode(text).buffer],
    ['an object', (text) => JSON.parse(text) as unknown],
  ])('renews as %s, and is answered', async (_, form) => {
    const { server } = serving()
    const { connection, told } = await open(server, await world.issuer.accessToken({ expiresIn: 10 }))
    const data = { token: await world.issuer.accessToken({ expiresIn: 100 }) }
    expect(connection.receive(form(JSON.stringify({ event: 'auth0.renew', data })))).toBe(true)
    await eventually(() => expect(told.slice(1)).toEqual([['auth0.renewed', { expires_in: 100 }]]))
    expect(connection.receive(form(JSON.stringify({ event: 'auth0.renew' })))).toBe(true)
    await eventually(() =>
      expect(told.slice(2)).toEqual([
        ['auth0.refused', expect.objectContaining({ code: 'VAL_2001', error: 'invalid_request' })],
      ]),
    )
  })

  it.each<[string, unknown]>([
    ['text', 'hello'],
    ['JSON', '{"event":"chat","data":"auth0.renew"}'],
    ['broken JSON', '{"event":"auth0.renew"'],
    ['a list', '["auth0.renew"]'],
    ['long', `{"event":"auth0.renew","data":"${'x'.repeat(30_000)}"}`],
    ['bytes', Buffer.from([0xff, 0xfe])],
    ['nothing', undefined],
    ['null', null],
    ['a number', 5],
  ])('that is %s is the application’s', async (_, message) => {
    const { server } = serving()
    const { connection, told } = await open(server, await world.issuer.accessToken())
    expect(connection.receive(message)).toBe(false)
    expect(told).toHaveLength(1)
  })
})
