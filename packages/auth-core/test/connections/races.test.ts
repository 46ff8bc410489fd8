import { describe, expect, it, vi } from 'vitest'

import { memoryRevocations } from '../../src/index.js'
import type {
  AuthConnection,
  AuthEvent,
  AuthOptions,
  ConnectionEvent,
  RevocationListener,
  RevocationSource,
} from '../../src/index.js'
import type { ResourceServer } from '../../src/resource-server-types.js'
import { accepted, bearer, createWorld, errorOf } from '../support.js'

const world = await createWorld()
const eventually = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 5000 })
/** What is settled by then has been told. */
const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0))

interface Opened {
  readonly connection: AuthConnection
  /** What the client was told, and `close` with its code and reason. */
  readonly told: unknown[]
}

function serving(options: Partial<AuthOptions> = {}): { server: ResourceServer; events: ConnectionEvent[] } {
  const events: ConnectionEvent[] = []
  const onEvent = (event: AuthEvent): unknown => event.type === 'connection' && events.push(event)
  return { server: world.serve({ connections: {}, onEvent, ...options }), events }
}

function opened(server: ResourceServer, handshake: ReturnType<typeof bearer>): Opened {
  const told: unknown[] = []
  const connection = server.connection(handshake, {
    send: (event, data) => told.push([event, data]),
    close: (code, reason) => told.push(['close', code, reason]),
  })
  return { connection, told }
}

async function open(server: ResourceServer, token: string, wanted = server.requirements()): Promise<Opened> {
  const handshake = bearer(token, { target: '/ws' })
  accepted(await server.authenticate(handshake, wanted))
  return opened(server, handshake)
}

/** A second later, when a resource server has looked at its connections. */
async function second(server: ResourceServer): Promise<void> {
  const { told } = await open(server, await world.issuer.accessToken({ expiresIn: 1, claims: { jti: 'marker' } }))
  world.clock.advance(1)
  await eventually(() => expect(told).toHaveLength(3))
}

/** A source that tells; and those that it tells. */
function telling(check: RevocationSource['check']): { source: RevocationSource; listeners: RevocationListener[] } {
  const listeners: RevocationListener[] = []
  const subscribe = (listener: RevocationListener): (() => void) => {
    listeners.push(listener)
    return () => undefined
  }
  return { listeners, source: { name: 'test', check, timeout: 30, subscribe } }
}

/** A function that does not answer until it is told to. */
function held(): { readonly ask: () => Promise<boolean>; readonly answer: (value: boolean) => Promise<void> } {
  let answer: ((value: boolean) => void) | undefined
  return {
    ask: () => new Promise<boolean>((resolve) => (answer = resolve)),
    async answer(value) {
      await eventually(() => expect(answer).toBeTypeOf('function'))
      answer?.(value)
    },
  }
}

describe('revocation', () => {
  it('that is told of counts before what the source answered for a while', async () => {
    let revoked = false
    const { source, listeners } = telling(() => ({ revoked, maxAge: 600 }))
    const { server } = serving({ revocation: source })
    const token = await world.issuer.accessToken()
    const { told } = await open(server, token)
    revoked = true
    listeners[0]?.revoked({ subject: 'user-1' })
    await eventually(() => expect(told).toHaveLength(3))
  })

  it('counts before what the source was asked earlier and answers later', async () => {
    const { ask, answer } = held()
    let pending = false
    let revoked = false
    const { source, listeners } = telling(() =>
      pending ? ask().then((now) => ({ revoked: now, maxAge: 600 })) : { revoked },
    )
    const { server } = serving({ revocation: source })
    const { told, connection } = await open(server, await world.issuer.accessToken())
    pending = true
    const required = connection.require()
    pending = false
    listeners[0]?.revoked({})
    await answer(false)
    await required
    revoked = true
    listeners[0]?.revoked({})
    await eventually(() => expect(told).toHaveLength(3))
  })

  it('between the guard and the connection is found out', async () => {
    const revocations = memoryRevocations({ now: world.clock.now })
    const { server } = serving({ revocation: revocations })
    const handshake = bearer(await world.issuer.accessToken(), { target: '/ws' })
    accepted(await server.authenticate(handshake))
    world.clock.advance(1)
    await revocations.revoke({ subject: 'user-1' })
    const { told } = opened(server, handshake)
    await eventually(() => expect(told).toHaveLength(3))
  })

  it('of the token that a renewal under way is about to take over is found out', async () => {
    const revocations = memoryRevocations({ now: world.clock.now })
    const { ask, answer } = held()
    let waits = false
    const { server } = serving({ revocation: revocations })
    const wanted = server.requirements({ authorize: () => (waits ? ask() : true) })
    const { connection, told } = await open(server, await world.issuer.accessToken({ claims: { sid: 'a' } }), wanted)
    waits = true
    const renewal = connection.renew({ token: await world.issuer.accessToken({ claims: { sid: 'b' } }) })
    await turn()
    world.clock.advance(1)
    await revocations.revoke({ sessionId: 'b' })
    await answer(true)
    await renewal
    await eventually(() => expect(told).toHaveLength(3))
  })

  it('of dropped keys is found out when they can be fetched again', async () => {
    let isDown = false
    const fetch: typeof globalThis.fetch = (input, init) =>
      isDown ? Promise.reject(new Error('down')) : world.issuer.fetch(input, init)
    const { server } = serving({ fetch, keys: { cooldown: 1 } })
    const { told } = await open(server, await world.issuer.accessToken())
    const { told: marker } = await open(server, await world.issuer.accessToken({ expiresIn: 1 }))
    await world.issuer.rotateKey({ keepPrevious: false })
    isDown = true
    server.invalidate(undefined, { drop: true })
    await turn()
    world.clock.advance(1)
    await eventually(() => expect(marker).toHaveLength(3))
    expect(told).toHaveLength(1)
    isDown = false
    world.clock.advance(60)
    await eventually(() => expect(told[2]).toEqual(['close', 1008, 'AUTH_1002']))
  })

  it('is asked about in time though the clock is put back by a day', async () => {
    let revoked = false
    const source = { name: 'test', check: () => revoked }
    const { server } = serving({ revocation: source, connections: { recheckInterval: 10 } })
    world.clock.advance(86_400)
    await second(server)
    world.clock.advance(-86_400)
    const { told } = await open(server, await world.issuer.accessToken())
    await second(server)
    revoked = true
    world.clock.advance(11)
    await eventually(() => expect(told).toHaveLength(3))
  })

  it('is asked about once at a time, where the source hangs', async () => {
    let asked = 0
    const check: RevocationSource['check'] = ({ tokenId }) =>
      tokenId === 'marker' ? false : ++asked > 1 && new Promise<boolean>(() => undefined)
    const source = { name: 'test', timeout: 30, check }
    const { server } = serving({ revocation: source, connections: { recheckInterval: 1 } })
    await open(server, await world.issuer.accessToken())
    for (let i = 0; i < 3; i++) await second(server)
    // By the guard, and when it was opened.
    expect(asked).toBe(2)
  })
})

