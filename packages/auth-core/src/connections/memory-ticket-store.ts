import type { TicketStore } from './ticket-store.js'

// Of all tickets: 30 seconds of 300 a second, with tokens of 2 KB.
const MAX_TICKETS = 10_000
const MAX_CHARACTERS = 32 * 1024 * 1024

interface Held {
  readonly sealed: string
  /** Milliseconds of a clock that only runs forward. */
  readonly until: number
}

/**
 * Holds tickets in the memory of this process: a ticket is good at the replica that sold it alone. Rejects when it is full:
 * nobody's ticket is dropped for another one.
 */
export function memoryTicketStore(): TicketStore {
  // In the order in which they were sold, which is the order in which they expire.
  const held = new Map<string, Held>()
  let characters = 0

  function remove(id: string, { sealed }: Held): void {
    held.delete(id)
    characters -= sealed.length
  }
  function removeExpired(now: number): void {
    for (const [id, ticket] of held) {
      if (ticket.until > now) return
      remove(id, ticket)
    }
  }
  return {
    put(id, sealed, seconds) {
      const now = performance.now()
      removeExpired(now)
      if (held.size >= MAX_TICKETS || characters + sealed.length > MAX_CHARACTERS)
        throw new Error('no more tickets fit in')
      held.set(id, { sealed, until: now + seconds * 1000 })
      characters += sealed.length
    },
    take(id) {
      const ticket = held.get(id)
      if (ticket === undefined) return undefined
      remove(id, ticket)
      return ticket.until > performance.now() ? ticket.sealed : undefined
    },
  }
}
