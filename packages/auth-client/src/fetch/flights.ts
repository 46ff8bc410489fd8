/** One request for all who want the same at the same time. Forgotten when it is over. */
export class Flights<Value> {
  readonly #running = new Map<string, Promise<Value>>()

  run(key: string, start: () => Promise<Value>): Promise<Value> {
    const running = this.#running.get(key)
    if (running !== undefined) return running
    const started = start().finally(() => this.#running.delete(key))
    this.#running.set(key, started)
    return started
  }
}

/** Waits for something that goes on, for as long as the caller wants. Rejects with the reason of the signal. */
export async function unlessAborted<Value>(running: Promise<Value>, signal: AbortSignal | undefined): Promise<Value> {
  if (signal === undefined) return running
  // Whoever gave up hears no more of it, also who had before.
  running.catch(() => undefined)
  signal.throwIfAborted()
  let stop = (): void => undefined
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error) // whatever the application aborted with
    signal.addEventListener('abort', stop, { once: true })
  })
  try {
    return await Promise.race([running, aborted])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
