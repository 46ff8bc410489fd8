import type { Requirements } from '../authorization/requirement-types.js'

/** What is known of a handler: that it guards, and what it demands; or that its route is open on purpose, and why. */
export type GuardMark =
  | { readonly kind: 'guard'; readonly requirements: Requirements }
  | { readonly kind: 'public'; readonly reason: string }

// Registered, so that a mark is found across duplicate installs.
const MARK: unique symbol = Symbol.for('@acme/auth-core.guard')

/**
 * Marks a guard with what it demands, so that a census of routes and an OpenAPI document can be made of the running router.
 * For adapters.
 *
 * @example
 * ```ts
 * import { guardMark, markGuard, requirements } from '@acme/auth-core'
 *
 * const guard = markGuard(() => undefined, { kind: 'guard', requirements: requirements('read:messages') })
 * console.log(guardMark(guard)?.kind) // 'guard'
 * ```
 */
export function markGuard<Handler extends object>(handler: Handler, mark: GuardMark): Handler {
  return Object.defineProperty(handler, MARK, { value: Object.freeze(mark) })
}

/**
 * What a handler was marked with; undefined for one that is no guard.
 * @example
 * ```ts
 * import { guardMark } from '@acme/auth-core'
 *
 * console.log(guardMark(() => undefined)) // undefined
 * ```
 */
export function guardMark(handler: unknown): GuardMark | undefined {
  const isObject = (typeof handler === 'object' && handler !== null) || typeof handler === 'function'
  return isObject ? ((handler as Record<typeof MARK, GuardMark | undefined>)[MARK] ?? undefined) : undefined // set above only
}

/**
 * Why a route is open on purpose, as it is to be said where it is declared so.
 *
 * @throws {TypeError} when there is no reason
 * @example
 * ```ts
 * import { markGuard, publicMark } from '@acme/auth-core'
 *
 * const open = markGuard(() => undefined, publicMark('health checks'))
 * ```
 */
export function publicMark(reason: unknown): GuardMark {
  if (typeof reason !== 'string' || reason.trim() === '') {
    throw new TypeError("publicRoute: got no reason, want why the route is open, such as 'health checks'")
  }
  return { kind: 'public', reason: reason.trim() }
}
