import { createLruMap } from '../util/lru.js'
import { isPlainObject } from '../util/json.js'

/** Of the options that were used last: at least so many are remembered, and at most twice as many. */
const REMEMBERED = 100

/**
 * Makes something of options, and answers equal options with what was made before: for options that are worked out for
 * each request. Plain objects, lists and values are compared by content; functions, stores and all other objects are the
 * same only when they are one object.
 *
 * Bounded: what was not used for long is forgotten, and made anew when its options come again. What `make` throws is
 * thrown, and not remembered.
 *
 * @example
 * ```ts
 * import { createResourceServer, onceForEqual } from '@acme/auth-core'
 *
 * const resourceServerOf = onceForEqual(createResourceServer)
 * const one = resourceServerOf({ issuer: 'https://issuer.example.com/', audience: 'https://api.example.com' })
 * const same = resourceServerOf({ issuer: 'https://issuer.example.com/', audience: 'https://api.example.com' })
 * console.log(one === same) // true
 * ```
 */
export function onceForEqual<Options extends object, Made extends object>(
  make: (options: Options) => Made,
): (options: Options) => Made {
  const made = createLruMap<Made>(REMEMBERED)
  const identities = createIdentities()
  return (options) => {
    const key = keyOf(options, identities)
    const before = made.get(key)
    if (before !== undefined) return before
    const now = make(options)
    made.set(key, now)
    return now
  }
}

type Identities = (value: object) => number

function createIdentities(): Identities {
  const numbers = new WeakMap<object, number>()
  let last = 0
  return (value) => {
    const known = numbers.get(value)
    if (known !== undefined) return known
    last += 1
    numbers.set(value, last)
    return last
  }
}

/** Injective: other options have another text. Names are sorted, since their order says nothing. */
function keyOf(value: unknown, identities: Identities): string {
  if (Array.isArray(value)) return `[${Array.from(value, (item) => keyOf(item, identities)).join()}]`
  if (isPlainObject(value)) {
    const members = Object.keys(value).toSorted()
    return `{${members.map((name) => `${JSON.stringify(name)}:${keyOf(value[name], identities)}`).join()}}`
  }
  if (typeof value === 'string') return JSON.stringify(value)
  if ((typeof value === 'object' && value !== null) || typeof value === 'function') return `#${identities(value)}`
  return `${typeof value} ${String(value)}`
}
