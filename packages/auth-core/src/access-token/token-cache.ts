import { sha256 } from '#crypto'

import type { VerificationKey } from '../crypto/types.js'
import type { TrustedIssuer } from '../issuer/issuer-options.js'
import { heapSize } from '../util/heap-size.js'
import { createLruMap } from '../util/lru.js'
import { isPending } from '../util/maybe-promise.js'
import type { MaybePromise } from '../util/maybe-promise.js'
import type { VerifiedAccessToken } from './verified-access-token.js'

/** A token that was verified in full, and what it was verified by. */
export interface RememberedToken {
  readonly token: VerifiedAccessToken
  /** The very settings of its issuer; not its keys, which a token would keep when the issuer is forgotten. */
  readonly trusted: TrustedIssuer
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
  /** Bytes of memory, about. */
  readonly size: number
}

// What the claims of a token may take on average. Those of most take a third of it.
const BYTES_A_TOKEN = 8 * 1024
// What an entry takes beside its claims.
const ENTRY = 512

/**
 * A token that comes once is not remembered: entering it would cost more than it ever saves, and a crowd of such tokens
 * would push out those that come again. So the first time only its mark is noted. Entries are found by the mark, and
 * are of the token when the digest says so; a token whose mark is unknown is never hashed.
 *
 * @param entries - how many tokens are remembered at least, as long as they take 8 KiB of memory on average; at most twice
 * as many, in twice as much
 */
export function createTokenCache(entries: number): TokenCache {
  const byMark = createLruMap<Entry, number>(entries, {
    bytes: entries * BYTES_A_TOKEN,
    sizeOf: ({ size }) => size,
  })
  const wasMet = createAcquaintance(entries)

  function enter(mark: number, digest: string, remembered: RememberedToken): void {
    byMark.set(mark, { digest, remembered, size: ENTRY + heapSize(remembered.token) })
  }

  return {
    get({ text, digest }) {
      const entry = byMark.get(markOf(text))
      if (entry === undefined) return undefined
      const own = digest ?? sha256(text)
      return isPending(own) ? own.then((known) => entryOf(entry, known)) : entryOf(entry, own)
    },
    set({ text, digest }, verified) {
      const mark = markOf(text)
      if (!wasMet(mark)) return undefined
      const own = digest ?? sha256(text)
      return isPending(own) ? own.then((known) => enter(mark, known, verified)) : enter(mark, own, verified)
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

// So many marks that share a place are noted there, so that hardly ever one is pushed out before its time.
const PLACE = 4

/**
 * Tells whether a mark was met lately, and notes it: when fewer others came since than there are entries, and not when
 * twice as many did, since such a token would be pushed out of the cache before it comes again.
 */
function createAcquaintance(entries: number): (mark: number) => boolean {
  const bits = Math.ceil(Math.log2(2 * entries))
  const marks = new Int32Array(PLACE * 2 ** bits)
  const turns = new Int32Array(marks.length)
  let turn = 0
  let met = 0

  return (mark) => {
    met += 1
    if (met > entries) {
      met = 1
      turn += 1
    }
    // By the golden ratio, which spreads what is alike.
    const first = (Math.imul(mark, 0x9e3779b1) >>> (32 - bits)) * PLACE
    // One more, since an empty place holds zero.
    const noted = mark + 1
    let at = first
    while (marks[at] !== noted && at < first + PLACE - 1) at++
    const lately = marks[at] === noted && turn - (turns[at] ?? 0) <= 1
    // The newest first: the last one goes.
    for (; at > first; at--) {
      marks[at] = marks[at - 1] ?? 0
      turns[at] = turns[at - 1] ?? 0
    }
    marks[first] = noted
    turns[first] = turn
    return lately
  }
}
