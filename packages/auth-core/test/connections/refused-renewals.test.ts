import { describe, expect, it } from 'vitest'

import { isAuthError } from '../../src/index.js'
import type { AuthConnection, AuthEvent, AuthOptions, ConnectionEvent, RenewalCredentials } from '../../src/index.js'
import type { ResourceServer } from '../../src/resource-server-types.js'
import { accepted, bearer, createWorld, request } from '../support.js'

const world = await createWorld()
const MOST = 20

interface Opened {
  readonly connection: AuthConnection
  readonly events: ConnectionEvent[]
  /** What the client was told, and `close` with its code and reason. */
  readonly told: unknown[]
  /** The reason of what a renewal is refused for, or `renewed`. */
  readonly renew: (credentials: RenewalCredentials) => Promise<string>
}

async function open(options: Partial<AuthOptions> = {}, isAnonymous = false): Promise<Opened> {
  const events: ConnectionEvent[] = []
  const onEvent = (event: AuthEvent): unknown => event.type === 'connection' && events.push(event)
  const server: ResourceServer = world.serve({ connections: {}, onEvent, ...options })
  const handshake = isAnonymous ? request({ target: '/ws' }) : bearer(await good(), { target: '/ws' })
  expect((await server.authenticate(handshake, server.optional())).ok).toBe(true)
  const told: unknown[] = []
  const connection = server.connection(handshake, {
    send: (event, data) => told.push([event, data]),
    close: (code, reason) => told.push(['close', code, reason]),
  })
  const reasonOf = (error: unknown): string => (isAuthError(error) ? error.reason : 'fault')
  return { connection, events, told, renew: (given) => connection.renew(given).then(() => 'renewed', reasonOf) }
}

const good = (): Promise<string> => world.issuer.accessToken({ expiresIn: 36_000 })
const forged = (): Promise<string> => world.issuer.accessToken({ signature: 'flipped' })

const ENDING = [
  [
    'auth0.closing',
    {
      error: 'invalid_request',
      error_description: 'Too many renewals of the connection were refused',
      code: 'RATE_4001',
      correlation_id: expect.any(String),
    },
  ],
  ['close', 1008, 'RATE_4001'],
]

const many = Array.from({ length: MOST + 1 }, (_, index) => index)

describe('a client whose renewals are refused for ever', () => {
  it.each<[string, () => Promise<RenewalCredentials>]>([
    ['a forged token', async () => ({ token: await forged() })],
    ['what is no token', async () => ({ token: 'a.b.c' })],
    ['a token of somebody else', async () => ({ token: await world.issuer.accessToken({ claims: { sub: 'other' } }) })],
    ['an expired token', async () => ({ token: await world.issuer.accessToken({ expiresIn: -60 }) })],
    ['tickets that were never sold', async () => ({ ticket: 'A'.repeat(43) })],
    ['nothing', async () => ({})],
    ['a megabyte', async () => ({ token: 'x'.repeat(1_000_000) })],
  ])('is told so twenty times in a minute, and then closed: %s', async (_, make) => {
    const { told, renew, events, connection } = await open()
    for (const _time of many) {
      expect(told).toHaveLength(1)
      expect(await renew(await make())).not.toBe('renewed')
    }
    expect(told.slice(1)).toEqual(ENDING)
    expect(events.map(({ transition }) => transition)).toEqual(['opened', ...many.map(() => 'refused'), 'limited'])
    expect(events.at(-1)).toMatchObject({ reason: 'renewals_refused', open: 0, subject: 'user-1' })
    // What comes later is neither verified nor told of.
    expect(await renew({ token: await good() })).toBe('token_expired')
    connection.closed()
    expect(events).toHaveLength(MOST + 3)
  })

  it('is closed by what comes at once, too', async () => {
    const { told, connection, events } = await open()
    for (let i = 0; i < 2000; i++) connection.receive({ event: 'auth0.renew', data: { token: 'a.b.c' } })
    await expect.poll(() => told.at(-1)).toEqual(ENDING[1])
    expect(told.length).toBeLessThanOrEqual(MOST + 3)
    expect(events.length).toBeLessThanOrEqual(MOST + 3)
  })

  it('is not saved by good renewals in between', async () => {
    const { told, renew } = await open()
    for (const time of many) {
      expect(await renew({ token: await forged() })).toBe('token_invalid')
      if (time < MOST) expect(await renew({ token: await good() })).toBe('renewed')
    }
    expect(told.slice(1)).toEqual(ENDING)
  })

  it('is closed, too, when nobody is connected', async () => {
    const { told, renew, events } = await open({}, true)
    for (const _time of many) expect(await renew({ token: await good() })).toBe('credentials_missing')
    expect(told).toEqual(ENDING)
    expect(events.at(-1)).toMatchObject({ transition: 'limited', open: 0 })
  })

  it('is closed though the clock is put back', async () => {
    const { told, renew } = await open()
    for (const _time of many.slice(1)) await renew({ token: await forged() })
    world.clock.advance(-3600)
    for (const _time of many) await renew({ token: 'a.b.c' })
    world.clock.advance(3600)
    expect(told.slice(1)).toEqual(ENDING)
  })
})

