import type { Replica } from '@acme/tests-replicas'

import type { Outages } from './outages.js'

/** When the tokens of a subject were revoked. Seconds since the epoch. */
interface Revoked {
  /** Before the call: tokens of before that are revoked for sure. */
  readonly from: number
  /** After it had an answer: tokens of after that are not. Infinity until then. */
  to: number
  /** From when on every replica should know of it: later where Redis was gone. Infinity while it is. */
  known: number
}

/** Whose tokens are good. */
export interface Subjects {
  /** Revokes the tokens of a subject, by a replica. */
  revoke(subject: string, replica: Replica): Promise<void>
  /** Whether a token is revoked: `maybe`, when it was issued while that was going on. */
  isRevoked(subject: string, issuedAt: number): boolean | 'maybe'
  /** From when on every replica should refuse it. */
  knownAt(subject: string): number
  /** From when on new tokens of a subject are good. */
  goodFrom(subject: string): number
}

export function createSubjects(issuer: string, outages: Outages, count: (what: string) => void): Subjects {
  const all = new Map<string, Revoked>()
  const now = (): number => Date.now() / 1000
  return {
    async revoke(subject, replica) {
      // One at a time.
      if (all.get(subject)?.to === Infinity) return
      const revoked: Revoked = { from: now(), to: Infinity, known: Infinity }
      all.set(subject, revoked)
      try {
        await replica.revoke({ issuer, subject })
        revoked.known = now()
        count('revoked')
      } catch {
        count('revoked while Redis was gone')
        // It holds at this replica, and the others learn of it when Redis is back.
        void outages.over().then(() => (revoked.known = now()))
      }
      revoked.to = now()
    },
    isRevoked(subject, issuedAt) {
      const revoked = all.get(subject)
      if (revoked === undefined || issuedAt > revoked.to) return false
      return issuedAt < revoked.from || 'maybe'
    },
    knownAt: (subject) => all.get(subject)?.known ?? Infinity,
    // `iat` has whole seconds.
    goodFrom: (subject) => Math.ceil(all.get(subject)?.to ?? 0),
  }
}
