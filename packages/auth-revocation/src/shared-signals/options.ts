import { ALGORITHMS } from '../http/issuer-keys.js'
import { isSafeUrl } from '../http/url.js'
import type { Revocations } from '../revocations.js'
import type { SubjectMapper } from '../subject/subject-identifier.js'
import { eventRules } from './event-types.js'
import type { EventRule } from './event-types.js'
import { memorySeen } from './seen.js'
import type { SeenEvents } from './seen.js'
import type { SharedSignalsEvent } from './told.js'

/** How events are fetched (RFC 8936). */
export interface PollOptions {
  /** `delivery.endpoint_url` of the stream: https, or http on a loopback host. */
  readonly url: string
  /** Seconds from an answer without more to the next question: 0.05 to 3,600. @defaultValue 5 */
  readonly interval?: number | undefined
  /** Lets the transmitter hold a question until there is an event (RFC 8936 §2.5). @defaultValue false */
  readonly longPolling?: boolean | undefined
  /** Events in one answer: 1 to 1,000. @defaultValue 100 */
  readonly maxEvents?: number | undefined
  /** Seconds for one question, body included: up to 600. @defaultValue 10, or 120 with `longPolling` */
  readonly timeout?: number | undefined
}

/** Options of `sharedSignals`. Durations are seconds. */
export interface SharedSignalsOptions {
  /** The transmitter: `iss` of its events. https, or http on a loopback host. */
  readonly issuer: string
  /** This receiver: one of `aud` of the events. */
  readonly audience: string | readonly string[]
  /** Tells it from other sources of a resource server. @defaultValue 'shared-signals' */
  readonly name?: string | undefined
  /** Where events end: tokens are revoked there. */
  readonly revocations: Revocations
  /** The keys of the transmitter. @defaultValue `jwks_uri` of `/.well-known/ssf-configuration` */
  readonly jwksUri?: string | undefined
  /** Issuers of access tokens whose subjects the transmitter may name. @defaultValue `[issuer]` */
  readonly issuers?: readonly string[] | undefined
  /** Whose tokens a subject means, where it is not `iss_sub`, `opaque`, `jwt_id`, or made of these. */
  readonly subject?: SubjectMapper | undefined
  /** Event types, and whether they revoke: added to those that are known, or in place of them. */
  readonly events?: Readonly<Record<string, EventRule>> | undefined
  /** Which events came before. @defaultValue in memory, 100,000 */
  readonly seen?: SeenEvents | undefined
  /** How old an event may be: up to 2,592,000. @defaultValue 86_400 */
  readonly maxAge?: number | undefined
  /** How much clocks may differ: up to 600. @defaultValue 60 */
  readonly clockTolerance?: number | undefined
  /** Of RS256, PS256, ES256, EdDSA and Ed25519. @defaultValue all */
  readonly algorithms?: readonly string[] | undefined
  /** The `Authorization` header of whoever pushes, as the stream was configured with, or what judges it. @defaultValue none */
  readonly authorization?: string | ((header: string | undefined) => boolean | Promise<boolean>) | undefined
  /** Fetches events, once `start()` was called. */
  readonly poll?: PollOptions | undefined
  /** An access token for the transmitter, for polling and for `verify()`. */
  readonly token?: (() => string | Promise<string>) | undefined
  /** The stream, for `verify()`. */
  readonly streamId?: string | undefined
  /** Is told what became of each event. */
  readonly onEvent?: ((event: SharedSignalsEvent) => unknown) | undefined
  /** @defaultValue the global one */
  readonly fetch?: typeof globalThis.fetch | undefined
  /** Seconds since the epoch. */
  readonly now?: (() => number) | undefined
}

/** {@link SharedSignalsOptions}, checked and defaulted. */
export interface Settings {
  readonly issuer: string
  readonly audience: readonly string[]
  readonly revocations: Revocations
  readonly jwksUri: string | undefined
  readonly issuers: readonly string[]
  readonly subject: SubjectMapper | undefined
  readonly rules: ReadonlyMap<string, EventRule>
  readonly seen: SeenEvents
  readonly maxAge: number
  readonly clockTolerance: number
  readonly algorithms: readonly string[]
  readonly poll: Required<{ [Name in keyof PollOptions]: NonNullable<PollOptions[Name]> }> | undefined
  readonly token: (() => string | Promise<string>) | undefined
  readonly streamId: string | undefined
  readonly onEvent: ((event: SharedSignalsEvent) => unknown) | undefined
  readonly fetch: typeof globalThis.fetch
  readonly now: () => number
}

