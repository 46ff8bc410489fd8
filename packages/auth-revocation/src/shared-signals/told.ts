import type { RevokedTokens } from '@acme/auth-core'

/** What a receiver of events tells of each. Holds no token. */
export interface SharedSignalsEvent {
  /**
   * - `revoked`: tokens were revoked.
   * - `ignored`: acknowledged, without an effect.
   * - `duplicate`: came before, and was acknowledged again.
   * - `rejected`: not proven, and answered with an error.
   * - `failed`: could not be judged or carried out now; it is to come again.
   * - `verified`: a verification event came (Shared Signals Framework 1.0 §8.1.4).
   * - `stream`: the transmitter paused, disabled or enabled the stream.
   */
  readonly transition: 'revoked' | 'ignored' | 'duplicate' | 'rejected' | 'failed' | 'verified' | 'stream'
  /** The event type, as a URI. */
  readonly eventType?: string | undefined
  /** The identifier of the security event token. */
  readonly jti?: string | undefined
  readonly tokens?: readonly RevokedTokens[] | undefined
  /** Seconds since the epoch: tokens issued before it were revoked. */
  readonly issuedBefore?: number | undefined
  /** Fit for one log line, without secrets. */
  readonly detail?: string | undefined
}
