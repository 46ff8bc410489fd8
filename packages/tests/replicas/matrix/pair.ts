import { startTestIssuer } from '@acme/auth-testing'
import type { ListeningTestIssuer } from '@acme/auth-testing'
import { eventually, startRedis } from '@acme/tests-servers'
import type { RedisServer } from '@acme/tests-servers'
import { expect } from 'vitest'

import { startReplica } from '../src/index.js'
import type { Replica, ReplicaSettings } from '../src/index.js'
import { openEvents, openWebSocket } from './clients.js'
import type { Client } from './clients.js'

/** Two replicas of an API, of different frameworks, which share one Redis, and their issuer. */
export interface Pair {
  readonly redis: RedisServer
  readonly issuer: ListeningTestIssuer
  readonly a: Replica
  readonly b: Replica
  /** A token with the scope of all routes. `age`: seconds since it was issued. */
  token(subject: string, more?: { session?: string; age?: number; lifetime?: number }): Promise<string>
  /** A WebSocket and a stream of events at each replica. */
  openAll(token: string): Promise<Client[]>
  /** What both replicas answer to a request: status, and code of a refusal. */
  outcomes(token: string): Promise<string[]>
  /** A security event for A, and its answer. */
  push(event: string, replica?: Replica): Promise<string>
  close(): Promise<void>
}

const AUDIENCE = 'https://api.example.com'

export async function startPair(
  redisSettings: readonly string[] = [],
  settings: Partial<ReplicaSettings> = {},
): Promise<Pair> {
  const [redis, issuer] = await Promise.all([startRedis(redisSettings), startTestIssuer({ audience: AUDIENCE })])
  const all = { issuer: issuer.issuer, audience: AUDIENCE, redisUrl: `redis://127.0.0.1:${redis.port}`, ...settings }
  const [a, b] = await Promise.all([startReplica('express', all), startReplica('hono', all)])
  const clients: Client[] = []
  return {
    redis,
    issuer,
    a,
    b,
    token: (sub, { session, age = 0, lifetime = 3600 } = {}) => {
      const iat = Math.floor(Date.now() / 1000) - age
      return issuer.accessToken({ scope: 'read:x', expiresIn: lifetime, claims: { sub, sid: session, iat } })
    },
    async openAll(token) {
      const opened = await Promise.all(
        [a, b].flatMap(({ port }) => [openWebSocket(port, { token }), openEvents(port, { token })]),
      )
      clients.push(...opened)
      return opened
    },
    outcomes: (token) => Promise.all([a, b].map(({ port }) => outcomeOf(port, token))),
    async push(event, { port } = a) {
      const response = await issuer.pushEvent(`http://127.0.0.1:${port}/security-events`, event)
      return outcome(response)
    },
    async close() {
      for (const client of clients) client.close()
      await Promise.all([a.close(), b.close()])
      await Promise.all([redis.close(), issuer.close()])
      expect([a.words(), b.words()]).toEqual(['', ''])
    },
  }
}

export async function outcomeOf(port: number, token: string): Promise<string> {
  return outcome(await fetch(`http://127.0.0.1:${port}/plain`, { headers: { authorization: `Bearer ${token}` } }))
}

async function outcome(response: Response): Promise<string> {
  const text = await response.text()
  const [, code] = /"(?:code|err)":"(\w+)"/.exec(text) ?? []
  return code === undefined ? String(response.status) : `${response.status} ${code}`
}

export async function buyTicket({ port }: Replica, token: string): Promise<string> {
  const headers = { authorization: `Bearer ${token}` }
  const response = await fetch(`http://127.0.0.1:${port}/tickets?path=/ws`, { method: 'POST', headers })
  const { ticket } = (await response.json()) as { ticket: string } // of `issueTicket`
  return ticket
}

/** The names of the events of each client, and how it was closed. */
export function endsOf(clients: readonly Client[]): unknown[] {
  return clients.map(({ events, closed }) => {
    const last = events.at(-1)
    const { code } = (last?.data ?? {}) as { code?: string } // of our events
    return { told: last?.event, code, closed }
  })
}

/** How {@link endsOf} shows what {@link Pair.openAll} opened, once it was ended for a reason. */
export function endedBy(code: string): unknown[] {
  const told = 'auth0.closing'
  const webSocket = { told, code, closed: { code: 1008, reason: code } }
  const events = { told, code, closed: {} }
  return [webSocket, events, webSocket, events]
}

export function whenClosed(clients: readonly Client[], seconds = 20): Promise<void> {
  return eventually('the end of connections', async () => clients.every(({ closed }) => closed !== undefined), seconds)
}

export function stillOpen(clients: readonly Client[]): number {
  return clients.filter(({ closed, events }) => {
    return closed === undefined && !events.some(({ event }) => event === 'auth0.closing')
  }).length
}
