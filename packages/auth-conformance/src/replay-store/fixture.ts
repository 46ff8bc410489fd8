/** Who sent a proof: 43 characters of base64url each. */
export interface TestedSender {
  /** Stands for whom the access token is of, which is not the client's choice. */
  readonly owner: string
  /** Of the client's key, of which it may have many. */
  readonly thumbprint: string
}

/** A replay store, as a resource server sees it: RFC 9449 §11.1. */
export interface TestedReplayStore {
  /**
   * @param key - 43 characters of base64url
   * @param until - seconds since the epoch, maybe with a fraction
   * @param sender - for a store that limits what one may take
   * @returns `reserved` or `seen`, or a promise of it; throws or rejects when it cannot tell
   */
  reserve(key: string, until: number, sender: TestedSender): unknown
}

/** A clock that a test sets. */
export interface TestClock {
  /** Seconds since the epoch. */
  now(): number
  /** Never to an earlier time. */
  set(seconds: number): void
}

/** A store for one test. */
export interface ReplayStoreFixture {
  readonly store: TestedReplayStore
  /** For stores that replicas share: another store on the same data, as another replica would have it. */
  readonly another?: () => TestedReplayStore
  /** The store's clock, when it has one to set. Without it the tests wait for the real one. */
  readonly clock?: TestClock
  readonly close?: () => Promise<void> | void
}

/** A store for one test, on a server that the test may disturb. */
export interface DisturbedReplayStoreFixture extends ReplayStoreFixture {
  /** Ends the server at once. */
  readonly stop: () => Promise<void>
  /** Starts it again, with what it had. */
  readonly start: () => Promise<void>
  /** Lets connections stand, and nothing be answered. */
  readonly hold: () => Promise<void> | void
  /** Lets everything go on. */
  readonly release: () => Promise<void> | void
}

/** The store to test, and what it can do. */
export interface ReplayStoreImplementation {
  /** An empty store, with room for 3000 proofs of as many owners. */
  readonly start: () => Promise<ReplayStoreFixture> | ReplayStoreFixture
  /** Whether replicas share it: then the fixtures have `another`. @defaultValue false */
  readonly shared?: boolean
  /** An empty store that is full after at most 100,000 proofs of as many owners. For stores with a bound. */
  readonly startSmall?: () => Promise<ReplayStoreFixture> | ReplayStoreFixture
  /** Whether a small store leaves room for others, whatever one owner sends. @defaultValue false */
  readonly quota?: boolean
  /** An empty store on a server of its own. For stores that are not in the process. */
  readonly startDisturbed?: () => Promise<DisturbedReplayStoreFixture>
  /** Seconds by which a key may be kept longer than asked. @defaultValue 0 with a clock to set, 1 without */
  readonly keptLonger?: number
  /** Seconds after which the store gives up on its server. @defaultValue 1 */
  readonly timeout?: number
}
