/** Who may renew tokens: one tab, one process, one caller at a time. */
export interface Lock {
  /**
   * Calls a function while nobody else holds the lock of that name.
   *
   * @param work - its signal is aborted when the lock is lost, where that can happen
   * @throws what the function throws, the reason of the signal, or an error when the lock cannot be had
   */
  withLock<Result>(
    name: string,
    work: (lost: AbortSignal) => Promise<Result>,
    options?: { readonly signal?: AbortSignal },
  ): Promise<Result>
}

/**
 * A lock within this process: callers take turns, in the order in which they came.
 *
 * @example
 * ```ts
 * import { createMemoryLock } from '@acme/auth-client'
 *
 * const lock = createMemoryLock()
 * await lock.withLock('session', async () => console.log('nobody else'))
 * ```
 */
export function createMemoryLock(): Lock {
  const last = new Map<string, Promise<unknown>>()
  return {
    async withLock(name, work, options) {
      const before = last.get(name) ?? Promise.resolve()
      const turn = before.then(() => {
        options?.signal?.throwIfAborted()
        // Made here: workerd lets no module make one when it is loaded, and binds each to the request that made it.
        return work(new AbortController().signal)
      })
      const over = turn.catch(() => undefined)
      last.set(name, over)
      try {
        return await turn
      } finally {
        if (last.get(name) === over) last.delete(name)
      }
    },
  }
}
