import type { KeysEvent } from '../outcome/events.js'
import { ageAt } from './key-freshness.js'
import type { Age } from './key-freshness.js'
import type { HeldKeys, IssuerStatus } from './key-set-types.js'
import type { Failure } from './single-flight.js'
import { describeUnusable } from './unusable-keys.js'

/** The state of an issuer's keys, for the operator. */
export function keysStatus(
  issuer: string,
  held: HeldKeys | undefined,
  { failure, now }: { readonly failure: Failure | undefined; readonly now: number },
): IssuerStatus {
  const age = held === undefined ? 'expired' : ageAt(held.freshness, now)
  return {
    issuer,
    state: STATES[age] ?? (failure === undefined ? 'empty' : 'unavailable'),
    keys: held?.index.size ?? 0,
    fetchedAt: held?.freshness.fetchedAt,
    freshUntil: held?.freshness.freshUntil,
    failures: failure?.failures ?? 0,
    retryAt: failure?.retryAt,
    problem: failure?.error.message,
  }
}

const STATES: Readonly<Record<Age, IssuerStatus['state'] | undefined>> = {
  fresh: 'fresh',
  due: 'fresh',
  stale: 'stale',
  expired: undefined,
}

const TRANSITIONS: Readonly<Record<Age, KeysEvent['transition']>> = {
  fresh: 'failed',
  due: 'failed',
  stale: 'stale',
  expired: 'unavailable',
}

/** Reports to `onEvent` what happens to an issuer's keys. */
export interface KeysReport {
  /** A fetch begins. */
  fetching(): void
  fetched(held: HeldKeys): void
  failed(held: HeldKeys | undefined, now: number, why: { readonly detail: string; readonly retryAfter: number }): void
  invalidated(held: HeldKeys | undefined): void
}

export function keysReport(issuer: string, report: (event: KeysEvent) => void): KeysReport {
  const noDetail = { detail: undefined, retryAfter: undefined }
  let begunAt = 0
  const taken = (): number => (performance.now() - begunAt) / 1000
  return {
    fetching() {
      begunAt = performance.now()
    },
    fetched({ index }) {
      const detail = describeUnusable(index.unusable.filter(({ defect }) => defect))
      report({ type: 'keys', issuer, transition: 'fetched', keys: index.size, duration: taken(), ...noDetail, detail })
    },
    failed(held, now, why) {
      const transition = TRANSITIONS[held === undefined ? 'expired' : ageAt(held.freshness, now)]
      report({ type: 'keys', issuer, transition, keys: held?.index.size ?? 0, duration: taken(), ...why })
    },
    invalidated(held) {
      report({
        type: 'keys',
        issuer,
        transition: 'invalidated',
        keys: held?.index.size ?? 0,
        duration: undefined,
        ...noDetail,
      })
    },
  }
}
