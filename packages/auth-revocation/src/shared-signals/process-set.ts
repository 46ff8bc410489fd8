import type { RevokedTokens } from '@acme/auth-core'

import { member, printable } from '../http/text.js'
import { afterSecondOf } from '../revocations.js'
import { meaningOf } from '../subject/subject-identifier.js'
import { STREAM_UPDATED, VERIFICATION } from './event-types.js'
import type { EventPayload } from './event-types.js'
import type { Settings } from './options.js'
import { SetError } from './set-error.js'
import type { SharedSignalsEvent } from './told.js'
import { malformed, pastTime } from './verify-set.js'
import type { SecurityEventToken } from './verify-set.js'

/** What is told about the stream itself. */
export interface StreamControl {
  verified(state: unknown): void
  updated(status: unknown): void
}

/**
 * What a security event token comes to: nothing is changed before all of it is understood.
 *
 * @returns carries it out, and says what became of it
 * @throws {SetError}
 */
export async function understand(
  set: SecurityEventToken,
  settings: Settings,
  control: StreamControl,
): Promise<() => Promise<readonly SharedSignalsEvent[]>> {
  const steps = await Promise.all(set.events.map(([type, payload]) => stepOf(type, payload, set, settings, control)))
  return async () => {
    const told: SharedSignalsEvent[] = []
    for (const step of steps) told.push(await step())
    return told
  }
}

type Step = () => Promise<SharedSignalsEvent> | SharedSignalsEvent

async function stepOf(
  type: string,
  payload: EventPayload,
  set: SecurityEventToken,
  settings: Settings,
  control: StreamControl,
): Promise<Step> {
  const about = { eventType: printable(type), jti: printable(set.jti) }
  if (VERIFICATION.includes(type)) return verification(payload, about, control)
  if (STREAM_UPDATED.includes(type)) return streamUpdated(payload, about, control)
  const rule = settings.rules.get(type)
  const revokes = typeof rule === 'function' ? rule(payload) : rule
  if (revokes !== true) {
    const detail = rule === undefined ? 'an event type that is not known' : 'it revokes nothing here'
    return () => ({ ...about, transition: 'ignored', detail })
  }
  const tokens = await subjectsOf(payload, set, settings)
  if (tokens.length === 0)
    return () => ({ ...about, transition: 'ignored', detail: 'a subject that means nothing here' })
  const issuedBefore = afterSecondOf(timeOf(payload, set, settings), settings.now())
  return async () => {
    for (const each of tokens) await settings.revocations.revoke(each, issuedBefore)
    return { ...about, transition: 'revoked', tokens, issuedBefore }
  }
}

function verification(payload: EventPayload, about: Partial<SharedSignalsEvent>, control: StreamControl): Step {
  return () => {
    control.verified(member(payload, 'state'))
    return { ...about, transition: 'verified' }
  }
}

function streamUpdated(payload: EventPayload, about: Partial<SharedSignalsEvent>, control: StreamControl): Step {
  const status = member(payload, 'status')
  if (typeof status !== 'string') throw malformed('stream-updated without status')
  const reason = member(payload, 'reason')
  return () => {
    control.updated(status)
    const detail = printable(typeof reason === 'string' ? `${status}: ${reason}` : status)
    return { ...about, transition: 'stream', detail }
  }
}

/** `sub_id` of the token (Shared Signals Framework 1.0 §3.1); in the event in drafts before. */
async function subjectsOf(
  payload: EventPayload,
  set: SecurityEventToken,
  settings: Settings,
): Promise<readonly RevokedTokens[]> {
  const identifier = set.subject ?? member(payload, 'subject') ?? member(payload, 'sub_id')
  const meaning = await meaningOf(identifier, settings)
  if ('tokens' in meaning) return meaning.tokens
  if (meaning.problem === 'malformed') throw malformed('no subject identifier')
  // Who may speak for one issuer could otherwise lock out the users of another.
  if (meaning.problem === 'foreign') throw new SetError('access_denied', 'a subject of an issuer that is not yours')
  return []
}

/**
 * When it happened: `event_timestamp` (CAEP 1.0 §2), `toe`, else `iat`. Tokens issued before are revoked, and no others, however
 * late the event comes: who has logged in since keeps what he has.
 */
function timeOf(payload: EventPayload, set: SecurityEventToken, settings: Settings): number {
  const time = member(payload, 'event_timestamp')
  if (time !== undefined) return pastTime(time, settings)
  return set.happenedAt ?? set.issuedAt
}
