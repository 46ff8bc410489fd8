import { member } from '../http/text.js'

/** What an event says, beside its type. */
export type EventPayload = Readonly<Record<string, unknown>>

/** Whether an event revokes tokens. */
export type EventRule = boolean | ((event: EventPayload) => boolean)

const CAEP = 'https://schemas.openid.net/secevent/caep/event-type/'
const RISC = 'https://schemas.openid.net/secevent/risc/event-type/'
const SSF = 'https://schemas.openid.net/secevent/ssf/event-type/'

/** Shared Signals Framework 1.0 §8.1.4 and §8.1.5; drafts before the second had them elsewhere. */
export const VERIFICATION: readonly string[] = [
  `${SSF}verification`,
  'https://schemas.openid.net/secevent/sse/event-type/verification',
]
export const STREAM_UPDATED: readonly string[] = [
  `${SSF}stream-updated`,
  'https://schemas.openid.net/secevent/sse/event-type/stream-updated',
]

/** OpenID CAEP 1.0 §3 and OpenID RISC 1.0 §2: what each means unless the application says otherwise. */
const RULES: readonly (readonly [type: string, rule: EventRule])[] = [
  [`${CAEP}session-revoked`, true],
  // Who adds a passkey has lost nothing.
  [`${CAEP}credential-change`, (event) => member(event, 'change_type') !== 'create'],
  // The claims of tokens that are out there are not true any more.
  [`${CAEP}token-claims-change`, true],
  [`${CAEP}assurance-level-change`, false],
  [`${CAEP}device-compliance-change`, false],
  [`${RISC}account-disabled`, true],
  [`${RISC}account-purged`, true],
  [`${RISC}account-credential-change-required`, true],
  [`${RISC}sessions-revoked`, true],
  // It gives nothing back: tokens that were revoked stay so.
  [`${RISC}account-enabled`, false],
]

/** Rules by event type. A Map: types are names that others chose, `__proto__` may be one. */
export function eventRules(own: Readonly<Record<string, EventRule>> = {}): ReadonlyMap<string, EventRule> {
  return new Map([...RULES, ...Object.entries(own)])
}
