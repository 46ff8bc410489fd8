import { callHook, messageOf } from './hook.js'

/** Redis failed for the first time, or answers again. */
export interface RedisReplayEvent {
  readonly type: 'replay-store'
  readonly state: 'down' | 'up'
  /** What becomes of proofs while it is down. */
  readonly whenDown: 'refuse' | 'memory'
  /** What went wrong, for one log line. */
  readonly detail: string | undefined
  readonly cause: unknown
}

/** Whether Redis answers. A shard is a server with a part of the keys; a single Redis is one of its own. */
export interface Health {
  /** Whether what this shard was asked last has failed. */
  isDown(shard: string): boolean
  failed(shard: string, cause: unknown): void
  answered(shard: string): void
}

// One shard of a cluster may fail while the others answer: without a pause each request could be an event.
const QUIET_SECONDS = 5

/** Starts as up. Events are of Redis as a whole, which is up again with the first answer after five seconds without a failure. */
export function createHealth(
  whenDown: RedisReplayEvent['whenDown'],
  onEvent: ((event: RedisReplayEvent) => unknown) | undefined,
): Health {
  let down = false
  let lastFailure = 0
  // As many as there are masters; forgotten with the next recovery, since masters come and go.
  const failing = new Set<string>()

  function emit(state: RedisReplayEvent['state'], cause?: unknown): void {
    const detail = messageOf(cause)
    callHook(onEvent, { type: 'replay-store', state, whenDown, detail, cause })
  }

  return {
    isDown: (shard) => failing.has(shard),
    failed(shard, cause) {
      lastFailure = performance.now()
      failing.add(shard)
      if (down) return
      down = true
      emit('down', cause)
    },
    answered(shard) {
      failing.delete(shard)
      if (!down || performance.now() - lastFailure < QUIET_SECONDS * 1000) return
      down = false
      failing.clear()
      emit('up')
    },
  }
}
