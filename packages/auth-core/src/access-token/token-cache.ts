import { sha256 } from '#crypto'

import type { VerificationKey } from '../crypto/types.js'
import type { IssuerKeys } from '../issuer/trusted-issuers.js'
import { createLruMap } from '../lru.js'
import type { MaybePromise } from '../maybe-promise.js'
import type { VerifiedAccessToken } from './verified-access-token.js'

/** A token that was verified in full, and what it was verified by. */
export interface RememberedToken {
  readonly token: VerifiedAccessToken
  readonly issuer: IssuerKeys
  /** The very key object: a key that leaves the key set takes its tokens along. */
  readonly key: VerificationKey
}

/** An access token as text, and the SHA-256 of all of it, signature included, where that is known already. */
export interface TokenText {
  readonly text: string
  readonly digest: string | undefined
}

/**
 * Verified tokens by SHA-256 of their whole text, signature included: looking up a hash is cheaper than looking up the
 * text, and keeps bearer tokens out of memory.
 */
export interface TokenCache {
  get(token: TokenText): MaybePromise<RememberedToken | undefined>
  /** Called with a token that was just verified. Takes it when it was verified once before. */
  set(token: TokenText, verified: RememberedToken): MaybePromise<void>
}

interface Entry {
  /** The SHA-256 of the token. */
  readonly digest: string
  readonly remembered: RememberedToken
}

/**
 * A token that comes once is not remembered: entering it would cost more than it ever saves, and a crowd of such tokens
 * would push out those that come again. So the first time only its mark is noted. Entries are found by the mark, and
 * are of the token when the digest says so; a token whose mark is unknown is never hashed.
 *
 * @param entries - how many tokens are remembered at least; at most twice as many
 */
export function createTokenCache(entries: number): TokenCache {
  const byMark = createLruMap<Entry, number>(entries)
  const wasMet = createAcquaintance(entries)

  function enter(mark: number, digest: string, remembered: RememberedToken): void {
    byMark.set(mark, { digest, remembered })
  }

  return {
    get({ text, digest }) {
      const entry = byMark.get(markOf(text))
      if (entry === undefined) return undefined
      const own = digest ?? sha256(text)
      return own instanceof Promise ? own.then((known) => entryOf(entry, known)) : entryOf(entry, own)
    },
    set({ text, digest }, verified) {
      const mark = markOf(text)
      if (!wasMet(mark)) return undefined
      const own = digest ?? sha256(text)
      return own instanceof Promise ? own.then((known) => enter(mark, known, verified)) : enter(mark, own, verified)
    },
  }
}

/** Another token may have the same mark. */
function entryOf({ digest, remembered }: Entry, own: string): RememberedToken | undefined {
  return digest === own ? remembered : undefined
}

const MARK_CHARACTERS = 5

/**
 * 30 bits of the signature. A mark only tells where to look: two tokens that have the same one cost each other their
 * place, and no token gets what is remembered of another. Nobody but an issuer can aim at one.
 */
function markOf(text: string): number {
  let mark = 0
  // The very last character of most signatures has but two or four bits.
  const end = text.length - 1
  for (let index = end - MARK_CHARACTERS; index < end; index++) mark = (mark << 6) ^ text.charCodeAt(index)
  return mark & 0x3fffffff
}

/**
 * Tells whether a mark was met lately, and notes it. In a table in which each mark has one place, so that others push it
 * out in time: a mistake does nothing but enter a token early, or late.
 */
function createAcquaintance(entries: number): (mark: number) => boolean {
  const places = 2 ** Math.ceil(Math.log2(2 * entries))
  const table = new Int32Array(places)
  return (mark) => {
    const place = mark & (places - 1)
    // One more, since an empty place holds zero.
    if (table[place] === mark + 1) return true
    table[place] = mark + 1
    return false
  }
}
