import { startTestIssuer } from '@acme/auth-testing'
import type { ListeningTestIssuer, SecurityEventOptions } from '@acme/auth-testing'

import type { RevokedTokens } from '@acme/auth-core'

import { sharedSignals } from '../src/index.js'
import type { HttpAnswer, SharedSignals, SharedSignalsEvent, SharedSignalsOptions } from '../src/index.js'

export const START = 1_800_000_000

/** A clock that a test moves, in seconds. */
export interface Clock {
  readonly now: () => number
  advance(seconds: number): void
}

export function createClock(): Clock {
  let time = START
  return {
    now: () => time,
    advance(seconds) {
      time += seconds
    },
  }
}

/** An epoch for each subject and session, as stores of revocations keep them: it only grows. */
export interface Epochs {
  revoke(tokens: RevokedTokens, issuedBefore?: number): void
  readonly calls: (RevokedTokens & { issuedBefore?: number | undefined })[]
  /** Whether a token of a user, issued then, is revoked. */
  isRevoked(token: { subject?: string; sessionId?: string; issuedAt: number }): boolean
}

export function createEpochs(): Epochs {
  const calls: Epochs['calls'] = []
  return {
    calls,
    revoke: (tokens, issuedBefore) => void calls.push({ ...tokens, issuedBefore }),
    isRevoked: ({ subject, sessionId, issuedAt }) =>
      calls.some(
        (each) =>
          issuedAt < (each.issuedBefore ?? 0) &&
          (each.subject === undefined || each.subject === subject) &&
          (each.sessionId === undefined || each.sessionId === sessionId),
      ),
  }
}

/** A transmitter, a receiver of its events, and what came of them. */
export interface Stage extends Clock {
  readonly issuer: ListeningTestIssuer
  readonly signals: SharedSignals
  readonly epochs: Epochs
  readonly events: SharedSignalsEvent[]
  readonly told: string[]
  /** Pushes an event in process. */
  push(set: string, headers?: Record<string, string>): Promise<HttpAnswer>
  /** Makes an event, and pushes it: the status, and the error code. */
  send(options?: SecurityEventOptions): Promise<string>
}

export const AUDIENCE = 'https://api.example.com/events'

export async function createStage(
  options: Partial<SharedSignalsOptions> | ((issuer: ListeningTestIssuer) => Partial<SharedSignalsOptions>) = {},
): Promise<Stage> {
  const clock = createClock()
  const issuer = await startTestIssuer({ audience: AUDIENCE, now: clock.now })
  const epochs = createEpochs()
  const events: SharedSignalsEvent[] = []
  const told: string[] = []
  const signals = sharedSignals({
    issuer: issuer.issuer,
    audience: AUDIENCE,
    revocations: epochs,
    now: clock.now,
    onEvent: (event) => events.push(event),
    ...(typeof options === 'function' ? options(issuer) : options),
  })
  signals.subscribe({
    revoked: () => told.push('revoked'),
    changed: (state, detail) => told.push([state, detail].filter(Boolean).join(': ')),
    rejected: (detail) => told.push(`rejected: ${detail}`),
  })
  const push = (set: string, headers: Record<string, string> = {}): Promise<HttpAnswer> =>
    signals.receive({ method: 'POST', headers: { 'content-type': 'application/secevent+jwt', ...headers }, body: set })
  return {
    ...clock,
    issuer,
    signals,
    epochs,
    events,
    told,
    push,
    send: async (event) => textOf(await push(await issuer.securityEvent(event))),
  }
}

/** Status and error code. */
export function textOf({ status, body }: HttpAnswer): string {
  if (body === null) return String(status)
  const parsed = JSON.parse(body) as { err?: string } // as this package writes it
  return `${status} ${parsed.err ?? ''}`
}

/** The `iss_sub` subject of a user. */
export function user(issuer: { issuer: string }, sub = 'user-1'): Record<string, unknown> {
  return { format: 'iss_sub', iss: issuer.issuer, sub }
}
