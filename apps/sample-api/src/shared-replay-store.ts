import type { ReplayStore } from '@acme/auth-core'
import { redisReplayStore } from '@acme/auth-redis'
import type { RedisReplayEvent } from '@acme/auth-redis'
import { createClient } from 'redis'

/** A replay store that the replicas of a sample API share. */
export interface SharedReplayStore {
  readonly store: ReplayStore
  /** Connects in the background, and again whenever the connection breaks. */
  open(): void
  close(): Promise<void>
}

/** @throws when it is not the URL of a Redis */
export function sharedReplayStore(url: string): SharedReplayStore {
  const { protocol, hostname } = new URL(url)
  if (!/^rediss?:$/.test(protocol) || hostname === '') throw new TypeError('not the URL of a Redis')
  const client = createClient({ url })
  // Each failed attempt is an error; the store tells once.
  client.on('error', () => undefined)
  return {
    store: redisReplayStore(client, { onEvent: logState }),
    open: () => void client.connect().catch(() => undefined),
    async close() {
      // A connection that does not come about would never be closed politely.
      if (client.isReady) await client.close()
      else client.destroy()
    },
  }
}

function logState({ state, detail }: RedisReplayEvent): void {
  console.error(JSON.stringify({ event: 'replay_store', state, detail }))
}
