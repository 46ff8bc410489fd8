import { knownClients, type FindClient } from './clients.js'
import { DpopNonces } from './dpop-nonces.js'
import type { TestEndpoint } from './endpoints.js'
import type { TestIssuerOptions } from './issuer-options.js'
import type { TestKey } from './keys.js'
import { Logins } from './logins.js'
import { SignalStream } from './signals/signal-stream.js'
import type { PublishedStatusList } from './signals/status-list.js'
import { Store } from './store.js'
import type { TrustedIssuer } from './trusted-issuer.js'

/** Claims of a token that the issuer did not make itself; `undefined` for one that is not good. */
export type ForeignTokens = (token: string, type: string) => Readonly<Record<string, unknown>> | undefined

/** What the endpoints of an issuer share. */
export interface AuthorizationServer {
  readonly issuer: string
  /** The default `aud` of access tokens. */
  readonly audience: string
  /** Seconds. */
  readonly accessTokenLifetime: number
  /** Seconds. */
  readonly refreshTokenLifetime: number
  readonly rotatesRefreshTokens: boolean
  readonly connections: Readonly<Record<string, string>> | undefined
  readonly foreignTokens: ForeignTokens | undefined
  readonly trusted: readonly TrustedIssuer[]
  readonly findClient: FindClient
  readonly nonces: DpopNonces
  readonly logins: Logins
  readonly store: Store
  readonly signals: SignalStream
  /** By their numbers. */
  readonly statusLists: Map<string, PublishedStatusList>
  /** Seconds since the epoch. */
  now(): number
  urlOf(endpoint: TestEndpoint): string
  signingKey(): TestKey
  publishedKeys(): readonly unknown[]
}

/** What an issuer knows of itself. */
type Self = Pick<AuthorizationServer, 'issuer' | 'audience' | 'trusted' | 'urlOf' | 'signingKey' | 'publishedKeys'>

const TWO_WEEKS = 14 * 24 * 3600

/** What the endpoints share at the start. @throws {TypeError} for an option of a client that there is not */
export function createAuthorizationServer(options: TestIssuerOptions, self: Self): AuthorizationServer {
  return {
    ...self,
    accessTokenLifetime: options.accessTokenLifetime ?? 3600,
    refreshTokenLifetime: options.refreshTokenLifetime ?? TWO_WEEKS,
    rotatesRefreshTokens: options.rotateRefreshTokens ?? true,
    connections: options.connections,
    foreignTokens: options.foreignTokens,
    findClient: knownClients(options.clients),
    nonces: new DpopNonces(),
    logins: new Logins(),
    store: new Store(),
    signals: new SignalStream(),
    statusLists: new Map(),
    now: options.now ?? (() => Date.now() / 1000),
  }
}
