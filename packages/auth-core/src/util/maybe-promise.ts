/** What an implementation has at hand, or has to wait for. */
export type MaybePromise<Value> = Value | Promise<Value>

/**
 * Whether a value is still to come: a thenable (Promises/A+ §1.2), whoever made it. `instanceof Promise` would ask
 * another question: an `async` function answers with the engine's own promise even where a library has replaced the
 * global one, and a pending answer would be taken for the answer itself.
 */
export function isPending<Value>(value: Value | PromiseLike<Value>): value is PromiseLike<Value> {
  if ((typeof value !== 'object' || value === null) && typeof value !== 'function') return false
  const { then } = value as { readonly then?: unknown } // whatever it is, it can be asked
  return typeof then === 'function'
}

/** Whether a function of the application has said yes or no at all: anything else is a mistake. */
export function isVerdict(answer: unknown): answer is boolean {
  return typeof answer === 'boolean'
}

/**
 * Whether a function of the application has said yes. A promise has not, nor has any other truthy value: that is a mistake,
 * and must not open a door.
 */
export function saysTrue(answer: unknown): boolean {
  // Nor may it end the process, as a rejection that nobody handles does.
  if (isPending(answer)) answer.then(undefined, () => undefined)
  return answer === true
}
