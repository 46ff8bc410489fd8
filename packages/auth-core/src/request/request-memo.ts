import { keepShape } from '../util/keep-shape.js'

/**
 * Keeps something for each request, on the request itself: a WeakMap with an entry for each costs more than all the rest
 * of a remembered token.
 */
export interface RequestMemo<Value> {
  get(identity: object): Value | undefined
  /** @throws {TypeError} when it is not extensible */
  set(identity: object, value: Value): void
}

export function createRequestMemo<Value>(): RequestMemo<Value> {
  const place: unique symbol = Symbol('@acme/auth-core.verification')
  type Marked = object & { [place]?: Kept<Value> }
  return {
    get: (identity: Marked) => identity[place]?.of(identity),
    set(identity: Marked, value) {
      // Assigned, since defining a property costs several times as much.
      identity[place] = new Kept(identity, value)
    },
  }
}

/**
 * Holds for the very object that it was kept on: neither for a copy of it, which gets its properties, nor for one that
 * has it as prototype. Its fields are private, so that printing the request does not print who sent it.
 */
class Kept<Value> {
  readonly #owner: object
  readonly #value: Value

  static {
    keepShape(new Kept({}, undefined))
  }

  constructor(owner: object, value: Value) {
    this.#owner = owner
    this.#value = value
  }

  of(identity: object): Value | undefined {
    return identity === this.#owner ? this.#value : undefined
  }
}
