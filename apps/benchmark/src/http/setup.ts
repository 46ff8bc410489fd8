import type { KnownIssuer } from '../material.js'

export const FRAMEWORKS = ['express', 'fastify', 'hono', 'nest'] as const
export type Framework = (typeof FRAMEWORKS)[number]

/** What stands before the protected route. */
export type Guard = 'rs256' | 'es256' | 'ours' | 'jose' | 'jose-dpop' | 'native' | 'native-key-set' | 'native-cached'

/** A signed text and the key that it is signed with. */
export interface Signed {
  readonly jws: string
  readonly jwk: KnownIssuer['signingKey']['publicJwk']
}

/** What a server is started with. */
export interface Setup {
  readonly framework: Framework
  readonly guard: Guard
  readonly issuer: KnownIssuer
  /** What the guards `rs256` and `es256` verify for each request. */
  readonly signed: Readonly<Record<'rs256' | 'es256', Signed>>
}

/** The route that nothing stands before. */
export const BARE_PATH = '/bare'
