import { configurationError, rejectUndefined, rejectUnknownNames, requireObject } from '../options/option-checks.js'
import { moreThanZero } from '../options/read-options.js'
import type { RevocableToken, RevocationAnswer, RevokedTokens } from './revocation-source.js'

/** Options of {@link createEpochs}. */
export interface EpochOptions {
  /**
   * Seconds for which a revocation is kept: no shorter than the longest lifetime of a token. A token that is older than this
   * cannot be judged any more once something was forgotten, and counts as revoked. @defaultValue 2592000, 30 days
   */
  readonly retention?: number
  /** The most revocations that are kept at once; half a kilobyte each. @defaultValue 100000 */
  readonly maxEntries?: number
  /** Seconds since the epoch. @defaultValue the system clock */
  readonly now?: () => number
}

/** Whose tokens were revoked, and the time before which these were issued, in seconds since the epoch. */
export interface Epoch {
  readonly tokens: RevokedTokens
  readonly issuedBefore: number
}

/** Whose tokens count only when issued after a time: each entry an epoch (RFC 7519 §4.1.6 `iat`). */
export interface Epochs {
  /**
   * Refuses tokens that were issued before a time. Monotone: an earlier time than is known changes nothing.
   *
   * @param tokens - at least one member: what is given must all match
   * @param issuedBefore - seconds since the epoch. @defaultValue now
   * @returns whether something changed
   * @throws {TypeError} for members that are unknown, empty or of another type
   * @throws {Error} when no more fit in
   */
  add(tokens: RevokedTokens, issuedBefore?: number): boolean
  /** Of a token that is older than `retention` nothing can be said once something was forgotten: it counts as revoked. */
  check(token: RevocableToken): RevocationAnswer
  /** All that is kept. */
  entries(): IterableIterator<Epoch>
}

const MEMBERS = ['issuer', 'subject', 'clientId', 'sessionId', 'tokenId'] as const
const MONTH = 30 * 24 * 60 * 60
// Characters. RFC 9493 and OpenID Connect Core §2 name no more than 255 for a subject; URLs may be longer.
const LONGEST = 512
// Bytes of an entry on average.
const ENTRY = 512
// Seconds by which the clock of whoever revokes may be ahead.
const AHEAD = 60
const NOT_REVOKED: RevocationAnswer = Object.freeze({ revoked: false })

/**
 * Keeps epochs in memory, bounded in entries and in bytes.
 *
 * @throws {TypeError} that names the option, what was given and what is wanted
 * @example
 * ```ts
 * import { createEpochs } from '@acme/auth-core'
 *
 * const epochs = createEpochs()
 * epochs.add({ issuer: 'https://issuer.example.com/', subject: 'user-1' })
 * ```
 */
export function createEpochs(options: EpochOptions = {}): Epochs {
  const { retention, maxEntries, now } = readOptions(options)
  const kept = new Map<string, Epoch>()
  // Which members entries have, and how many entries: no more keys are made of a token than there are kinds.
  const kinds = new Map<number, number>()
  const tooOld: RevocationAnswer = {
    revoked: true,
    detail: `older than ${retention} s, for which revocations are kept (retention)`,
  }
  let bytes = 0
  let forgotten = -Infinity

  function forget(key: string, { tokens, issuedBefore }: Epoch): void {
    const kind = kindOf(tokens)
    kinds.set(kind, (kinds.get(kind) ?? 1) - 1)
    if (kinds.get(kind) === 0) kinds.delete(kind)
    kept.delete(key)
    bytes -= sizeOf(key)
    forgotten = Math.max(forgotten, issuedBefore)
  }
  function makeRoom(size: number): void {
    if (kept.size < maxEntries && bytes + size <= maxEntries * ENTRY) return
    const oldest = now() - retention
    for (const [key, epoch] of kept) if (epoch.issuedBefore < oldest) forget(key, epoch)
    if (kept.size < maxEntries && bytes + size <= maxEntries * ENTRY) return
    throw new Error(`revocations: ${kept.size} are kept, and no more fit in; raise maxEntries`)
  }

  return {
    add(tokens, issuedBefore = now()) {
      const named = readTokens(tokens)
      requireEpoch(issuedBefore, now())
      const kind = kindOf(named)
      const key = keyOf(named, kind)
      const before = kept.get(key)
      if (before !== undefined && before.issuedBefore >= issuedBefore) return false
      if (before === undefined) {
        makeRoom(sizeOf(key))
        kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
        bytes += sizeOf(key)
      }
      kept.set(key, { tokens: named, issuedBefore })
      return true
    },
    check(token) {
      const { issuedAt } = token
      for (const kind of kinds.keys()) {
        const epoch = hasAll(token, kind) ? kept.get(keyOf(token, kind)) : undefined
        // Of a token without `iat` nobody can tell.
        if (epoch !== undefined && !(issuedAt !== undefined && issuedAt >= epoch.issuedBefore)) return revokedBy(epoch)
      }
      // No outage, which it would be for everybody: the next token of the same client is good.
      return (issuedAt ?? 0) < forgotten ? tooOld : NOT_REVOKED
    },
    entries: () => kept.values(),
  }
}

