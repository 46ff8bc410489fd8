/** A member of anything; undefined of what has none. */
export function member(value: unknown, name: string): unknown {
  return isObject(value) || typeof value === 'function' ? Reflect.get(value, name) : undefined
}

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/** What a method answers; undefined where there is none. */
export function ask(value: unknown, method: string, ...args: readonly unknown[]): unknown {
  const found = member(value, method)
  return typeof found === 'function' ? (Reflect.apply(found, value, args) as unknown) : undefined // any method
}