describe('a client that is not hurt', () => {
  it('renews by a bad token every few seconds, for hours, and by a good one at last', async () => {
    const { told, renew } = await open()
    for (let i = 0; i < 500; i++) {
      expect(await renew({ token: 'a.b.c' })).toBe('token_invalid')
      world.clock.advance(3)
    }
    expect(await renew({ token: await good() })).toBe('renewed')
    expect(told).toHaveLength(1)
  })

  it('asks while the source of revocations is away, as often as it likes', async () => {
    let isDown = false
    const check = (): boolean => {
      if (isDown) throw new Error('down')
      return false
    }
    const { told, renew } = await open({ revocation: { name: 'test', check } })
    isDown = true
    const token = await good()
    for (let i = 0; i < 200; i++) expect(await renew({ token })).toBe('revocation_unavailable')
    isDown = false
    expect(await renew({ token })).toBe('renewed')
    expect(told).toHaveLength(1)
  })

  it('asks again and again while its renewal hangs', async () => {
    let answer: ((revoked: boolean) => void) | undefined
    let isSlow = false
    const check = (): Promise<boolean> | boolean => isSlow && new Promise<boolean>((resolve) => (answer = resolve))
    const { told, renew } = await open({ revocation: { name: 'test', timeout: 30, check } })
    isSlow = true
    for (let outage = 0; outage < 10; outage++) {
      const first = renew({ token: await good() })
      for (let i = 0; i < 10; i++) expect(await renew({ token: 'x' })).toBe('renewal_pending')
      await expect.poll(() => answer).toBeDefined()
      answer?.(false)
      answer = undefined
      expect(await first).toBe('renewed')
    }
    expect(told).toHaveLength(1)
  })

  it('renews thousands of times', async () => {
    const { told, renew } = await open()
    const token = await good()
    for (let i = 0; i < 2000; i++) expect(await renew({ token })).toBe('renewed')
    expect(told).toHaveLength(1)
  })

  it('is refused for a fault of the application, which is none of its own', async () => {
    let isFaulty = false
    const events: ConnectionEvent[] = []
    const server = world.serve({
      connections: {},
      onEvent: (event) => event.type === 'connection' && events.push(event),
    })
    const handshake = bearer(await good(), { target: '/ws' })
    const authorize = (): boolean => {
      if (isFaulty) throw new Error('broken')
      return true
    }
    accepted(await server.authenticate(handshake, server.requirements({ authorize })))
    const told: unknown[] = []
    const connection = server.connection(handshake, { send: () => told.push('sent'), close: () => told.push('closed') })
    isFaulty = true
    for (const _time of many) await expect(connection.renew({ token: await good() })).rejects.toThrow()
    expect(told).toEqual(['sent'])
  })
})