/** Those that a token has of some members, as bits. */
function hasAll(token: RevokedTokens, kind: number): boolean {
  return (kindOf(token) & kind) === kind
}

function kindOf(tokens: RevokedTokens): number {
  return MEMBERS.reduce((kind, name, index) => (tokens[name] === undefined ? kind : kind | (1 << index)), 0)
}

function keyOf(tokens: RevokedTokens, kind: number): string {
  return JSON.stringify(MEMBERS.map((name, index) => ((kind & (1 << index)) === 0 ? 0 : tokens[name])))
}

/** Text takes one byte or two for each character, twice: in the key and in the entry. */
function sizeOf(key: string): number {
  return 200 + 4 * key.length
}

function revokedBy({ tokens, issuedBefore }: Epoch): RevocationAnswer {
  const whose = MEMBERS.filter((name) => tokens[name] !== undefined).join(' and ')
  return { revoked: true, detail: `issued before ${new Date(issuedBefore * 1000).toISOString()}, by ${whose}` }
}

/** A name that is misspelt or undefined would revoke the tokens of many more. */
function readTokens(given: RevokedTokens): RevokedTokens {
  requireObject('revoke()', given, "an object such as { subject: 'user-1' }")
  rejectUnknownNames('revoke()', given, MEMBERS)
  rejectUndefined('revoke().', given)
  const members = Object.entries(given)
  if (members.length === 0) throw configurationError('revoke()', given, `at least one of ${MEMBERS.join(', ')}`)
  for (const [name, value] of members) {
    if (typeof value === 'string' && value !== '' && value.length <= LONGEST) continue
    throw configurationError(`revoke().${name}`, value, `text of at most ${LONGEST} characters`)
  }
  return Object.freeze({ ...given })
}

/** One from the future would lock somebody out. */
function requireEpoch(given: unknown, now: number): void {
  if (typeof given === 'number' && given >= 0 && given <= now + AHEAD) return
  throw configurationError('issuedBefore', given, 'seconds since the epoch, not in the future')
}

function readOptions(options: EpochOptions): Required<EpochOptions> {
  requireObject('options', options, 'an object such as { retention: 86400 }')
  rejectUnknownNames('options', options, ['retention', 'maxEntries', 'now'])
  rejectUndefined('', options)
  const { maxEntries = 100_000, now = () => Date.now() / 1000 } = options
  const isCount = Number.isSafeInteger(maxEntries) && maxEntries > 0
  if (!isCount) throw configurationError('maxEntries', maxEntries, 'a whole number of revocations, 1 or more')
  if (typeof now !== 'function') throw configurationError('now', now, 'a function')
  return { retention: moreThanZero(MONTH)(options.retention, 'retention'), maxEntries, now }
}
