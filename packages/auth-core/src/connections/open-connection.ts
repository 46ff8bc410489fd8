import type { RequirementArguments } from '../authorization/requirement-types.js'
import type { AuthContext } from '../outcome/auth-context.js'
import { isAuthError, refusal } from '../outcome/errors.js'
import type { AuthError } from '../outcome/errors.js'
import type { ConnectionEvent } from '../outcome/events.js'
import { asFault } from '../outcome/fault.js'
import type { AuthConnection, ConnectionMessages, ConnectionTransport, RenewalCredentials } from './connection-types.js'
import { isPending } from '../util/maybe-promise.js'
import type { RefusedOf } from './refused-of.js'
import { countRefusal } from './refused-renewals.js'
import { readMessage } from './renewal-message.js'
import { renewedCaller, requireMet } from './renewal.js'
import type { Opened } from './renewal.js'

/** What a connection needs of the others: where it is kept, and told of. */
export interface ConnectionHome {
  keep(connection: OpenConnection, until: number): void
  drop(connection: OpenConnection, until: number): void
  tell(connection: OpenConnection, transition: ConnectionEvent['transition'], error?: AuthError): void
  /** Names a refusal, and keeps why. */
  refuse(connection: OpenConnection, what: RefusedOf, error: AuthError, credentials?: RenewalCredentials): void
  readonly recheck: (auth: AuthContext, opened: Opened) => Promise<void>
  readonly requirements: (...wanted: RequirementArguments) => Parameters<typeof requireMet>[1]
  /** When a token is over for a connection, in seconds since the epoch. */
  readonly endOf: (auth: AuthContext) => number
  readonly now: () => number
}

// Policy violation (RFC 6455 §7.4.1).
const POLICY_VIOLATION = 1008
// Seconds by which a renewal that has begun keeps the connection: each of its steps has a time limit.
const GRACE = 10

/** Why connections are ended, other than for a token that is not good any more. */
const ENDS: { readonly [Reason in AuthError['reason']]?: ConnectionEvent['transition'] } = {
  token_expired: 'expired',
  renewals_refused: 'limited',
}

/** One open connection. Small: there may be very many. */
export class OpenConnection implements AuthConnection {
  readonly opened: Opened
  readonly openedAt: number
  readonly #home: ConnectionHome
  readonly #transport: ConnectionTransport
  #auth: AuthContext | null
  /** Seconds since the epoch; undefined when it is not kept any more, or is nobody's. */
  #until: number | undefined
  #ended = false
  #renewing = false
  /** As `countRefusal` counts them. */
  #refusals = 0

