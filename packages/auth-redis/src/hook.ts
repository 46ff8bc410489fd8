/** Calls a hook, which must not be able to harm a request, or to end the process by rejecting. */
export function callHook<Event>(hook: ((event: Event) => unknown) | undefined, event: Event): void {
  try {
    const result = hook?.(event)
    if (isPending(result)) result.then(undefined, () => undefined)
  } catch {
    return
  }
}

/** A thenable of any kind, also of another realm or library. */
function isPending(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}

/** For one log line; undefined for what is no error. */
export function messageOf(cause: unknown): string | undefined {
  try {
    return cause instanceof Error ? cause.message : undefined
  } catch {
    // A proxy that throws whatever it is asked.
    return undefined
  }
}
