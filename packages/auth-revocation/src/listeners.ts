import type { RevocationListener } from '@acme/auth-core'

/** The resource servers that use a source. */
export interface Listeners {
  readonly subscribe: (listener: RevocationListener) => () => void
  readonly isEmpty: () => boolean
  readonly revoked: RevocationListener['revoked']
  readonly rejected: (detail: string) => void
  /** Tells a state that is not the one that was told last. */
  readonly stateIs: (state: 'up' | 'down', detail?: string) => void
}

export function createListeners(): Listeners {
  // Each of its own, so that one that subscribes twice is told twice, and ends one of both.
  const all = new Set<{ readonly listener: RevocationListener }>()
  let told: 'up' | 'down' = 'up'

  function tell(tellOne: (listener: RevocationListener) => void): void {
    for (const { listener } of all) {
      try {
        tellOne(listener)
      } catch {
        // The source goes on, whatever a listener does.
      }
    }
  }

  return {
    subscribe(listener) {
      const own = { listener }
      all.add(own)
      return () => void all.delete(own)
    },
    isEmpty: () => all.size === 0,
    revoked: (tokens) => tell((each) => each.revoked(tokens)),
    rejected: (detail) => tell((each) => each.rejected?.(detail)),
    stateIs(state, detail) {
      if (state === told) return
      told = state
      tell((each) => each.changed?.(state, detail))
    },
  }
}
