import type { AccessToken, AccessTokenRequest } from '../access-token.js'
import { AuthClientError, isAuthClientError } from '../errors.js'
import { Flights, unlessAborted } from '../fetch/flights.js'
import type { Context } from '../grants/context.js'
import type { TokenSet } from '../grants/requests.js'
import type { Lock } from './lock.js'
import { accessTokenOf, freshnessOf, keptToken, pick, withToken } from './record.js'
import type { KeptToken, SessionRecord } from './record.js'
import type { Loaded, Records } from './records.js'

/** Where tokens for one API come from. */
export interface Source {
  /** Of the record. */
  readonly key: string
  /** The API that they are for. */
  readonly api: string
  /** What they must have. */
  readonly scopes: readonly string[]
  /** Gets one from the issuer, with these scopes at least. */
  obtain(record: SessionRecord | undefined, scopes: readonly string[]): Promise<TokenSet>
  /** Gives back tokens that nobody will use. */
  discard?(tokens: TokenSet): Promise<void>
}

/** Hands out tokens that are valid, and renews them: one request for all who want the same. */
export interface Keeper {
  /** @throws {AuthClientError} */
  get(source: Source, request?: AccessTokenRequest): Promise<AccessToken>
}

// Seconds after a renewal in the background failed, and sessions that this is remembered of.
const PAUSE = 5
const MOST_PAUSED = 1000
// The refresh token may have been replaced while it was refused.
const TRIES = 3

export function createKeeper(context: Context, records: Records, lock: Lock): Keeper {
  const { now, onEvent, refreshAhead } = context.settings
  const flights = new Flights<KeptToken>()
  const pausedUntil = new Map<string, number>()

  const freshness = (token: KeptToken): ReturnType<typeof freshnessOf> => freshnessOf(token, now(), refreshAhead)

  /** The token that is kept, but for the one that was refused. */
  function usable(
    { record }: Loaded,
    source: Source,
    scopes: readonly string[],
    refused: string | undefined,
  ): KeptToken | undefined {
    const kept = pick(record, source.api, scopes)
    return kept === undefined || kept.value === refused || freshness(kept) === 'stale' ? undefined : kept
  }

  function renew(
    source: Source,
    scopes: readonly string[],
    refused: string | undefined,
    signal?: AbortSignal,
  ): Promise<KeptToken> {
    const cause = JSON.stringify([source.key, source.api, scopes, refused])
    return unlessAborted(
      flights.run(cause, () => exclusively(source, scopes, refused)),
      signal,
    )
  }

  async function exclusively(
    source: Source,
    scopes: readonly string[],
    refused: string | undefined,
  ): Promise<KeptToken> {
    try {
      return await lock.withLock(source.key, async (lost) => {
        for (let tries = 1; ; tries += 1) {
          lost.throwIfAborted()
          const loaded = await records.load(source.key)
          const theirs = usable(loaded, source, scopes, refused)
          if (theirs !== undefined && freshness(theirs) === 'fresh') return adopt(theirs)
          const own = await obtain(loaded, source, scopes)
          if (own !== undefined) return own
          if (tries === TRIES)
            throw new AuthClientError('store_unavailable', 'others changed the tokens again and again')
        }
      })
    } catch (error) {
      // A lock may throw anything.
      throw isAuthClientError(error) ? error : new AuthClientError('store_unavailable', 'the lock', { cause: error })
    }
  }

  function adopt(token: KeptToken): KeptToken {
    onEvent({ type: 'adopted' })
    return token
  }

  /** @returns undefined when somebody else has changed the record in the meantime */
  async function obtain(loaded: Loaded, source: Source, scopes: readonly string[]): Promise<KeptToken | undefined> {
    const obtainedAt = now()
    let tokens: TokenSet
    try {
      tokens = await source.obtain(loaded.record, scopes)
    } catch (error) {
      if (!isAuthClientError(error) || error.reason !== 'token_refused') throw error
      return endSession(loaded, source, error)
    }
    const kept = keptToken(tokens, source.api, obtainedAt, scopes)
    const { refreshToken = loaded.record?.refreshToken, idToken = loaded.record?.idToken } = tokens
    const record = withToken({ tokens: [], ...loaded.record, refreshToken, idToken }, kept)
    if (await records.keep(source.key, record, loaded.version)) return kept
    // A logout, or another who got tokens although the lock was ours: theirs stay.
    await source.discard?.(tokens).catch(() => undefined)
    return undefined
  }

  /** Only when the refused token is still the current one: another tab or process may have replaced it since. */
  async function endSession({ record, version }: Loaded, source: Source, refusal: AuthClientError): Promise<undefined> {
    if (record?.refreshToken === undefined) throw refusal
    const current = await records.load(source.key)
    if (current.record?.refreshToken !== record.refreshToken) return undefined
    // Somebody logged in, or renewed it, just now.
    if (!(await records.remove(source.key, version))) return undefined
    onEvent({ type: 'session_ended' })
    const { httpStatus: status, correlationId } = refusal
    throw new AuthClientError('login_required', 'the session is over', { status, correlationId, cause: refusal })
  }

  /** The token is still good: a failure is told by the event of its grant, and by the next call when it is not. */
  function renewInBackground(source: Source, scopes: readonly string[]): void {
    if ((pausedUntil.get(source.key) ?? 0) > now()) return
    renew(source, scopes, undefined).catch(() => {
      if (pausedUntil.size >= MOST_PAUSED) pausedUntil.clear()
      pausedUntil.set(source.key, now() + PAUSE)
    })
  }

  return {
    async get(source, request = {}) {
      const { refused, scopes: further = [], signal } = request
      signal?.throwIfAborted()
      const scopes = [...new Set([...source.scopes, ...further])].toSorted()
      const dpopKey = (await context.binding())?.keyPair
      const loaded = await unlessAborted(records.load(source.key), signal)
      const kept = usable(loaded, source, scopes, refused?.value)
      if (kept !== undefined && freshness(kept) === 'ageing') renewInBackground(source, scopes)
      const token = accessTokenOf(kept ?? (await renew(source, scopes, refused?.value, signal)), dpopKey)
      // Asking the issuer again would give the same.
      if (further.every((scope) => token.scopes?.includes(scope) ?? false)) return token
      throw new AuthClientError('step_up_required', 'the issuer granted less than is wanted')
    },
  }
}
