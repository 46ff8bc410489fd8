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
  readonly method?: string
  /** Without query. */
  readonly path?: string
  /** The pattern of the route, where the framework knows it. */
  readonly route?: string
  readonly tenant?: string
  readonly scheme?: AuthScheme
  readonly status: number
  readonly code: string
  readonly reason: AuthErrorReason
  /** In the order in which they are made. */
  readonly checks: readonly TraceCheck[]
}

/** Where traces are kept that all replicas of an API share, such as `redisTraceStore(client)` of `@acme/auth-redis/traces`. */
export interface TraceStore {
  /** Keeps the trace of a request, in place of an older one of the same name, for so many seconds. */
  put(id: string, text: string, seconds: number): void | Promise<void>
  get(id: string): string | undefined | Promise<string | undefined>
}
