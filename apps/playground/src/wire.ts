import type { Trace } from '@acme/auth-core'

// What the page and its server say to each other.

/** A route that the page offers. */
export interface OfferedRoute {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly path: string
  /** In words. */
  readonly needs: string
  /** What a missing scope is tried at. */
  readonly wantsScope: boolean
}

/** `/config.json`. */
export interface Config {
  readonly issuer: string
  readonly audience: string
  readonly clientId: string
  readonly routes: readonly OfferedRoute[]
}

/** A header line; of one name there may be several. */
export type Header = readonly [name: string, value: string]

/** What came back from a server. */
export interface Answer {
  readonly status: number
  /** With names in lower case. */
  readonly headers: readonly Header[]
  readonly body: string
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  /** Milliseconds, from the first byte of the request to the last of the answer. */
  readonly ms: number
}

/** `/trace`: null where none is kept. */
export interface TraceAnswer {
  readonly trace: Trace | null
}
