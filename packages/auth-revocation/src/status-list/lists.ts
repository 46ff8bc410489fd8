import type { JWTVerifyGetKey } from 'jose'

import { Unavailable } from '../http/unavailable.js'
import { createListeners } from '../listeners.js'
import type { Listeners } from '../listeners.js'
import { fetchList, NotProven } from './fetch-list.js'
import type { StatusList } from './fetch-list.js'
import { createEntries, isUsable } from './list-entries.js'
import type { Entry } from './list-entries.js'
import type { Settings } from './options.js'

/** Whose list, and from where. */
export interface ListPlace {
  readonly uri: string
  readonly issuer: string
  readonly keys: JWTVerifyGetKey
}

/** Lists, kept for their time. */
export interface Lists extends Pick<Listeners, 'subscribe'> {
  /**
   * @param until - until when somebody may ask about it, such as `exp` of a token: seconds since the epoch
   * @throws {Unavailable}
   */
  readonly get: (place: ListPlace, until: number) => Promise<StatusList>
  readonly state: () => 'up' | 'down'
}

const MOST_UNDERWAY = 16
// Seconds: the first pause after a failure, and the longest.
const BACK_OFF = 1
const MAX_BACK_OFF = 60

export function createLists(settings: Settings): Lists {
  const { now, maxStale } = settings
  const entries = createEntries(now)
  const listeners = createListeners()

  /** One fetch for all who ask. */
  function refresh(entry: Entry, place: ListPlace): Promise<StatusList> {
    if (entry.underway !== undefined) return entry.underway
    const { failure } = entry
    if (failure !== undefined && now() < failure.until && now() >= failure.at) return Promise.reject(failure.error)
    if (entries.underway() >= MOST_UNDERWAY) return Promise.reject(new Unavailable('too many lists at once'))
    entry.underway = fetchList(place.uri, place.issuer, place.keys, settings)
      .then(
        (list) => succeeded(entry, place, list),
        (error: unknown) => failed(entry, place, error),
      )
      .finally(() => {
        entry.underway = undefined
        schedule(entry, place)
      })
    return entry.underway
  }

  function succeeded(entry: Entry, { issuer }: ListPlace, list: StatusList): StatusList {
    const before = entry.list
    Object.assign(entry, { list, fetchedAt: now(), failures: 0, failure: undefined })
    entries.makeRoom(entry)
    listeners.stateIs(entries.state())
    // Which tokens are at the places that changed is known to the issuer alone.
    if (before !== undefined && !isSame(before, list)) listeners.revoked({ issuer })
    return list
  }

  function failed(entry: Entry, { uri }: ListPlace, thrown: unknown): never {
    const error = thrown instanceof Error ? thrown : new Unavailable('a fault')
    entry.failures += 1
    const pause = Math.min(MAX_BACK_OFF, BACK_OFF * 2 ** (entry.failures - 1))
    entry.failure = { error, at: now(), until: now() + pause }
    entries.makeRoom(entry)
    const detail = `${uri}: ${error instanceof Unavailable ? error.message : 'a fault'}`
    if (error instanceof NotProven) listeners.rejected(detail)
    listeners.stateIs(entries.state(), detail)
    throw error
  }

  /** Open connections ask for nothing: for those who listen, lists are fetched again by themselves. */
  function schedule(entry: Entry, place: ListPlace): void {
    clearTimeout(entry.timer)
    if (listeners.isEmpty() || entry.list === undefined || entry.isRemoved || now() > entry.neededUntil) return
    const pause = entry.failure === undefined ? entry.list.ttl : entry.failure.until - now()
    const again = (): void => {
      if (!listeners.isEmpty()) refresh(entry, place).catch(() => undefined)
    }
    const timer = setTimeout(again, Math.max(1, pause) * 1000)
    entry.timer = timer
    // On Node and Bun it is an object, elsewhere a number. It keeps no process alive.
    if (typeof timer === 'object' && 'unref' in timer) timer.unref()
  }

  return {
    state: entries.state,
    subscribe: listeners.subscribe,
    async get(place, until) {
      if (entries.state() === 'down') {
        entries.forgetUnneeded()
        listeners.stateIs(entries.state())
      }
      const entry = entries.of(JSON.stringify([place.issuer, place.uri]), until)
      if (entry.list !== undefined && isUsable(entry, now(), 0)) return entry.list
      const refreshed = refresh(entry, place)
      if (entry.list === undefined || !isUsable(entry, now(), maxStale)) return refreshed
      // In the background; the next request sees it.
      refreshed.catch(() => undefined)
      return entry.list
    },
  }
}

function isSame(one: StatusList, other: StatusList): boolean {
  if (one.bits !== other.bits || one.bytes.length !== other.bytes.length) return false
  return one.bytes.every((byte, index) => byte === other.bytes[index])
}
