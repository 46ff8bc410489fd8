/** Remembers proofs, so that none is accepted twice (RFC 9449 §11.1). */
export interface ReplayStore {
  /**
   * Reserves a key, atomically: of any number of concurrent calls with one key, one gets `reserved`.
   *
   * @param key - SHA-256 in base64url, 43 characters, that stands for one proof
   * @param until - when the proof can no longer be accepted, in seconds since the epoch; the key is kept until then
   * @param sender - who sent the proof, for a store that limits what one may take
   * @returns `seen` when the key is reserved already, whoever sent it
   * @throws whatever went wrong, when it cannot tell: the request is then refused with 503
   */
  reserve(key: string, until: number, sender: ProofSender): ReplayResult | Promise<ReplayResult>
}

export type ReplayResult = 'reserved' | 'seen'

/** Who sent a proof: digests, 43 characters of base64url. */
export interface ProofSender {
  /**
   * Stands for the issuer and the subject of the access token, or its client where it has no subject. The issuer chooses
   * those. Count by it.
   */
  readonly owner: string
  /** The thumbprint of the key that made the proof (RFC 7638). A client makes as many keys as it likes: a limit by key is none. */
  readonly thumbprint: string
}
