import type { AuthErrorReason } from '../outcome/errors.js'
import type { Facts } from './facts.js'

/** A check of the decision, as traces tell of it. */
export interface CheckRow {
  /** Stable, for programs. */
  readonly check: string
  readonly clause: string
  /** The option that decides; empty for what is always so. */
  readonly setting: string
  /** What is wanted. */
  readonly expected: string
  /** The row of the report whose value says more of it. */
  readonly row?: string
  /** The reasons that it refuses for, and what mends each. */
  readonly reasons: Partial<Readonly<Record<AuthErrorReason, string>>>
  /** How its details begin, where other checks refuse for the same reasons. Details begin with our own words. */
  readonly detail?: RegExp
  /** Whether a request comes to it, unless it is refused before. It is listed anyway where it is the one that refused. */
  readonly when: (facts: Facts) => boolean
  /** What it looked at, where it passed. By name and value: never a token, a proof, or an identifier of either. */
  readonly seen?: (facts: Facts) => unknown
  /** What the token has, where it lacks something. */
  readonly has?: (facts: Facts, reason: AuthErrorReason) => string | undefined
}

export const always = (): boolean => true
/** Listed only where it is the one that refused: nobody can tell later whether a request came to it. */
export const onlyFailed = (): boolean => false