const KNOWN: Readonly<Record<keyof SharedSignalsOptions, true>> = {
  issuer: true,
  audience: true,
  name: true,
  revocations: true,
  jwksUri: true,
  issuers: true,
  subject: true,
  events: true,
  seen: true,
  maxAge: true,
  clockTolerance: true,
  algorithms: true,
  authorization: true,
  poll: true,
  token: true,
  streamId: true,
  onEvent: true,
  fetch: true,
  now: true,
}

/** @throws {TypeError} that names the option and what is wanted, and shows nothing of what was given */
export function resolveOptions(options: SharedSignalsOptions): Settings {
  if (typeof options !== 'object' || options === null) throw wrong('options', 'an object')
  // An option with a misspelt name would be dropped silently.
  if (Object.keys(options).some((name) => !Object.hasOwn(KNOWN, name))) {
    throw wrong('unknown option', `one of ${Object.keys(KNOWN).join(', ')}`)
  }
  const { issuer, revocations, jwksUri, subject, events, onEvent, token, streamId } = options
  const { issuers = [issuer], maxAge = 86_400, clockTolerance = 60, algorithms = ALGORITHMS } = options
  const { now = () => Date.now() / 1000, fetch = (...asked) => globalThis.fetch(...asked) } = options
  const audience = [options.audience].flat()
  if (!isSafeUrl(issuer)) throw wrong('issuer', 'https, or http on a loopback host')
  if (!isTexts(audience)) throw wrong('audience', 'text, or a list of texts')
  if (typeof revocations?.revoke !== 'function') throw wrong('revocations', 'an object with revoke()')
  if (jwksUri !== undefined && !isSafeUrl(jwksUri)) throw wrong('jwksUri', 'https, or http on a loopback host')
  if (!isTexts(issuers)) throw wrong('issuers', 'a list of issuers')
  if (!isSeconds(maxAge, 1, 2_592_000)) throw wrong('maxAge', 'seconds, from 1 to 2,592,000')
  if (!isSeconds(clockTolerance, 0, 600)) throw wrong('clockTolerance', 'seconds, from 0 to 600')
  if (!isTexts(algorithms) || algorithms.some((each) => !ALGORITHMS.includes(each))) {
    throw wrong('algorithms', `some of ${ALGORITHMS.join(', ')}`)
  }
  const { seen = memorySeen({ now }), poll } = options
  return {
    issuer,
    audience,
    revocations,
    jwksUri,
    issuers,
    subject,
    maxAge,
    clockTolerance,
    algorithms,
    seen,
    token,
    streamId,
    onEvent,
    fetch,
    now,
    rules: eventRules(events),
    poll: poll === undefined ? undefined : resolvePoll(poll),
  }
}

function resolvePoll(options: PollOptions): NonNullable<Settings['poll']> {
  const { url, interval = 5, longPolling = false, maxEvents = 100, timeout = longPolling ? 120 : 10 } = options
  if (!isSafeUrl(url)) throw wrong('poll.url', 'https, or http on a loopback host')
  if (!isSeconds(interval, 0.05, 3600)) throw wrong('poll.interval', 'seconds, from 0.05 to 3,600')
  if (!isSeconds(timeout, 0.05, 600)) throw wrong('poll.timeout', 'seconds, from 0.05 to 600')
  if (!isSeconds(maxEvents, 1, 1000) || !Number.isInteger(maxEvents)) throw wrong('poll.maxEvents', '1 to 1,000')
  return { url, interval, longPolling, maxEvents, timeout }
}

/** Whether it is a non-empty list of non-empty texts. */
export function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === 'string' && each !== '')
}

/** Whether it is a number in a range. */
export function isSeconds(value: unknown, least: number, most: number): boolean {
  return typeof value === 'number' && value >= least && value <= most
}

/** What was given is never shown: a secret may stand in the wrong place. */
export function wrong(name: string, wanted: string): TypeError {
  return new TypeError(`sharedSignals: ${name}: want ${wanted}`)
}
