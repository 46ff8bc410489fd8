import type { ProofSender, ReplayResult, ReplayStore } from '@acme/auth-core'

/** A shared store that may fail, and the memory that stands in for it. */
export interface FallbackParts {
  readonly memory: ReplayStore
  readonly now: () => number
  /** In the shared store. */
  readonly reserve: (key: string, until: number) => Promise<ReplayResult>
}

/**
 * Falls back to memory when the shared store fails. Memory is asked first and always, so that this process accepts no
 * proof twice, whether the shared store went or came in between.
 */
export function withMemory({ memory, now, reserve }: FallbackParts): {
  reserve(key: string, until: number, sender: ProofSender): Promise<ReplayResult>
} {
  const gaps = createGaps(now)

  async function remember(key: string, until: number, sender: ProofSender): Promise<ReplayResult> {
    try {
      const answer = await memory.reserve(key, until, sender)
      if (answer === 'reserved' || answer === 'seen') return answer
    } catch {
      // Full, or full for this owner. Whatever it is: it has no trace of the proof.
    }
    gaps.add(sender.owner, until)
    return 'reserved'
  }

  return {
    async reserve(key, until, sender) {
      if ((await remember(key, until, sender)) === 'seen') return 'seen'
      try {
        return await reserve(key, until)
      } catch (error) {
        // Memory was too small for what came while Redis worked: it cannot tell, so this is a refusal.
        if (gaps.has(sender.owner)) throw error
        return 'reserved'
      }
    },
  }
}

/** Whose proofs may have been accepted without a trace in memory, and until when that matters. */
interface Gaps {
  add(owner: string, until: number): void
  has(owner: string): boolean
}

// Beyond so many owners the gap is everybody's.
const MOST_OWNERS = 1000

/**
 * By owner: a proof that comes again is of the token that it names (`ath`), and so of the same owner. One that sends more
 * than its part of the memory must not close the fallback for the others.
 */
function createGaps(now: () => number): Gaps {
  const ends = new Map<string, number>()
  let everybody = -Infinity

  function dropExpired(): void {
    const time = now()
    for (const [owner, end] of ends) if (end < time) ends.delete(owner)
  }

  return {
    add(owner, until) {
      if (!ends.has(owner) && ends.size >= MOST_OWNERS) dropExpired()
      if (ends.has(owner) || ends.size < MOST_OWNERS) ends.set(owner, Math.max(ends.get(owner) ?? -Infinity, until))
      else everybody = Math.max(everybody, until)
    },
    has: (owner) => now() <= Math.max(everybody, ends.get(owner) ?? -Infinity),
  }
}
