import { createListeners } from '../listeners.js'
import type { Listeners } from '../listeners.js'

type Cause = 'keys' | 'poll' | 'store' | 'stream'

/** What makes a receiver deaf, as far as it knows, and who is told. */
export interface Health extends Pick<Listeners, 'subscribe' | 'rejected'> {
  readonly state: () => 'up' | 'down'
  /** @param detail - why it is down; `undefined`: it works */
  readonly set: (cause: Cause, detail: string | undefined) => void
}

export function createHealth(): Health {
  const { subscribe, rejected, stateIs } = createListeners()
  const causes = new Map<Cause, string>()
  const state = (): 'up' | 'down' => (causes.size === 0 ? 'up' : 'down')
  return {
    subscribe,
    rejected,
    state,
    set(cause, detail) {
      if (detail === undefined) causes.delete(cause)
      else causes.set(cause, detail)
      const [first] = causes.values()
      stateIs(state(), first)
    },
  }
}