describe('asking again', () => {
  it('leaves room for requests: some at a time, of however many connections', async () => {
    const waiting: ((answer: boolean) => void)[] = []
    let asked = 0
    let isSlow = false
    const check: RevocationSource['check'] = ({ tokenId }) => {
      if (!isSlow || tokenId === 'marker') return false
      asked += 1
      return new Promise<boolean>((resolve) => waiting.push(resolve))
    }
    const source = { name: 'test', timeout: 30, check }
    const { server } = serving({ revocation: source, connections: { recheckInterval: 10 } })
    const token = await world.issuer.accessToken()
    const connections: Opened[] = []
    for (let i = 0; i < 100; i++) connections.push(await open(server, token))
    await turn()
    isSlow = true
    world.clock.advance(10)
    await second(server)
    expect(asked).toBe(32)
    for (const answer of waiting.splice(0)) answer(false)
    await eventually(() => expect(asked).toBe(64))
    await eventually(() => {
      for (const answer of waiting.splice(0)) answer(true)
      expect(asked).toBe(100)
    })
    for (const answer of waiting.splice(0)) answer(true)
    await eventually(() => expect(connections.filter(({ told }) => told.length === 3)).toHaveLength(68))
  })
})

describe('a renewal', () => {
  it('that ends after the token did keeps the connection for good', async () => {
    const { ask, answer } = held()
    let isSlow = false
    const source = { name: 'slow', check: () => isSlow && ask(), timeout: 30 }
    const { server, events } = serving({ revocation: source })
    const { connection, told } = await open(server, await world.issuer.accessToken({ expiresIn: 10 }))
    isSlow = true
    const renewal = connection.renew({ token: await world.issuer.accessToken({ expiresIn: 100 }) })
    await turn()
    isSlow = false
    world.clock.advance(11)
    await second(server)
    await answer(false)
    await renewal
    await second(server)
    await second(server)
    expect(told).toHaveLength(1)
    connection.closed()
    await second(server)
    expect(told).toHaveLength(1)
    expect(events.filter(({ age }) => age >= 11).map(({ transition, open: count }) => [transition, count])).toEqual([
      ['renewed', 1],
      ['closed', 0],
    ])
  })

  it('of a connection that was closed meanwhile is answered with nothing, and told of to nobody', async () => {
    const { ask, answer } = held()
    let isSlow = false
    const { server, events } = serving({ revocation: telling(() => isSlow && ask()).source })
    const { connection, told } = await open(server, await world.issuer.accessToken())
    isSlow = true
    connection.receive({ event: 'auth0.renew', data: { token: await world.issuer.accessToken() } })
    await turn()
    connection.closed()
    await answer(false)
    await turn()
    expect(connection.receive({ event: 'auth0.renew', data: { token: 'x' } })).toBe(true)
    await turn()
    expect(told).toHaveLength(1)
    expect(events.map(({ transition }) => transition)).toEqual(['opened', 'closed'])
  })

  it('asks each guard of the route once, however often it saw the handshake', async () => {
    const { server } = serving()
    let asked = 0
    const wanted = server.requirements({ authorize: () => ++asked > 0 })
    const handshake = bearer(await world.issuer.accessToken(), { target: '/ws' })
    for (let i = 0; i < 5; i++) accepted(await server.authenticate(handshake, wanted))
    const { connection } = opened(server, handshake)
    await connection.renew({ token: await world.issuer.accessToken() })
    expect(asked).toBe(6)
  })
})

describe('a requirement', () => {
  it('is not met by a connection that was closed meanwhile', async () => {
    const { ask, answer } = held()
    const { server } = serving()
    const { connection } = await open(server, await world.issuer.accessToken())
    const required = connection.require({ authorize: ask })
    await turn()
    connection.closed()
    await answer(true)
    expect((await errorOf(() => required)).detail).toBe('the connection is closed')
  })
})

describe('a route', () => {
  it('that a framework cannot tell of is unknown', async () => {
    const { server, events } = serving()
    const handshake = {
      ...bearer(await world.issuer.accessToken()),
      get route(): string {
        throw new Error('no route')
      },
    }
    accepted(await server.authenticate(handshake))
    opened(server, handshake)
    expect(events[0]?.route).toBeUndefined()
  })
})
