/** Remembers which proofs were used, so that none is accepted twice (RFC 9449 §11.1). */
export interface ReplayStore {
  /**
   * Reserves a key atomically: of any number of concurrent calls with one key, exactly one gets `reserved`.
   *
   * @param key - a SHA-256 that identifies the proof: 43 characters of base64url
   * @param until - when the proof can no longer be accepted, in seconds since the epoch. The key must be remembered until
   * then, that moment included.
   * @param sender - who sent the proof, for a store that limits the entries of one owner
   * @returns `seen` when the key is already reserved, by whichever sender
   * @throws any error when the store cannot tell; the request is then refused with 503
   */
  reserve(key: string, until: number, sender: ProofSender): ReplayResult | Promise<ReplayResult>
}

/** `reserved`: this is the first use of the proof. `seen`: it was used before. */
export type ReplayResult = 'reserved' | 'seen'

/** Who sent a proof. Both members are SHA-256 digests, 43 characters of base64url. */
export interface ProofSender {
  /**
   * Identifies the issuer and subject of the access token, or the issuer and client of a token without a subject.
   * Limits should count by it: the issuer decides who that is, not the client.
   */
  readonly owner: string
  /**
   * The thumbprint of the proof's key (RFC 7638). No limit should count by it: a client can make any number of keys.
   */
  readonly thumbprint: string
}
