import type { ListeningTestIssuer } from '@acme/auth-testing'

import { pick } from './pick.js'

/** Access tokens as the kinds of traffic need them. */
export interface Tokens {
  seen(): string
  fresh(): Promise<string>
  expired(): string
  tampered(): Promise<string>
  withoutScope(): string
  /** Bound to the key with this thumbprint, and with all scopes. */
  bound(thumbprint: string): string
  /** Signs with a new key from now on: all tokens are made anew. */
  rotate(): Promise<void>
}

const SCOPE = 'read:messages delete:data admin:access'
const POOL = 50
// Longer than any replay waits, so that an old token fails for nothing but its proof.
const PUBLISHED_KEYS = 10

export async function createTokens(issuer: ListeningTestIssuer, thumbprints: readonly string[]): Promise<Tokens> {
  const published = [issuer.signingKey.kid]
  let pool = await makePool(issuer, thumbprints)
  return {
    seen: () => pick(pool.seen),
    fresh: () => issuer.accessToken({ scope: SCOPE }),
    expired: () => pick(pool.expired),
    tampered: () => issuer.accessToken({ scope: SCOPE, signature: 'flipped' }),
    withoutScope: () => pick(pool.withoutScope),
    bound(thumbprint) {
      const token = pool.bound.get(thumbprint)
      if (token === undefined) throw new RangeError('no token for this key')
      return token
    },
    async rotate() {
      published.push((await issuer.rotateKey()).kid)
      if (published.length > PUBLISHED_KEYS) issuer.removeKey(published.shift() ?? '')
      pool = await makePool(issuer, thumbprints)
    },
  }
}

interface Pool {
  readonly seen: readonly string[]
  readonly expired: readonly string[]
  readonly withoutScope: readonly string[]
  readonly bound: ReadonlyMap<string, string>
}

async function makePool(issuer: ListeningTestIssuer, thumbprints: readonly string[]): Promise<Pool> {
  const many = (options: Parameters<ListeningTestIssuer['accessToken']>[0]): Promise<string[]> =>
    Promise.all(Array.from({ length: POOL }, () => issuer.accessToken(options)))
  const bind = async (jkt: string): Promise<[string, string]> => [
    jkt,
    await issuer.accessToken({ jkt, scope: SCOPE, expiresIn: 7200 }),
  ]
  return {
    seen: await many({ scope: SCOPE }),
    expired: await many({ scope: SCOPE, expiresIn: -60 }),
    withoutScope: await many({ scope: 'read:other' }),
    bound: new Map(await Promise.all(thumbprints.map(bind))),
  }
}
