/** Remembers proofs, so that none is accepted twice (RFC 9449 §11.1). */
export interface ReplayStore {
  /**
   * Reserves a key, atomically: of any number of concurrent calls with one key, one gets `reserved`.
   *
   * @param key - SHA-256 in base64url, 43 characters, that stands for one proof
   * @param until - when the proof can no longer be accepted, in seconds since the epoch; the key is kept until then
   * @param thumbprint - of the key that made the proof (RFC 7638), for a store that limits what one client may take
   * @returns `seen` when the key is reserved already
   * @throws whatever went wrong, when it cannot tell: the request is then refused with 503
   */
  reserve(key: string, until: number, thumbprint: string): ReplayResult | Promise<ReplayResult>
}

export type ReplayResult = 'reserved' | 'seen'
