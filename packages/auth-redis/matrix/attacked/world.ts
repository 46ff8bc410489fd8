import { createResourceServer } from '@acme/auth-core'
import type { AuthEvent, ResourceServer } from '@acme/auth-core'
import { createProof, createTestIssuer, createTestKey } from '@acme/auth-testing'
import { onTestFinished } from 'vitest'

import { redisReplayStore } from '../../src/index.js'
import type { RedisReplayEvent, RedisReplayStoreOptions } from '../../src/index.js'
import { redisRevocations } from '../../src/revocations.js'
import type { RedisRevocations, RedisRevocationsOptions } from '../../src/revocations.js'
import { redisTicketStore } from '../../src/tickets.js'
import { redisLock, redisTokenStore } from '../../src/tokens.js'
import type { RedisTokenClient } from '../../src/tokens.js'
import { redisTraceStore } from '../../src/traces.js'
import type { RedisTraceClient } from '../../src/traces.js'
import { openClient } from '../../test/clients.js'
import type { ClientKind, Target } from '../../test/clients.js'

const AUDIENCE = 'https://api.test/'
const TIMEOUT = 0.4

/** What a request was answered with: `200`, or the status and the reason. */
export type Answer = `${number}` | `${number} ${string}`

/** An API that keeps all that it shares on one Redis. */
export interface Attacked {
  readonly source: RedisRevocations
  readonly events: readonly AuthEvent[]
  readonly replayEvents: readonly RedisReplayEvent[]
  /** With a proof that nobody has used. */
  fresh(): Promise<Answer>
  /** With one that was used before anything happened, and with each that has come through since. */
  replayed(): Promise<Answer[]>
  /** A Bearer token of a subject. */
  bearer(subject: string): Promise<Answer>
  /** Buys a ticket and opens a connection by it. */
  ticket(): Promise<Answer>
  /** With tickets that were used. */
  usedTickets(): Promise<Answer[]>
  /** Puts something and reads it again, of what nobody's request waits for: reject where they cannot. */
  readonly others: Readonly<Record<'traces' | 'tokens' | 'lock', () => Promise<boolean>>>
}

/** Opens one more replica, as its own process would. */
export async function openAttacked(
  kind: ClientKind,
  target: Target,
  options: { readonly replay?: RedisReplayStoreOptions; readonly revocations?: RedisRevocationsOptions } = {},
): Promise<Attacked> {
  const { client, close } = await openClient[kind](target)
  const issuer = await createTestIssuer({ algorithm: 'ES256', audience: AUDIENCE })
  const key = await createTestKey('ES256')
  const events: AuthEvent[] = []
  const replayEvents: RedisReplayEvent[] = []
  const source = redisRevocations(client, { interval: 0.1, timeout: TIMEOUT, maxStaleness: 1, ...options.revocations })
  onTestFinished(async () => {
    await source.close()
    close()
  })
  const onEvent = (event: RedisReplayEvent): unknown => replayEvents.push(event)
  const replay = redisReplayStore(client, { timeout: TIMEOUT, onEvent, ...options.replay })
  const server = createResourceServer({
    issuer: issuer.issuer,
    audience: AUDIENCE,
    fetch: issuer.fetch,
    publicUrl: 'https://api.test',
    dpop: { replay },
    connections: { tickets: redisTicketStore(client, { timeout: TIMEOUT }) },
    revocation: source,
    onEvent: (event) => events.push(event),
  })
  await source.preload()
  const usedProofs: string[][] = []
  const usedTickets: string[] = []

  async function freshHeaders(): Promise<string[]> {
    const token = await issuer.accessToken({ jkt: key.thumbprint })
    const proof = await createProof({ key, method: 'GET', url: 'https://api.test/', accessToken: token })
    return ['Authorization', `DPoP ${token}`, 'DPoP', proof]
  }
  const redeem = (ticket: string): Promise<Answer> => answerOf(server, `/ws?auth0_ticket=${ticket}`, [])

  return {
    source,
    events,
    replayEvents,
    async fresh() {
      const headers = await freshHeaders()
      const answer = await answerOf(server, '/', headers)
      // An answer that was lost has used it, too; what it was then is another question.
      if (answer === '200') usedProofs.push(headers)
      return answer
    },
    replayed: () => inTurn(usedProofs, (headers) => answerOf(server, '/', headers)),
    bearer: async (subject) => {
      const claims = { sub: subject, iat: Math.floor(Date.now() / 1000) - 60 }
      return answerOf(server, '/', ['Authorization', `Bearer ${await issuer.accessToken({ claims })}`])
    },
    async ticket() {
      try {
        const buyer = ['Authorization', `Bearer ${await issuer.accessToken()}`]
        const auth = await server.verifyRequest(requestOf('/', buyer), server.requirements())
        if (auth === null) throw new Error('let through without credentials')
        const { ticket } = await server.issueTicket(auth, { path: '/ws', origin: undefined })
        const answer = await redeem(ticket)
        if (answer === '200') usedTickets.push(ticket)
        return answer
      } catch (error) {
        return refusalOf(error)
      }
    },
    usedTickets: () => inTurn(usedTickets, redeem),
    others: othersOf(client),
  }
}

function othersOf(client: RedisTraceClient & RedisTokenClient): Attacked['others'] {
  const traces = redisTraceStore(client, { timeout: TIMEOUT })
  const tokens = redisTokenStore(client, { timeout: TIMEOUT, encryption: { keys: [new Uint8Array(32)] } })
  const lock = redisLock(client, { timeout: TIMEOUT, wait: 0 })
  return {
    async traces() {
      const id = crypto.randomUUID()
      await traces.put(id, 'text', 30, 'signature')
      return (await traces.get(id)).join() === 'text'
    },
    async tokens() {
      const id = crypto.randomUUID()
      await tokens.set(id, { version: '1', value: 'session' }, { expected: undefined, ttl: 30 })
      return (await tokens.get(id))?.value === 'session'
    },
    lock: () => lock.withLock(crypto.randomUUID(), async () => true),
  }
}

/** Some at a time: hundreds at once would keep the process from reading replies in time. */
async function inTurn<Item>(items: readonly Item[], ask: (item: Item) => Promise<Answer>): Promise<Answer[]> {
  const answers: Answer[] = []
  for (let from = 0; from < items.length; from += 20) {
    answers.push(...(await Promise.all(items.slice(from, from + 20).map(ask))))
  }
  return answers
}

function requestOf(target: string, rawHeaders: readonly string[]): Parameters<ResourceServer['authenticate']>[0] {
  return {
    method: 'GET',
    target,
    rawHeaders: ['Host', 'api.test', ...rawHeaders],
    scheme: 'https',
    peer: undefined,
    trustedHops: () => 0,
    identity: {},
  }
}

/** @throws what is no refusal: a fault that nobody has thought of */
async function answerOf(server: ResourceServer, target: string, rawHeaders: readonly string[]): Promise<Answer> {
  const outcome = await server.authenticate(requestOf(target, rawHeaders))
  return outcome.ok ? '200' : `${outcome.status} ${outcome.error.reason}`
}

function refusalOf(error: unknown): Answer {
  if (error instanceof Error && 'status' in error && 'reason' in error)
    return `${Number(error.status)} ${String(error.reason)}`
  throw error
}
