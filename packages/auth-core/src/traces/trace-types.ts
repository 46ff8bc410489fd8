import type { AuthErrorReason, AuthScheme } from '../outcome/errors.js'

/** One check of a refused decision. All texts are fit for a log line, and bounded. */
export interface TraceCheck {
  /** Stable, for programs. */
  readonly check: string
  /** Where it is demanded. */
  readonly clause: string
  readonly outcome: 'passed' | 'failed' | 'not reached'
  readonly expected: string
  /** By name and value, escaped: no token, proof or secret. Undefined where nothing can be shown. */
  readonly seen?: string
  /** The option that decides; empty for what is always so. */
  readonly setting: string
  /** What mends it; undefined where it has not failed. */
  readonly fix?: string
}

/** Why a request was refused. Holds no token, proof or secret. */
export interface Trace {
  /** The `correlation_id` of the answer; undefined where there is none yet. */
  readonly correlationId?: string
  /** In seconds since the epoch. */
  readonly time: number
  /** What of an open connection was refused, and no request: a renewal, what a message needs, or that it goes on. */
  readonly connection?: 'renewal' | 'message' | 'end'
  /** Of the request, or of that which opened the connection. */
  readonly method?: string
  /** Without query. */
  readonly path?: string
  /** The pattern of the route, where the framework knows it. */
  readonly route?: string
  readonly tenant?: string
  /**
   * Who the token says it is for. Verified only where the check `signature` or `introspection` has passed: before that anybody
   * may have written it.
   */
  readonly issuer?: string
  readonly subject?: string
  readonly clientId?: string
  readonly scheme?: AuthScheme
  readonly status: number
  readonly code: string
  readonly reason: AuthErrorReason
  /** In the order in which they are made. */
  readonly checks: readonly TraceCheck[]
  /**
   * Later refusals with the same correlation id: retries keep it, and callers may choose it. The newest three, the oldest of
   * them first. What came first stays.
   */
  readonly later?: readonly Trace[]
}

/** Which traces are listed: those of which all of these are equal. */
export interface TraceFilter {
  readonly reason?: string | undefined
  readonly code?: string | undefined
  readonly issuer?: string | undefined
  readonly subject?: string | undefined
  readonly clientId?: string | undefined
  readonly tenant?: string | undefined
  /** Of the request, without query. */
  readonly path?: string | undefined
}

/** Where traces are kept that all replicas of an API share, such as `redisTraceStore(client)` of `@acme/auth-redis/traces`. */
export interface TraceStore {
  /**
   * Keeps the trace of a request for so many seconds. Beside others of the same name: the first of a name stays, since callers
   * may choose it.
   *
   * @param kind - the check that refused, of a fixed set: where there is no room, the oldest of the kind with most goes
   */
  put(id: string, text: string, seconds: number, kind: string): void | Promise<void>
  /** Of a name all that are kept, in the order in which they came. */
  get(id: string): readonly string[] | Promise<readonly string[]>
}
