import type { RevocableToken, RevokedTokens } from '@acme/auth-core'
import { eventually, startRedis } from '@acme/tests-servers'
import type { RedisServer } from '@acme/tests-servers'
import { onTestFinished } from 'vitest'

import { redisRevocations } from '../../src/revocations.js'
import type { RedisRevocations, RedisRevocationsEvent, RedisRevocationsOptions } from '../../src/revocations.js'
import { openClient } from '../clients.js'
import type { ClientKind, Target } from '../clients.js'

export const ISSUER = 'https://issuer.example.com/'

/** A replica of an API: a client and a source of its own. */
export interface Replica {
  readonly source: RedisRevocations
  readonly events: RedisRevocationsEvent[]
  readonly told: RevokedTokens[]
  close(): Promise<void>
}

export async function startServer(settings: readonly string[] = []): Promise<RedisServer> {
  const server = await startRedis(settings)
  onTestFinished(() => server.close())
  return server
}

export async function startReplica(
  kind: ClientKind,
  target: Target,
  options: RedisRevocationsOptions = {},
): Promise<Replica> {
  const opened = await openClient[kind](target)
  const events: RedisRevocationsEvent[] = []
  const told: RevokedTokens[] = []
  const source = redisRevocations(opened.client, { onEvent: (event) => events.push(event), ...options })
  source.subscribe({ revoked: (tokens) => told.push(tokens) })
  const close = async (): Promise<void> => {
    await source.close()
    opened.close()
  }
  onTestFinished(close)
  return { source, events, told, close }
}

export async function startReplicas(
  count: number,
  kind: ClientKind,
  target: Target,
  options: RedisRevocationsOptions = {},
): Promise<Replica[]> {
  const replicas = await Promise.all(Array.from({ length: count }, () => startReplica(kind, target, options)))
  await Promise.all(replicas.map(({ source }) => source.preload()))
  return replicas
}

/** A token that was issued a while ago. */
export function tokenOf(subject: string, issuedAt: number | undefined = Date.now() / 1000 - 60): RevocableToken {
  return {
    issuer: ISSUER,
    subject,
    clientId: 'client',
    sessionId: 'session',
    tokenId: 'token',
    issuedAt,
    expiresAt: Date.now() / 1000 + 600,
    claims: { iss: ISSUER, aud: 'api', exp: Date.now() / 1000 + 600 },
  }
}

/** What a replica says of a subject's token: undefined while it cannot tell. */
export async function isRevoked({ source }: Replica, subject: string, issuedAt?: number): Promise<boolean | undefined> {
  try {
    const answer = await source.check(tokenOf(subject, issuedAt))
    return typeof answer === 'boolean' ? answer : answer.revoked
  } catch {
    return undefined
  }
}

export function revoke({ source }: Replica, subject: string): Promise<void> {
  return source.revoke({ issuer: ISSUER, subject })
}

/** Waits until all replicas refuse a subject's token. @returns seconds */
export async function refusedByAll(replicas: readonly Replica[], subject: string, seconds = 30): Promise<number> {
  const start = performance.now()
  await eventually(
    `${subject} is refused by all`,
    async () => (await Promise.all(replicas.map((one) => isRevoked(one, subject)))).every((answer) => answer === true),
    seconds,
  )
  return (performance.now() - start) / 1000
}
