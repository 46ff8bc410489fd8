/** What happened to the revocations that replicas share. Holds no token. */
export interface RedisRevocationsEvent {
  readonly type: 'revocations'
  /**
   * `down`: Redis was not read for `maxStaleness`, so that nobody knows what was revoked since. `up`: it was, again.
   * `restored`: Redis had lost revocations, which this replica has written back. `rejected`: what is stored there is none of
   * ours, and has changed nothing; or there was no room to write back.
   */
  readonly transition: 'down' | 'up' | 'restored' | 'rejected'
  /** For one log line. */
  readonly detail: string | undefined
  readonly cause: unknown
}
