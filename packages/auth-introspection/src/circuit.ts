import type { EndpointError } from './endpoint-error.js'

/** Whether an endpoint may be asked: a circuit breaker with exponential back-off. Times are seconds since the epoch. */
export interface Circuit {
  /** A ticket for one question, or why there is none. */
  enter(now: number): Ticket | Pause
  /** How a question ended. Answers whether that changed the state. */
  succeeded(): boolean
  failed(ticket: Ticket, error: EndpointError, now: number): boolean
  /** Whether the last question was answered, as far as any was asked. */
  state(): 'up' | 'down'
  /** Seconds until the next question, 1 at least. */
  retryAfter(now: number): number
}

export interface Ticket {
  /** How many failures there were when it was handed out. */
  readonly failures: number
}

export interface Pause {
  /** The failure that the pause is for. */
  readonly error: EndpointError
}

// Seconds: the first pause after a failure, and the longest.
const BACK_OFF = 1
const MAX_BACK_OFF = 60

/** @param timeout - seconds after which a question without an end does not hold up the next one */
export function createCircuit(timeout: number): Circuit {
  let failures = 0
  let failure: { readonly error: EndpointError; readonly at: number; readonly until: number } | undefined
  // After a pause one question goes first, and all others wait for what becomes of it.
  let probedAt: number | undefined

  function pausing(now: number): boolean {
    if (failure === undefined) return false
    // Before it the clock was set back, which must not prolong the pause.
    if (now >= failure.at && now < failure.until) return true
    return probedAt !== undefined && now >= probedAt && now < probedAt + timeout
  }

  return {
    enter(now) {
      if (failure === undefined) return { failures }
      if (pausing(now)) return { error: failure.error }
      probedAt = now
      return { failures }
    },
    succeeded() {
      const changed = failure !== undefined
      failures = 0
      failure = undefined
      probedAt = undefined
      return changed
    },
    failed(ticket, error, now) {
      // Of many questions that fail at once, one counts.
      if (ticket.failures !== failures) return false
      failures += 1
      probedAt = undefined
      const pause = Math.min(MAX_BACK_OFF, BACK_OFF * 2 ** (failures - 1)) * (0.5 + Math.random() / 2)
      failure = { error, at: now, until: now + pause }
      return true
    },
    state: () => (failure === undefined ? 'up' : 'down'),
    retryAfter: (now) => Math.max(1, Math.ceil((failure?.until ?? now) - now)),
  }
}
