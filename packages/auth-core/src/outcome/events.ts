import { isPending } from '../util/maybe-promise.js'
import type { ShadowAnswer } from '../shadow/shadow-report.js'
import type { AuthErrorReason, AuthScheme } from './errors.js'

/** A request was let through or refused. Holds no token, proof or secret. */
export interface DecisionEvent {
  readonly type: 'decision'
  /** `anonymous`: let through without credentials, which are optional there. */
  readonly outcome: 'accepted' | 'anonymous' | 'refused'
  /** The `correlation_id` of the response body. */
  readonly correlationId: string
  /** Seconds spent on the decision. */
  readonly duration: number
  readonly method: string
  /** Of the request target, without query, fit for a log line. */
  readonly path: string
  /** The pattern of the route, such as `/messages/:id`, where the framework knows it: for metrics, since it is bounded. */
  readonly route: string | undefined
  /** Why it was refused. */
  readonly reason: AuthErrorReason | undefined
  readonly code: string | undefined
  /** The status that the client got, when refused. */
  readonly status: number | undefined
  /** What exactly was wrong, and which setting to look at. Fit for one log line; never sent to the client. */
  readonly detail: string | undefined
  readonly cause: unknown
  /** What the settings that are tried would answer to a request that was accepted; undefined where they accept it too. */
  readonly shadow?: ShadowAnswer | undefined
  readonly scheme: AuthScheme | undefined
  /** The tenant that the request is for, with the option `tenants`; undefined when it is unknown. */
  readonly tenant: string | undefined
  /** Of the verified token. */
  readonly issuer: string | undefined
  readonly subject: string | undefined
  readonly clientId: string | undefined
}

/** The keys of an issuer changed their state. */
export interface KeysEvent {
  readonly type: 'keys'
  readonly issuer: string
  /**
   * `fetched`. `failed`: a refresh failed while the keys are fresh. `stale`: it failed, and keys beyond their age are
   * served. `unavailable`: it failed, and there are none to serve. `invalidated`, by `invalidate()`.
   */
  readonly transition: 'fetched' | 'failed' | 'stale' | 'unavailable' | 'invalidated'
  /** How many keys are held. */
  readonly keys: number
  /** Seconds that the fetch took, discovery included; undefined for `invalidated`. */
  readonly duration: number | undefined
  /** Why a fetch failed; of a fetch that did not, which keys are unusable, and why. */
  readonly detail: string | undefined
  /** Seconds until the next fetch may be tried. */
  readonly retryAfter: number | undefined
}

/** The introspection endpoint of an issuer changed its state (`opaqueTokens`). Holds no token and no secret. */
export interface IntrospectionEvent {
  readonly type: 'introspection'
  readonly issuer: string
  /**
   * `failed`: no answer, or none that can be used. `misconfigured`: the endpoint refuses the credentials of this API, which is
   * to be mended here. `recovered`: it answers again.
   */
  readonly transition: 'failed' | 'misconfigured' | 'recovered'
  readonly detail: string | undefined
  /** Seconds until the next request may be tried. */
  readonly retryAfter: number | undefined
}

/** A source of revocations changed its state, revoked tokens, or was sent something that proves nothing. Holds no token. */
export interface RevocationEvent {
  readonly type: 'revocation'
  /** The name of the source. */
  readonly source: string
  /**
   * `revoked`: tokens were. `failed`: it cannot answer, and its `onFailure` decides. `recovered`: it answers again.
   * `rejected`: something that claims to revoke was not proven, and has changed nothing.
   */
  readonly transition: 'revoked' | 'failed' | 'recovered' | 'rejected'
  /** Whose tokens were revoked, as far as that is limited. */
  readonly issuer: string | undefined
  readonly subject: string | undefined
  readonly clientId: string | undefined
  readonly detail: string | undefined
}

/** A connection that a guard let through was opened, renewed or ended. Holds no token. */
export interface ConnectionEvent {
  readonly type: 'connection'
  /**
   * `opened`, `renewed`. `refused`: a renewal was, and the connection lives on. `expired`, `revoked`: it was closed for that.
   * `limited`: it was closed since too many of its renewals were refused. `closed`: by the client or the application.
   */
  readonly transition: 'opened' | 'renewed' | 'refused' | 'expired' | 'revoked' | 'limited' | 'closed'
  /** How many connections of this resource server are open now. */
  readonly open: number
  /** Seconds since it was opened. */
  readonly age: number
  /** The pattern of its route, where the framework knows it. */
  readonly route: string | undefined
  /** Why it was refused or ended. */
  readonly reason: AuthErrorReason | undefined
  readonly detail: string | undefined
  /** The `correlation_id` that the client was told with a refusal or the end: of its trace. */
  readonly correlationId: string | undefined
  readonly tenant: string | undefined
  readonly issuer: string | undefined
  readonly subject: string | undefined
  readonly clientId: string | undefined
}

/** A setting is dangerous. Reported once; without `onEvent`, as a warning of the process. */
export interface WarningEvent {
  readonly type: 'warning'
  /**
   * `every_proxy_trusted`: any peer may say which URL a client addressed, and no `publicOrigins` are set.
   * `insecure_hosts`: an issuer's keys may be fetched without TLS.
   * `replay_store_small`: proofs are kept for so long that the replay store in memory is full at a moderate rate.
   * `many_resource_servers`: more than 250 were made in this process, perhaps one for each request.
   * `clock_tolerance_large`: tokens are accepted for more than two minutes after they expired.
   * `trusted_hops_ignored`: a number as Fastify's `trustProxy`, of which newer ones trust none.
   */
  readonly code:
    | 'every_proxy_trusted'
    | 'insecure_hosts'
    | 'replay_store_small'
    | 'many_resource_servers'
    | 'clock_tolerance_large'
    | 'trusted_hops_ignored'
  readonly detail: string
}

/** What `onEvent` gets. */
export type AuthEvent =
  | DecisionEvent
  | KeysEvent
  | IntrospectionEvent
  | RevocationEvent
  | ConnectionEvent
  | WarningEvent

/** Calls a hook that must not be able to harm the request: logging is not worth an outage. */
export function emit(onEvent: ((event: AuthEvent) => unknown) | undefined, event: AuthEvent): void {
  if (onEvent === undefined) return
  try {
    const result = onEvent(event)
    // An async hook that rejects must not end the process.
    if (isPending(result)) result.then(undefined, () => undefined)
  } catch {
    return
  }
}

/** Without a hook the process warns, where the runtime has such a thing. */
export function warn(event: WarningEvent, onEvent: ((event: AuthEvent) => void) | undefined): void {
  if (onEvent !== undefined) return emit(onEvent, event)
  const { process } = globalThis as { process?: { emitWarning?: (text: string, options: object) => void } } // Node's, Bun's and Deno's
  process?.emitWarning?.(event.detail, { type: 'AuthWarning', code: event.code })
}
