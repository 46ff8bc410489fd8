import { isPending } from '../util/maybe-promise.js'
import type { RevocationAnswer, RevocationListener, RevocationSource } from './revocation-source.js'

// Made with the first source, since some runtimes have none.
let registry: FinalizationRegistry<() => unknown> | undefined

/**
 * Subscribes for as long as the listener is held by somebody else: a source is shared, and must not keep the resource servers
 * that were made for some requests and forgotten since.
 *
 * @param failed - called where the source throws, or answers with a promise that rejects
 * @returns whether it will tell: of a promise nobody knows
 */
export function subscribeWeakly(
  source: RevocationSource,
  listener: RevocationListener,
  failed: (error: unknown) => void,
): boolean {
  if (typeof source.subscribe !== 'function') return false
  try {
    const end: () => unknown = source.subscribe(weak(listener))
    if (isPending(end)) {
      end.then(undefined, failed)
      return false
    }
    if (typeof end === 'function' && typeof FinalizationRegistry === 'function') {
      registry ??= new FinalizationRegistry(ended)
      registry.register(listener, end)
    }
    return true
  } catch (error) {
    failed(error)
    return false
  }
}

function weak(listener: RevocationListener): RevocationListener {
  if (typeof WeakRef !== 'function') return listener
  const held = new WeakRef(listener)
  return {
    revoked: (tokens) => held.deref()?.revoked(tokens),
    changed: (state, detail) => held.deref()?.changed?.(state, detail),
    rejected: (detail) => held.deref()?.rejected?.(detail),
  }
}

function ended(end: () => unknown): void {
  try {
    unanswered(end())
  } catch {
    return
  }
}

/** A rejection that nobody handles ends the process. */
function unanswered(result: unknown): void {
  if (isPending(result)) result.then(undefined, () => undefined)
}

/** What it says of itself; one that cannot is down. */
export function stateOf(source: RevocationSource): 'up' | 'down' {
  if (source.state === undefined) return 'up'
  try {
    const state: unknown = source.state()
    unanswered(state)
    return state === 'up' ? 'up' : 'down'
  } catch {
    return 'down'
  }
}

/** Decided on the value: "false" and undefined are no answer. What is of another type than it must be does not count. */
export function verdictOf(answer: unknown): RevocationAnswer | undefined {
  if (typeof answer === 'boolean') return { revoked: answer }
  if (typeof answer !== 'object' || answer === null) return undefined
  const { revoked, detail, maxAge }: { readonly [Name in keyof RevocationAnswer]?: unknown } = answer
  if (typeof revoked !== 'boolean') return undefined
  return {
    revoked,
    detail: typeof detail === 'string' ? detail : undefined,
    maxAge: typeof maxAge === 'number' ? maxAge : undefined,
  }
}
