import { hmacSha256 } from '#crypto'

import { isPending } from '../util/maybe-promise.js'
import type { MaybePromise } from '../util/maybe-promise.js'
import { createLruMap } from '../util/lru.js'
import type { NonceSettings } from '../options/nonce-options.js'

/**
 * Makes and verifies nonces (RFC 9449 §8, §9) without remembering any: a nonce is the time at which it was made and the
 * HMAC of that under the secret, so that nobody can predict it (§11.2) and every replica with the secret knows it.
 */
export interface Nonces {
  readonly mode: NonceSettings['mode']
  /** The nonce for a client's next proofs: the same one for a tenth of `maxAge`. */
  current(): MaybePromise<string>
  /**
   * When a nonce stops being good, in seconds since the epoch; undefined when it is not good: too old, from the
   * future, of another secret, or no nonce at all.
   */
  expiryOf(nonce: unknown): MaybePromise<number | undefined>
  /** Why `expiryOf` found none, for the operator. What it says of age is what the nonce says. */
  problemOf(nonce: unknown): string
  /** Whether a nonce has used half of its life, so that its client should get another. */
  isAgeing(expiry: number): boolean
}

// A secret that serves something else as well gives nothing away here, nor the other way round.
const LABEL = '@acme/auth-core DPoP nonce 1\n'
// Milliseconds since the epoch in base 36 do with nine digits until the year 5188; then 43 characters of HMAC. All of them
// are NQCHAR (RFC 9449 §8.1).
const TIME_LENGTH = 9
const NONCE = /^[0-9a-z]{9}[A-Za-z0-9_-]{43}$/
// Nonces are made at ten times of a maxAge; those of replicas with another maxAge come in addition.
const REMEMBERED = 100

export function createNonces({ secrets, maxAge, mode }: NonceSettings, now: () => number): Nonces {
  const step = Math.min(Math.max(1, maxAge / 10), maxAge / 2)
  let latest = { time: '', nonce: '' }
  // By their time, which is no secret: all nonces of that time, one for each secret.
  const genuine = createLruMap<readonly string[]>(REMEMBERED)

  function makeAll(time: string): MaybePromise<readonly string[]> {
    const codes = secrets.map((secret) => hmacSha256(secret, LABEL + time))
    if (codes.every((code) => typeof code === 'string')) return codes.map((code) => time + code)
    return Promise.all(codes.map(async (code) => time + (await code)))
  }

  return {
    mode,
    current() {
      const time = formatTime(Math.floor(now() / step) * step)
      if (latest.time === time) return latest.nonce
      const settle = ([nonce = '']: readonly string[]): string => {
        latest = { time, nonce }
        return nonce
      }
      const nonces = genuine.get(time) ?? makeAll(time)
      return isPending(nonces) ? nonces.then(settle) : settle(nonces)
    },
    expiryOf(nonce) {
      if (!isNonce(nonce)) return undefined
      const time = nonce.slice(0, TIME_LENGTH)
      const madeAt = timeOf(nonce)
      const expiry = madeAt + maxAge
      // A replica whose clock is a little ahead may have begun the next step.
      if (now() > expiry || now() < madeAt - step) return undefined
      const known = genuine.get(time)
      if (known !== undefined) return includes(known, nonce) ? expiry : undefined
      const judge = (nonces: readonly string[]): number | undefined => {
        if (!includes(nonces, nonce)) return undefined
        // Only now: what a client made up takes no room.
        genuine.set(time, nonces)
        return expiry
      }
      const nonces = makeAll(time)
      return isPending(nonces) ? nonces.then(judge) : judge(nonces)
    },
    problemOf(nonce) {
      if (!isNonce(nonce)) return 'nonce is none of this server'
      const age = Math.ceil((now() - timeOf(nonce)) * 1000) / 1000
      if (age > maxAge) return `nonce is ${age} s old; maxAge ${maxAge} s`
      return age < -step ? `nonce is ${-age} s ahead; tolerance ${step} s` : 'nonce is of another secret'
    },
    isAgeing: (expiry) => now() >= expiry - maxAge / 2,
  }
}

function isNonce(value: unknown): value is string {
  return typeof value === 'string' && NONCE.test(value)
}

/** When a nonce says that it was made, in seconds since the epoch. */
function timeOf(nonce: string): number {
  return Number.parseInt(nonce.slice(0, TIME_LENGTH), 36) / 1000
}

function formatTime(time: number): string {
  return Math.round(time * 1000)
    .toString(36)
    .padStart(TIME_LENGTH, '0')
}

/** In a time that tells nothing of how much of a nonce was guessed. */
function includes(nonces: readonly string[], candidate: string): boolean {
  let found = 0
  for (const nonce of nonces) {
    let difference = 0
    for (let i = 0; i < nonce.length; i++) difference |= nonce.charCodeAt(i) ^ candidate.charCodeAt(i)
    found |= difference === 0 ? 1 : 0
  }
  return found === 1
}

/** RFC 9449 §8.2: an answer with a nonce must not be stored, or the nonce would be stale when it is served. */
export function nonceHeaders(nonce: string): Readonly<Record<string, string>> {
  return { 'cache-control': 'no-store', 'dpop-nonce': nonce }
}
