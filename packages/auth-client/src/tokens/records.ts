import { AuthClientError, isAuthClientError, randomId } from '../errors.js'
import type { Settings } from '../options.js'
import { parseRecord } from './record.js'
import type { SessionRecord } from './record.js'
import type { TokenStore } from './token-store.js'

/** A record and the version that it was read at; undefined: nothing is stored. */
export interface Loaded {
  readonly version: string | undefined
  readonly record: SessionRecord | undefined
}

/** The records of sessions in a store. */
export interface Records {
  /** @throws {AuthClientError} `store_unavailable` */
  load(key: string): Promise<Loaded>
  /**
   * @returns false when somebody else has written since
   * @throws {AuthClientError} `store_unavailable`
   */
  save(key: string, record: SessionRecord, expected: string | undefined): Promise<boolean>
  /** For tokens that the issuer has given out already: what a store refuses is kept in memory, and told. */
  keep(key: string, record: SessionRecord, expected: string | undefined): Promise<boolean>
  remove(key: string, expected: string | undefined): Promise<boolean>
}

// Renewed sessions that the store did not take.
const MOST_HELD = 100

export function createRecords(store: TokenStore, settings: Settings): Records {
  const held = new Map<string, Loaded>()
  const guarded = <Result>(work: () => Promise<Result>): Promise<Result> => within(settings.attemptTimeout, work)

  async function load(key: string): Promise<Loaded> {
    const stored = await guarded(() => store.get(key))
    const own = held.get(key)
    // As long as nobody has written since, what is held is newer.
    if (own !== undefined && own.version === stored?.version) return own
    held.delete(key)
    return { version: stored?.version, record: stored === undefined ? undefined : parseRecord(stored.value) }
  }

  async function save(key: string, record: SessionRecord, expected: string | undefined): Promise<boolean> {
    const tokens = { version: randomId(), value: JSON.stringify(record) }
    const isSaved = await guarded(() => store.set(key, tokens, { expected, ttl: ttlOf(record, settings) }))
    held.delete(key)
    return isSaved
  }

  return {
    load,
    save,
    async keep(key, record, expected) {
      try {
        return await save(key, record, expected)
      } catch (error) {
        const [oldest] = held.keys()
        if (oldest !== undefined && held.size >= MOST_HELD) held.delete(oldest)
        held.set(key, { version: expected, record })
        if (isAuthClientError(error)) settings.onEvent({ type: 'store_failed', error })
        return true
      }
    },
    async remove(key, expected) {
      held.delete(key)
      return expected === undefined || guarded(() => store.delete(key, expected))
    },
  }
}

/** Seconds. Without a refresh token a record is of no use longer than its tokens. */
function ttlOf({ refreshToken, tokens }: SessionRecord, { now, sessionMaxAge }: Settings): number {
  if (refreshToken !== undefined) return sessionMaxAge
  const last = Math.max(...tokens.map(({ expiresAt, obtainedAt }) => expiresAt ?? obtainedAt + 300))
  return Math.min(sessionMaxAge, Math.max(1, Math.ceil(last - now())))
}

/** A store that fails, or never answers, is told as such. */
async function within<Result>(seconds: number, work: () => Promise<Result>): Promise<Result> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    const giveUp = (): void => reject(new AuthClientError('store_unavailable', `no answer within ${seconds} s`))
    timer = setTimeout(giveUp, seconds * 1000)
  })
  try {
    return await Promise.race([work(), late])
  } catch (error) {
    throw isAuthClientError(error) ? error : new AuthClientError('store_unavailable', '', { cause: error })
  } finally {
    clearTimeout(timer)
  }
}
