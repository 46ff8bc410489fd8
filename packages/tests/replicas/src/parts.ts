import type { AuthEvent, AuthOptions } from '@acme/auth-core'
import { redisRevocations } from '@acme/auth-redis/revocations'
import type { RedisRevocations } from '@acme/auth-redis/revocations'
import { redisTicketStore } from '@acme/auth-redis/tickets'
import { sharedSignals } from '@acme/auth-revocation'
import type { SharedSignals } from '@acme/auth-revocation'
import { createClient } from 'redis'

import type { ReplicaSettings, Told } from './settings.js'

/** What the replicas have in common, whatever their framework. */
export interface Parts {
  readonly options: AuthOptions
  readonly revocations: RedisRevocations
  readonly signals: SharedSignals
  tell(): Pick<Told, 'open' | 'transitions'>
}

/** As an application would have it: Redis may go away, and a request fails rather than waits for it. */
export async function createParts(settings: ReplicaSettings): Promise<Parts> {
  const { issuer, audience, redisUrl, maxStaleness = 10, eventMaxAge = 86_400 } = settings
  const client = createClient({
    url: redisUrl,
    disableOfflineQueue: true,
    socket: { reconnectStrategy: 100, connectTimeout: 1000 },
  })
  client.on('error', () => undefined)
  await client.connect()
  const revocations = redisRevocations(client, { maxStaleness })
  const signals = sharedSignals({ issuer, audience, revocations, maxAge: eventMaxAge })
  const transitions: Record<string, number> = {}
  let open = 0
  const onEvent = (event: AuthEvent): void => {
    if (event.type !== 'connection') return
    const name = [event.transition, event.reason].filter(Boolean).join(' ')
    transitions[name] = (transitions[name] ?? 0) + 1
    open = event.open
  }
  return {
    revocations,
    signals,
    tell: () => ({ open, transitions }),
    options: {
      issuer,
      audience,
      clockTolerance: 0,
      revocation: [revocations, signals],
      connections: { tickets: redisTicketStore(client) },
      onEvent,
    },
  }
}
