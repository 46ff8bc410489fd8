import { randomBytes } from 'node:crypto'

import { eventually } from '../eventually.js'
import type {
  ReplayStoreImplementation,
  ReplayStoreFixture,
  TestClock,
  TestedReplayStore,
  TestedSender,
} from './fixture.js'

/** A test of a replay store. Rejects when the store is not as it must be. */
export interface ReplayStoreCase<Fixture extends ReplayStoreFixture = ReplayStoreFixture> {
  readonly name: string
  readonly run: (fixture: Fixture, implementation: ReplayStoreImplementation) => Promise<void>
}

/** A key, or part of a sender, that no other test has: 43 characters of base64url, as of SHA-256. */
export function newKey(): string {
  return randomBytes(32).toString('base64url')
}

export function newKeys(count: number): string[] {
  return Array.from({ length: count }, () => newKey())
}

/** Somebody who sends proofs. */
export function newSender(): TestedSender {
  return { owner: newKey(), thumbprint: newKey() }
}

export function timeOf({ clock }: ReplayStoreFixture): number {
  return clock?.now() ?? Date.now() / 1000
}

/** What the store answers, be it a promise or not; what it throws or rejects with is an `Error: …`. */
export async function answerOf(
  store: TestedReplayStore,
  key: string,
  until: number,
  sender: TestedSender = newSender(),
): Promise<unknown> {
  try {
    return await store.reserve(key, until, sender)
  } catch (error) {
    return error instanceof Error ? `Error: ${error.message}` : new Error('it threw something that is no Error')
  }
}

/** The answers to many keys, all asked for at once. */
export function answersOf(store: TestedReplayStore, keys: readonly string[], until: number): Promise<unknown[]> {
  return Promise.all(keys.map((key) => answerOf(store, key, until)))
}

/** How often each answer is among them. Errors count as one. */
export function countAnswers(answers: readonly unknown[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const answer of answers) {
    const name = String(answer).startsWith('Error: ') ? 'error' : String(answer)
    counts[name] = (counts[name] ?? 0) + 1
  }
  return counts
}

export function keptLonger({ clock }: ReplayStoreFixture, implementation: ReplayStoreImplementation): number {
  return implementation.keptLonger ?? (clock === undefined ? 1 : 0)
}

/**
 * Asks for a key over and over, until it is free, or longer than it may be kept.
 *
 * @returns what was wrong
 */
export async function watchExpiry(
  fixture: ReplayStoreFixture,
  { key, until, slack }: { readonly key: string; readonly until: number; readonly slack: number },
): Promise<string | undefined> {
  const { store, clock } = fixture
  if (clock !== undefined) return checkExpiry(store, clock, { key, until, slack })
  for (;;) {
    const before = timeOf(fixture)
    const answer = await answerOf(store, key, until + 100)
    const after = timeOf(fixture)
    if (answer === 'reserved') return after < until ? `free ${until - after} s early` : undefined
    if (answer !== 'seen') return `answered ${String(answer)}`
    if (before > until + slack) return `still kept ${before - until} s after its time`
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

async function checkExpiry(
  store: TestedReplayStore,
  clock: TestClock,
  { key, until, slack }: { readonly key: string; readonly until: number; readonly slack: number },
): Promise<string | undefined> {
  clock.set(until)
  const atItsTime = await answerOf(store, key, until + 100)
  if (atItsTime !== 'seen') return `answered ${String(atItsTime)} at its time`
  clock.set(until + slack + 0.001)
  const afterIt = await answerOf(store, key, until + 100)
  return afterIt === 'reserved' ? undefined : `answered ${String(afterIt)} after its time`
}

/** Polls until the store gives this answer. @throws on the other answer, or when errors go on for so many seconds */
export async function eventuallyAnswers(
  answer: 'reserved' | 'seen',
  ask: () => Promise<unknown>,
  { seconds }: { readonly seconds: number },
): Promise<void> {
  await eventually(
    `the answer ${answer}`,
    async () => {
      const given = await ask()
      if (given !== answer && !String(given).startsWith('Error: ')) {
        throw new Error(`answered ${String(given)} instead of ${answer}`)
      }
      return given === answer
    },
    seconds,
  )
}
