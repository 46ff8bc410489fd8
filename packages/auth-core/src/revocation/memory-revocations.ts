import { createEpochs } from './epochs.js'
import type { EpochOptions } from './epochs.js'
import type { RevocationListener, RevocationSource, RevokedTokens } from './revocation-source.js'

/** Revocations that are kept in the memory of this process. */
export interface MemoryRevocations extends RevocationSource {
  /**
   * Refuses, from now on, the access tokens that were issued before a time. Open connections of these are closed.
   *
   * @param tokens - whose: what is given must all match. Name the issuer where there are several, since a subject of one may be
   * a subject of another
   * @param issuedBefore - seconds since the epoch, by the clock of the issuer. @defaultValue now
   * @throws {TypeError} for members that are unknown, empty or of another type, or none
   * @throws {Error} when no more fit in
   */
  revoke(tokens: RevokedTokens, issuedBefore?: number): Promise<void>
}

/**
 * Revocations in the memory of this process: a token that was issued before its subject, client, session or issuer was revoked
 * is refused. This does NOT tell other replicas, and a restart forgets: see `redisRevocations()` of `@acme/auth-redis`.
 *
 * @throws {TypeError} that names the option, what was given and what is wanted
 * @example
 * ```ts
 * import { createResourceServer, memoryRevocations } from '@acme/auth-core'
 *
 * const revocations = memoryRevocations()
 * const resourceServer = createResourceServer({
 *   issuer: 'https://issuer.example.com/',
 *   audience: 'https://api.example.com',
 *   revocation: revocations,
 * })
 * await revocations.revoke({ issuer: 'https://issuer.example.com/', subject: 'user-1' }) // logged out everywhere
 * ```
 */
export function memoryRevocations(options: EpochOptions = {}): MemoryRevocations {
  const epochs = createEpochs(options)
  const listeners = new Set<RevocationListener>()
  return {
    name: 'epochs',
    check: (token) => epochs.check(token),
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    // Async, so that a mistake rejects here as it does where revocations are shared.
    async revoke(tokens, issuedBefore) {
      if (!epochs.add(tokens, issuedBefore)) return
      for (const listener of listeners) listener.revoked(tokens)
    },
  }
}
