import type { AuthEvent } from '@acme/auth-core'

/** What the option `onEvent` takes. */
export type EventHook = (event: AuthEvent) => unknown

/**
 * One `onEvent` of several. None can harm the others, nor the request: what one throws, or rejects with, is ignored.
 *
 * @throws {TypeError} for what is no function; undefined is left out
 * @example
 * ```ts
 * import { combineEvents, createTelemetry } from '@acme/auth-otel'
 *
 * const telemetry = createTelemetry()
 * export const onEvent = combineEvents(telemetry.onEvent, (event) => {
 *   if (event.type === 'warning') console.warn(event.detail)
 * })
 * ```
 */
export function combineEvents(...hooks: readonly (EventHook | undefined)[]): (event: AuthEvent) => void {
  const given = hooks.filter((hook) => hook !== undefined)
  if (given.some((hook) => typeof hook !== 'function')) throw new TypeError('combineEvents: want functions')
  return (event) => {
    for (const hook of given) call(hook, event)
  }
}

function call(hook: EventHook, event: AuthEvent): void {
  try {
    const result = hook(event)
    // An async hook that rejects must not end the process.
    if (typeof result === 'object' && result !== null) Promise.resolve(result).catch(() => undefined)
  } catch {
    return
  }
}
