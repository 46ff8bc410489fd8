import type { Redis } from 'ioredis'
import { EncryptJWT, jwtDecrypt } from 'jose'

import { JobRefused } from './envelope.js'

/** Access tokens of callers, for the tasks that cannot do without: encrypted, for one job, gone when the token ends. */
export interface TokenVault {
  /** @param expiresAt - of the job, in seconds since the epoch: Redis deletes the token then */
  put(id: string, token: string, expiresAt: number): Promise<void>
  /** @throws {JobRefused} when there is none, or one of another job */
  take(id: string, now: number): Promise<string>
  remove(id: string): Promise<void>
}

const ENCRYPTION = 'A256GCM'
const ISSUER = 'urn:acme:token-vault'

/**
 * @param key - 32 bytes that API and worker have, and Redis has not
 * @example
 * ```
 * const vault = tokenVault(redis, crypto.getRandomValues(new Uint8Array(32)))
 * ```
 */
export function tokenVault(redis: Redis, key: Uint8Array): TokenVault {
  if (key.length !== 32) throw new TypeError('TOKEN_KEY: want 32 bytes in base64url')
  const name = (id: string): string => `job-token:${id}`
  return {
    async put(id, token, expiresAt) {
      // The identifier is inside too: one that was moved to another job does not open.
      const sealed = await new EncryptJWT({ token })
        .setProtectedHeader({ alg: 'dir', enc: ENCRYPTION })
        .setIssuer(ISSUER)
        .setJti(id)
        .setExpirationTime(expiresAt)
        .encrypt(key)
      await redis.set(name(id), sealed, 'EXAT', expiresAt)
    },
    async take(id, now) {
      const sealed = await redis.get(name(id))
      if (sealed === null) throw new JobRefused('its token is gone')
      return opened(sealed, key, id, now)
    },
    async remove(id) {
      await redis.del(name(id))
    },
  }
}

async function opened(sealed: string, key: Uint8Array, id: string, now: number): Promise<string> {
  try {
    const { payload } = await jwtDecrypt(sealed, key, {
      keyManagementAlgorithms: ['dir'],
      contentEncryptionAlgorithms: [ENCRYPTION],
      issuer: ISSUER,
      requiredClaims: ['exp', 'jti'],
      currentDate: new Date(now * 1000),
    })
    const { jti, token } = payload
    if (jti === id && typeof token === 'string') return token
  } catch {
    // Whatever is wrong with it, another try would find the same.
  }
  throw new JobRefused('its token does not open')
}
