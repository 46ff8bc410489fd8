import type { Clause } from '../contract/level.js'
import type { FaultKind } from './advice.js'

/** What one case of an attack came to. */
export interface AttackResult {
  readonly area: string
  /** What was sent. */
  readonly name: string
  readonly clause: Clause
  /**
   * `failed`: what a clause demands (MUST) is not kept. `warned`: what it recommends (SHOULD). `skipped`: the case says
   * nothing of this API.
   */
  readonly outcome: 'passed' | 'failed' | 'warned' | 'skipped'
  /** Why it was skipped. */
  readonly reason?: string
  readonly expected?: string
  readonly came?: string
  readonly problems: readonly AttackProblem[]
}

/** What is wrong, and what to do about it. */
export interface AttackProblem {
  readonly level: 'must' | 'should'
  readonly clause: Clause
  readonly kind: FaultKind
  readonly says: string
  /** What it is to an attacker. */
  readonly means: string
  readonly mend: string
}

/** What an attack came to. */
export interface AttackReport {
  /** Whether nothing failed, and nothing stopped it. */
  readonly ok: boolean
  readonly url: string
  /** Which schemes the API takes; undefined when it took no good token. */
  readonly dpop: 'allowed' | 'required' | 'disabled' | undefined
  /** Whether it demands nonces in proofs. */
  readonly nonces: boolean
  /** What the route was found to require, or was said to. */
  readonly scopes: readonly string[]
  readonly requests: number
  /** Why not everything was tried, and what to do. */
  readonly stopped?: { readonly says: string; readonly mend: string }
  readonly results: readonly AttackResult[]
}
