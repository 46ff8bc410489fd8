import { decodeJwt } from 'jose/jwt/decode'

import { BoundedMap } from '../bounded-map.js'

/** What who polls said about an event. */
export interface AnsweredEvent {
  readonly jti: string
  /** The error code (RFC 8935 §2.4); `undefined` when it was acknowledged. */
  readonly error: string | undefined
}

const MAX_EVENTS = 1000

/** Events that wait for who polls (RFC 8936), and what became of them. */
export class SignalStream {
  readonly answered: AnsweredEvent[] = []
  /** Where events that were asked for go. */
  receiver: { readonly url: string | URL; readonly headers: Readonly<Record<string, string>> } | undefined
  readonly #waiting: BoundedMap<string> = new BoundedMap(MAX_EVENTS)
  #next = 0

  /** An event without a readable `jti` gets a number: what is wrong is to be sent as it is. */
  queue(event: string): void {
    this.#waiting.set(identifierOf(event) ?? `event-${(this.#next += 1)}`, event)
  }

  answer(jti: string, error: string | undefined): void {
    this.#waiting.take(jti)
    this.answered.push({ jti, error })
    if (this.answered.length > MAX_EVENTS) this.answered.shift()
  }

  /** The oldest so many. */
  oldest(most: number): { sets: Record<string, string>; moreAvailable: boolean } {
    const entries = this.#waiting.entries()
    return { sets: Object.fromEntries(entries.slice(0, most)), moreAvailable: entries.length > most }
  }
}

function identifierOf(event: string): string | undefined {
  try {
    return decodeJwt(event).jti
  } catch {
    return undefined
  }
}

/** Pushes an event (RFC 8935 §2.1). */
export function pushEvent(
  url: string | URL,
  event: string,
  headers: Readonly<Record<string, string>>,
): Promise<Response> {
  const all = { 'content-type': 'application/secevent+jwt', accept: 'application/json', ...headers }
  return fetch(url, { method: 'POST', headers: all, body: event, redirect: 'manual' })
}
