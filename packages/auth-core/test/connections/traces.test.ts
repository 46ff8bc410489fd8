import { describe, expect, it, vi } from 'vitest'
import { explanationText, memoryRevocations } from '../../src/index.js'
import type { AuthConnection, ConnectionEvent, Trace } from '../../src/index.js'
import type { ResourceServer } from '../../src/resource-server-types.js'
import { accepted, bearer, createWorld, errorOf } from '../support.js'

// Why a renewal, a message or the connection itself was refused.

const world = await createWorld({}, { issuer: 'https://issuer.test/' })
const revocations = memoryRevocations({ now: world.clock.now })

interface Opened {
  readonly server: ResourceServer
  readonly connection: AuthConnection
  readonly told: unknown[]
  readonly events: ConnectionEvent[]
}

async function open({ traces = true, sub = 'ann' } = {}): Promise<Opened> {
  const events: ConnectionEvent[] = []
  const server = world.serve({
    connections: {},
    revocation: revocations,
    traces,
    onEvent: (event) => event.type === 'connection' && events.push(event),
  })
  const token = await world.issuer.accessToken({ expiresIn: 60, claims: { sub, client_id: 'app' } })
  const handshake = bearer(token, { target: '/ws?room=SECRET' })
  accepted(await server.authenticate(handshake))
  const told: unknown[] = []
  const connection = server.connection(handshake, {
    send: (event, data) => told.push([event, data]),
    close: (code, reason) => told.push(['close', code, reason]),
  })
  return { server, connection, told, events }
}

async function traceOf({ server }: Opened, id: string | undefined): Promise<Trace> {
  const trace = await server.trace(id ?? '')
  if (trace === undefined) throw new Error('no trace')
  return trace
}

describe('a trace', () => {
  it('of a renewal is of the newer token, and of who is connected', async () => {
    const opened = await open()
    const token = await world.issuer.accessToken({ claims: { aud: 'https://other.test/', sub: 'bob' } })
    const { correlationId } = await errorOf(() => opened.connection.renew({ token }))
    const trace = await traceOf(opened, correlationId)
    expect(trace).toMatchObject({
      connection: 'renewal',
      method: 'GET',
      path: '/ws',
      subject: 'ann',
      clientId: 'app',
      reason: 'token_invalid',
    })
    expect(trace.checks.find(({ outcome }) => outcome === 'failed')?.seen).toContain('https://other.test/')
    expect(explanationText(trace)).toMatch(/^refused a renewal of GET \/ws at /)
    expect(opened.events.at(-1)).toMatchObject({ transition: 'refused', correlationId })
    expect(JSON.stringify(trace)).not.toContain('SECRET')
  })

  it('of a message tells which requirement is not met', async () => {
    const opened = await open()
    const { correlationId } = await errorOf(() => opened.connection.require('write'))
    const trace = await traceOf(opened, correlationId)
    expect(trace).toMatchObject({ connection: 'message', reason: 'scope_missing' })
    expect(explanationText(trace)).toMatch(/^refused a message of GET \/ws at /)
  })

  it('of the end is told with it', async () => {
    const opened = await open({ sub: 'eve' })
    world.clock.advance(1)
    await revocations.revoke({ subject: 'eve' })
    const id = expect.any(String) as unknown
    await vi.waitFor(() =>
      expect(opened.told.slice(1)).toEqual([
        ['auth0.closing', expect.objectContaining({ code: 'AUTH_1018', correlation_id: id })],
        ['close', 1008, 'AUTH_1018'],
      ]),
    )
    const { correlationId } = opened.events.at(-1) ?? {}
    const trace = await traceOf(opened, correlationId)
    expect(trace).toMatchObject({ connection: 'end', reason: 'token_revoked' })
    expect(explanationText(trace)).toMatch(/^refused to go on with GET \/ws at /)
  })

  it('of each of many renewals that wait for another is counted, and bounded', async () => {
    const opened = await open()
    const renewals = Array.from({ length: 1000 }, () => errorOf(() => opened.connection.renew({ token: 'x' })))
    const errors = await Promise.all(renewals)
    expect(new Set(errors.map(({ correlationId }) => correlationId)).size).toBe(1000)
    // 200 of one check in a second: those that waited, and the end. The one that they waited for failed at another.
    expect(opened.server.traces({ reason: 'renewal_pending' })).toHaveLength(199)
    expect(opened.server.traces({ reason: 'renewals_refused' })).toHaveLength(1)
    expect(opened.server.traces()).toHaveLength(201)
    expect(opened.events.map(({ transition }) => transition)).toEqual(['opened', 'limited'])
  })

  it('is not kept where none are; the id is told all the same', async () => {
    const opened = await open({ traces: false })
    const { correlationId } = await errorOf(() => opened.connection.renew({ token: 'x' }))
    expect(correlationId).toMatch(/^[\da-f-]{36}$/)
    expect(opened.server.traces()).toEqual([])
    expect(await opened.server.trace(correlationId ?? '')).toBeUndefined()
  })
})
