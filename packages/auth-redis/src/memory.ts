import type { ReplayResult, ReplayStore } from '@acme/auth-core'

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
  reserve(key: string, until: number, thumbprint: string): Promise<ReplayResult>
} {
  // Until then a proof may have been accepted of which memory has no trace.
  let gapUntil = -Infinity

  async function remember(key: string, until: number, thumbprint: string): Promise<ReplayResult> {
    try {
      return await memory.reserve(key, until, thumbprint)
    } catch {
      gapUntil = Math.max(gapUntil, until)
      return 'reserved'
    }
  }

  return {
    async reserve(key, until, thumbprint) {
      if ((await remember(key, until, thumbprint)) === 'seen') return 'seen'
      try {
        return await reserve(key, until)
      } catch (error) {
        // Memory was too small for what came while Redis worked: it cannot tell, so this is a refusal.
        if (now() <= gapUntil) throw error
        return 'reserved'
      }
    },
  }
}