  constructor(auth: AuthContext | null, opened: Opened, transport: ConnectionTransport, home: ConnectionHome) {
    this.#auth = auth
    this.opened = opened
    this.openedAt = home.now()
    this.#transport = transport
    this.#home = home
    this.#until = auth === null ? Infinity : home.endOf(auth)
    home.keep(this, this.#until)
    home.tell(this, 'opened')
    if (auth !== null) this.#send('auth0.opened', { expires_in: this.#expiresIn() })
  }

  get auth(): AuthContext | null {
    return this.#auth
  }

  async require(...args: RequirementArguments): Promise<AuthContext> {
    const wanted = this.#home.requirements(...args)
    const auth = this.#requireOpen()
    try {
      await this.#home.recheck(auth, this.opened)
      await requireMet(auth, wanted, this.opened)
      // Closed meanwhile, or revoked.
      this.#requireOpen()
    } catch (error) {
      if (isAuthError(error)) this.#home.refuse(this, 'message', error)
      throw error
    }
    return auth
  }

  async renew(credentials: RenewalCredentials): Promise<AuthContext> {
    const refusals = this.#refusals
    try {
      const auth = await this.#renewed(credentials)
      // What was refused meanwhile was refused because of this one.
      this.#refusals = refusals
      return auth
    } catch (error) {
      if (isAuthError(error)) this.#home.refuse(this, 'renewal', error, credentials)
      if (!this.#ended) this.#refused(error, refusals)
      throw isAuthError(error) ? error : asFault(error)
    }
  }

  receive(message: unknown): boolean {
    const read = readMessage(message)
    if (read === 'other') return false
    if (this.#ended) return true
    this.renew(read).then(
      () => this.#answer('auth0.renewed', { expires_in: this.#expiresIn() }),
      (error: unknown) => this.#answer('auth0.refused', bodyOf(error)),
    )
    return true
  }

  closed(): void {
    if (this.#forget()) this.#home.tell(this, 'closed')
  }

  /** Whether a renewal has begun in time, so that the connection is not closed in the middle of it. */
  isRenewing(time: number): boolean {
    return this.#renewing && time < (this.#until ?? 0) + GRACE
  }

  /** Closes it, and says why. */
  end(error: AuthError): void {
    if (!this.#forget()) return
    this.#home.refuse(this, 'end', error)
    this.#home.tell(this, ENDS[error.reason] ?? 'revoked', error)
    this.#send('auth0.closing', bodyOf(error))
    attempt(() => this.#transport.close(POLICY_VIOLATION, error.code))
  }

  async #renewed(credentials: RenewalCredentials): Promise<AuthContext> {
    const before = this.#requireOpen()
    if (this.#renewing) throw refusal('renewal_pending')
    this.#renewing = true
    try {
      const auth = await renewedCaller(credentials, before, this.opened)
      // Closed meanwhile, or revoked.
      this.#requireOpen()
      this.#adopt(auth)
      return auth
    } finally {
      this.#renewing = false
    }
  }

  /** @param before - the refusals when the renewal began: a fault or an outage is none of the client's */
  #refused(error: unknown, before: number): void {
    // One that waits for another is told to whoever asks: it has no say in the connection.
    if (isAuthError(error) && error.reason !== 'renewal_pending') this.#home.tell(this, 'refused', error)
    const isTheirs = isAuthError(error) && error.status < 500
    const refusals = isTheirs ? countRefusal(this.#refusals, this.#home.now()) : before
    if (refusals === undefined) this.end(refusal('renewals_refused'))
    else this.#refusals = refusals
  }

  #adopt(auth: AuthContext): void {
    const home = this.#home
    if (this.#until !== undefined) home.drop(this, this.#until)
    this.#auth = auth
    this.#until = home.endOf(auth)
    home.keep(this, this.#until)
    home.tell(this, 'renewed')
  }

  /** @returns false when that was done before */
  #forget(): boolean {
    if (this.#ended) return false
    this.#ended = true
    if (this.#until !== undefined) this.#home.drop(this, this.#until)
    this.#until = undefined
    return true
  }

  #requireOpen(): AuthContext {
    if (this.#ended) throw refusal('token_expired', 'the connection is closed')
    if (this.#auth === null) throw refusal('credentials_missing')
    return this.#auth
  }

  #expiresIn(): number {
    return Math.max(0, Math.floor((this.#until ?? 0) - this.#home.now()))
  }

  /** Nothing after the last message: a stream that is over fails when it is written to. */
  #answer(event: keyof ConnectionMessages, data: ConnectionMessages[keyof ConnectionMessages]): void {
    if (!this.#ended) this.#send(event, data)
  }

  #send(event: keyof ConnectionMessages, data: ConnectionMessages[keyof ConnectionMessages]): void {
    attempt(() => this.#transport.send(event, data))
  }
}

/** A transport that fails is one that is closed, which it will tell. */
function attempt(call: () => unknown): void {
  try {
    const result = call()
    // Nor may one that is async end the process.
    if (isPending(result)) result.then(undefined, () => undefined)
  } catch {
    return
  }
}

/** What went wrong with us is no matter of the client's. */
function bodyOf(error: unknown): ConnectionMessages['auth0.refused'] {
  if (!isAuthError(error))
    return { error: 'server_error', error_description: 'The server failed', code: 'server_error' }
  const { error: name, description, code, correlationId: id } = error
  return { error: name, error_description: description, code, ...(id !== undefined && { correlation_id: id }) }
}
