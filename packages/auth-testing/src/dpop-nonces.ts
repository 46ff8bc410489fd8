import { BoundedMap } from './bounded-map.js'

/**
 * Whether an issuer wants a nonce of its own in DPoP proofs (RFC 9449 §8).
 * - `'off'`: no nonces.
 * - `'required'`: one nonce, until another is made.
 * - `'rotating'`: each is good for one request, and every answer has the next one.
 */
export type TestNonceMode = 'off' | 'required' | 'rotating'

// Those of answers under way: as many requests may be sent at once.
const MAX_UNSPENT = 100

/** The nonces that an issuer gives out, and takes. */
export class DpopNonces {
  #mode: TestNonceMode = 'off'
  #unspent: BoundedMap<true> = new BoundedMap(MAX_UNSPENT)
  #current: string = ''

  get mode(): TestNonceMode {
    return this.#mode
  }

  /** Takes no nonce of before. */
  demand(mode: TestNonceMode): void {
    this.#mode = mode
    this.#unspent = new BoundedMap(MAX_UNSPENT)
    this.#make()
  }

  /** Whether a proof with this nonce is taken; one of `'rotating'` is spent by it. */
  accepts(nonce: unknown): boolean {
    if (this.#mode === 'off') return true
    if (typeof nonce !== 'string' || !this.#unspent.has(nonce)) return false
    if (this.#mode === 'rotating') this.#unspent.take(nonce)
    return true
  }

  /** What the next answer carries. */
  next(): string | undefined {
    if (this.#mode === 'off') return undefined
    if (this.#mode === 'rotating') this.#make()
    return this.#current
  }

  #make(): void {
    this.#current = crypto.randomUUID()
    this.#unspent.set(this.#current, true)
  }
}
