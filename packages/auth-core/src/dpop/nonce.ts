import { hmacSha256 } from '#crypto'

import { isPending } from '../util/maybe-promise.js'
import type { MaybePromise } from '../util/maybe-promise.js'
import { createLruMap } from '../util/lru.js'
import type { NonceSettings } from '../options/nonce-options.js'

/**
 * Makes and verifies nonces (RFC 9449 §8, §9) without storing them. A nonce is a timestamp and the HMAC of that
 * timestamp. Without the secret nobody can predict it and make proofs ahead of time (§11.2), and every replica with the
 * secret can verify it.
 */
export interface Nonces {
  readonly mode: NonceSettings['mode']
  /**
   * The nonce to send to clients. A new one is made every tenth of `maxAge`, or every second where that is longer, but
   * at least twice within `maxAge`.
   */
  current(): MaybePromise<string>
  /**
   * Verifies a nonce.
   *
   * @returns when it expires, in seconds since the epoch; undefined when it is expired, from the future, made with
   * another secret, or malformed
   */
  expiryOf(nonce: unknown): MaybePromise<number | undefined>
  /** Why `expiryOf` was undefined, for the operator. The age in it is read from the nonce, which may be forged. */
  problemOf(nonce: unknown): string
  /** Whether half of a nonce's lifetime is over, so that its client should be sent a new one (RFC 9449 §8.2). */
  isAgeing(expiry: number): boolean
}

// Domain separation: if the application uses the secret for other HMACs too, neither use can forge values of the other.
const LABEL = '@acme/auth-core DPoP nonce 1\n'
// Milliseconds since the epoch in base 36, nine digits until the year 5188, and 43 characters of HMAC-SHA-256 in
// base64url. All are NQCHAR, as RFC 9449 §8.1 requires.
const TIME_LENGTH = 9
const NONCE = /^[0-9a-z]{9}[A-Za-z0-9_-]{43}$/
// Timestamps whose HMACs are cached. There are about ten in a `maxAge`, and more where replicas differ in `maxAge`.
const MAX_CACHED_TIMES = 100

export function createNonces({ secrets, maxAge, mode }: NonceSettings, now: () => number): Nonces {
  const interval = Math.min(Math.max(1, maxAge / 10), maxAge / 2)
  let latest = { time: '', nonce: '' }
  // The valid nonces of a timestamp, one for each secret. The timestamp is public, so a look-up by it leaks nothing.
  const validByTime = createLruMap<readonly string[]>(MAX_CACHED_TIMES)

  function makeNonces(time: string): MaybePromise<readonly string[]> {
    const codes = secrets.map((secret) => hmacSha256(secret, LABEL + time))
    if (codes.every((code) => typeof code === 'string')) return codes.map((code) => time + code)
    return Promise.all(codes.map(async (code) => time + (await code)))
  }

  return {
    mode,
    current() {
      const time = formatTime(Math.floor(now() / interval) * interval)
      if (latest.time === time) return latest.nonce
      // The first secret makes nonces. The others only verify.
      const useFirst = ([nonce = '']: readonly string[]): string => {
        latest = { time, nonce }
        return nonce
      }
      const nonces = validByTime.get(time) ?? makeNonces(time)
      return isPending(nonces) ? nonces.then(useFirst) : useFirst(nonces)
    },
    expiryOf(nonce) {
      if (!isNonce(nonce)) return undefined
      const time = nonce.slice(0, TIME_LENGTH)
      const madeAt = timeOf(nonce)
      const expiry = madeAt + maxAge
      // Clock skew: a replica whose clock is ahead may have begun the next interval.
      if (now() > expiry || now() < madeAt - interval) return undefined
      const cached = validByTime.get(time)
      if (cached !== undefined) return includes(cached, nonce) ? expiry : undefined
      const verify = (nonces: readonly string[]): number | undefined => {
        if (!includes(nonces, nonce)) return undefined
        // Cached after it is verified, or clients could flush the cache with timestamps that they make up.
        validByTime.set(time, nonces)
        return expiry
      }
      const nonces = makeNonces(time)
      return isPending(nonces) ? nonces.then(verify) : verify(nonces)
    },
    problemOf(nonce) {
      if (!isNonce(nonce)) return 'nonce is none of this server'
      const age = now() - timeOf(nonce)
      // Up, so that it does not read as what is still accepted.
      const seconds = Math.ceil(Math.abs(age) * 1000) / 1000
      if (age > maxAge) return `nonce is ${seconds} s old; maxAge ${maxAge} s`
      return age < -interval ? `nonce is ${seconds} s ahead; tolerance ${interval} s` : 'nonce is of another secret'
    },
    isAgeing: (expiry) => now() >= expiry - maxAge / 2,
  }
}

function isNonce(value: unknown): value is string {
  return typeof value === 'string' && NONCE.test(value)
}

/** The timestamp in a nonce, in seconds since the epoch. */
function timeOf(nonce: string): number {
  return Number.parseInt(nonce.slice(0, TIME_LENGTH), 36) / 1000
}

function formatTime(time: number): string {
  return Math.round(time * 1000)
    .toString(36)
    .padStart(TIME_LENGTH, '0')
}

/**
 * Compares in constant time: neither the first differing character nor the matching secret shows in the timing, so an
 * HMAC cannot be guessed character by character (CWE-208).
 */
function includes(nonces: readonly string[], candidate: string): boolean {
  let found = 0
  for (const nonce of nonces) {
    let difference = 0
    for (let i = 0; i < nonce.length; i++) difference |= nonce.charCodeAt(i) ^ candidate.charCodeAt(i)
    found |= difference === 0 ? 1 : 0
  }
  return found === 1
}
