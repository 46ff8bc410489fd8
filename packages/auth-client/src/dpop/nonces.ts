/** Servers whose nonces are kept. */
const MOST = 100
// RFC 9449 §8.1: NQCHAR. What is longer than any sensible nonce is not repeated in each request.
const NONCE = /^[\x21\x23-\x5B\x5D-\x7E]{1,1024}$/

interface Learnt {
  readonly nonce: string
  /** Seconds since the epoch. */
  readonly at: number
}

/**
 * The latest nonce of each server (RFC 9449 §8, §9), by its origin: a nonce of one server is none of another's. Bounded. An
 * API and its issuer on one origin want two of these.
 *
 * @example
 * ```ts
 * import { DpopNonces } from '@acme/auth-client'
 *
 * const nonces = new DpopNonces()
 * const response = await fetch('http://127.0.0.1:9/').catch(() => new Response(null, { headers: { 'dpop-nonce': 'n-1' } }))
 * nonces.learn('https://api.example.com', response.headers, Date.now() / 1000)
 * console.log(nonces.get('https://api.example.com'))
 * ```
 */
export class DpopNonces {
  readonly #byOrigin = new Map<string, Learnt>()

  /** The nonce to use next. */
  get(origin: string): string | undefined {
    return this.#byOrigin.get(origin)?.nonce
  }

  /** Seconds since the nonce came; Infinity without one. */
  age(origin: string, now: number): number {
    return now - (this.#byOrigin.get(origin)?.at ?? -Infinity)
  }

  /**
   * Takes the nonce of an answer, whatever its status (RFC 9449 §8.2). One of another grammar is ignored.
   *
   * @param now - seconds since the epoch
   * @returns the nonce that came
   */
  learn(origin: string, headers: { get(name: string): string | null }, now: number): string | undefined {
    const nonce = headers.get('dpop-nonce')
    if (nonce === null || !NONCE.test(nonce)) return undefined
    this.#byOrigin.delete(origin)
    this.#byOrigin.set(origin, { nonce, at: now })
    const [oldest] = this.#byOrigin.keys()
    if (this.#byOrigin.size > MOST && oldest !== undefined) this.#byOrigin.delete(oldest)
    return nonce
  }
}
