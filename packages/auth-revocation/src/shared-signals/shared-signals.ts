import type { RevocationSource } from '@acme/auth-core'

import { createIssuerKeys } from '../http/issuer-keys.js'
import type { HttpAnswer, HttpRequest } from '../http/request.js'
import { wellKnown } from '../http/url.js'
import { createHealth } from './health.js'
import { resolveOptions } from './options.js'
import type { SharedSignalsOptions } from './options.js'
import { createPoller } from './poll.js'
import type { StreamControl } from './process-set.js'
import { createReceive } from './push.js'
import { createReceiver } from './receiver.js'
import { createVerification } from './verification.js'

/**
 * A receiver of security events. As a source of revocation it shows its health, and what it was sent that proves nothing; which
 * tokens are revoked is known to `revocations`, another source.
 */
export interface SharedSignals extends RevocationSource {
  /** Nothing is revoked here. */
  check(): false
  /** `down`: keys, polling or `revocations` fail, or the transmitter has paused or disabled the stream. */
  state(): 'up' | 'down'
  subscribe: NonNullable<RevocationSource['subscribe']>
  /**
   * Answers a push (RFC 8935): 202; 400 with `err` and `description`; 503 with `Retry-After` for what is to come again. Never
   * throws.
   */
  receive(request: HttpRequest): Promise<HttpAnswer>
  /** Begins to poll (RFC 8936). Started twice it polls once. @throws {TypeError} without the option `poll` */
  start(): void
  /** Ends polling, and waits for what is under way. */
  stop(): Promise<void>
  /**
   * Asks the transmitter for a verification event (Shared Signals Framework 1.0 §8.1.4), and waits until it comes to this
   * process, by push or poll.
   *
   * @param options - `timeout`: seconds, up to 600; default 10
   * @throws {Error} when it does not come
   * @throws {TypeError} without the option `streamId`
   */
  verify(options?: { readonly timeout?: number | undefined }): Promise<void>
}

/**
 * Receives security events (RFC 8417) of CAEP and RISC, over the Shared Signals Framework, and revokes the tokens that they are
 * about.
 *
 * @throws {TypeError} that names the option and what is wanted, and shows nothing of what was given
 * @example
 * ```ts
 * import { sharedSignals } from '@acme/auth-revocation'
 *
 * const signals = sharedSignals({
 *   issuer: 'https://login.example.com/',
 *   audience: 'https://api.example.com/events',
 *   authorization: 'Bearer of-the-stream',
 *   revocations: { revoke: (tokens, issuedBefore) => console.log(tokens.subject, issuedBefore) },
 * })
 * const { status } = await signals.receive({ method: 'POST', headers: {}, body: 'no event' })
 * if (status !== 400) throw new Error(String(status))
 * ```
 */
export function sharedSignals(options: SharedSignalsOptions): SharedSignals {
  const settings = resolveOptions(options)
  const { issuer, jwksUri, fetch } = settings
  const documents = [wellKnown(issuer, 'ssf-configuration')]
  const keys = createIssuerKeys({ issuer, jwksUri, documents, fetch })
  const health = createHealth()
  const { verify, verified } = createVerification(settings)
  const control: StreamControl = {
    verified,
    updated: (status) => health.set('stream', status === 'enabled' ? undefined : `the stream is ${named(status)}`),
  }
  const receiver = createReceiver(settings, keys, health, control)
  const receive = createReceive(options.authorization, receiver)
  const { start, stop } = createPoller(settings, receiver, health)
  return Object.freeze({
    name: options.name ?? 'shared-signals',
    check: () => false,
    state: health.state,
    subscribe: health.subscribe,
    receive,
    start,
    stop,
    verify,
  })
}

function named(status: unknown): string {
  return status === 'paused' || status === 'disabled' ? status : 'in an unknown state'
}
