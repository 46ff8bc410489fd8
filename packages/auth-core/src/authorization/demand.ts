import type { AuthContext } from '../outcome/auth-context.js'
import type { AuthErrorReason } from '../outcome/errors.js'
import type { ResourceRequest } from '../request/resource-request.js'
import type { MaybePromise } from '../util/maybe-promise.js'

/** What a demand is judged with, beside the caller. */
export interface Judging {
  /** Seconds since the epoch. */
  readonly now: number
  /** Seconds by which clocks may differ. */
  readonly clockTolerance: number
  readonly request: ResourceRequest
  /** The scopes that are granted, with those that they imply. */
  readonly grantedScopes: (scopes: readonly string[]) => readonly string[]
}

/** A demand that is not met. */
export interface Unmet {
  readonly reason: AuthErrorReason
  readonly detail: string
  /** What a client can ask its issuer for, so that it is met; undefined where nothing that a client does will mend it. */
  readonly mend?: Mend
  /** Whether it cannot be told that the demand is not met: `not` then refuses. */
  readonly unknown?: boolean
}

/** What a challenge asks for: RFC 6750 §3 `scope`, RFC 9470 §3 `acr_values` and `max_age`. */
export interface Mend {
  readonly scopes?: readonly string[]
  readonly acr?: readonly string[]
  readonly maxAge?: number | undefined
}

/** One thing that is demanded of a caller. @returns what is unmet; none: it is met */
export interface Demand {
  readonly unmet: (auth: AuthContext, judging: Judging) => MaybePromise<readonly Unmet[]>
  /** Whether somebody else is asked: only once everything else is met. */
  readonly asks?: boolean
}

export const MET: readonly Unmet[] = Object.freeze([])
