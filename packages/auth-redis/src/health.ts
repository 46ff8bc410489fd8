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

/** Whether Redis answers. */
export interface Health {
  readonly down: boolean
  failed(cause: unknown): void
  answered(): void
}

// One shard of a cluster may fail while the others answer: without a pause each request could be an event.
const QUIET_SECONDS = 5

/** Starts as up. Goes up again with the first answer after five seconds without a failure. */
export function createHealth(
  whenDown: RedisReplayEvent['whenDown'],
  onEvent: ((event: RedisReplayEvent) => unknown) | undefined,
): Health {
  let down = false
  let lastFailure = 0

  function emit(state: RedisReplayEvent['state'], cause?: unknown): void {
    const detail = cause instanceof Error ? cause.message : undefined
    try {
      const result = onEvent?.({ type: 'replay-store', state, whenDown, detail, cause })
      // A hook that rejects must not end the process.
      Promise.resolve(result).catch(() => undefined)
    } catch {
      return
    }
  }

  return {
    get down() {
      return down
    },
    failed(cause) {
      lastFailure = performance.now()
      if (down) return
      down = true
      emit('down', cause)
    },
    answered() {
      if (!down || performance.now() - lastFailure < QUIET_SECONDS * 1000) return
      down = false
      emit('up')
    },
  }
}
