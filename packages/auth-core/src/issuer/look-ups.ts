import { anew, isAuthError } from '../outcome/errors.js'
import { createLruMap } from '../util/lru.js'
import type { MaybePromise } from '../util/maybe-promise.js'
import { createIssuerTable } from './issuer-table.js'
import type { KnownIssuer } from './issuer-table.js'

// Seconds. Short, so that what the application removes soon stops being trusted. Long enough that few requests wait for
// a database.
const ANSWER_LIFETIME = 60
// Seconds. A negative cache, so that unknown names do not each cause a look-up. Short, so that a new tenant need not
// wait.
const REFUSAL_LIFETIME = 5

const MAX_REFUSALS = 1000
// The largest key, RSA of 8192 bits imported for two algorithms, takes 33 KB.
const BOUNDS = { proven: 1000, unproven: 250, keys: 5000 }

/** What is looked up, an issuer or a tenant, and what is made of an answer. */
export interface LookUpPolicy<Settings, Keys> {
  /** Seconds since the epoch. */
  readonly now: () => number
  /** Whether the application is asked for a name that is not known yet. */
  readonly isName: (name: string) => boolean
  /** Asks the application. @throws {AuthError} when it fails */
  readonly ask: (name: string) => Promise<Settings | undefined>
  /** Makes the key sets. @param onFetched - to be called when keys were fetched */
  readonly make: (settings: Settings, onFetched: () => void) => Keys
  readonly settingsOf: (keys: Keys) => Settings
  /** Whether the keys came with the answer, so that none are fetched. */
  readonly hasKeys: (settings: Settings) => boolean
  readonly countKeys: (keys: Keys) => number
}

/** What a function of the application has answered, by name. */
export interface LookUps<Keys> {
  select(name: string): MaybePromise<Keys | undefined>
  known(): readonly Keys[]
  /** Has the function asked anew: for those that are selected, and for all that it did not know. */
  forget(selected: (keys: Keys) => boolean): void
}

/** A cache of answers, with single flight for each name and a negative cache. */
export function createLookUps<Settings, Keys>(policy: LookUpPolicy<Settings, Keys>): LookUps<Keys> {
  const known = createIssuerTable<Keys>(BOUNDS, policy.countKeys)
  // Single flight: one look-up for all concurrent requests with a name. Each is waited for by a request, so their number
  // is bounded by that of open requests.
  const lookUps = new Map<string, Promise<Keys | undefined>>()
  let refused = createLruMap<number>(MAX_REFUSALS)
  let invalidations = 0

  async function lookUp(name: string): Promise<Keys | undefined> {
    const began = invalidations
    const settings = await policy.ask(name)
    // A look-up that began before an invalidation may have read what was invalidated: look up again.
    if (began !== invalidations) return lookUp(name)
    if (settings === undefined) {
      known.delete(name)
      refused.set(name, policy.now() + REFUSAL_LIFETIME)
      return undefined
    }
    return remember(name, settings)
  }

  function remember(name: string, settings: Settings): Keys {
    const until = policy.now() + ANSWER_LIFETIME
    const before = known.get(name)
    // Unchanged settings keep their fetched keys.
    if (before !== undefined && JSON.stringify(policy.settingsOf(before.keys)) === JSON.stringify(settings)) {
      before.until = until
      return before.keys
    }
    known.delete(name)
    const keys = policy.make(settings, () => known.prove(name, entry))
    const entry: KnownIssuer<Keys> = { keys, until, used: 0, deleted: false }
    known.add(name, entry)
    if (policy.hasKeys(settings)) known.prove(name, entry)
    return keys
  }

  /**
   * Whether a cached answer is still fresh. If more than its lifetime is left, the clock was set back, and it is not.
   */
  function isFresh(until: number | undefined, lifetime: number): boolean {
    if (until === undefined) return false
    const left = until - policy.now()
    return left > 0 && left <= lifetime
  }

  return {
    select(name) {
      const entry = known.get(name)
      if (entry !== undefined && isFresh(entry.until, ANSWER_LIFETIME)) return entry.keys
      if (!policy.isName(name) || isFresh(refused.get(name), REFUSAL_LIFETIME)) return undefined
      const underway = lookUps.get(name)
      if (underway !== undefined) return refusedAlone(underway)
      const answer = lookUp(name).finally(() => {
        if (lookUps.get(name) === answer) lookUps.delete(name)
      })
      lookUps.set(name, answer)
      return refusedAlone(answer)
    },
    known: () => known.entries().map(([, { keys }]) => keys),
    forget(selected) {
      invalidations += 1
      lookUps.clear()
      refused = createLruMap<number>(MAX_REFUSALS)
      for (const [, entry] of known.entries()) if (selected(entry.keys)) entry.until = 0
    },
  }
}

/** Whoever waits for the same look-up is refused by an error of its own: it is made out to one request. */
function refusedAlone<Answer>(answer: Promise<Answer>): Promise<Answer> {
  return answer.catch((error: unknown) => {
    throw isAuthError(error) ? anew(error) : error
  })
}
