export type { AccessToken, AccessTokenRequest, AccessTokenSource, StepUp } from './access-token.js'
export { parseChallenges } from './challenge/parse-challenges.js'
export type { Challenge } from './challenge/parse-challenges.js'
export { generateDpopKeyPair, dpopThumbprint } from './dpop/key-pair.js'
export type { DpopAlgorithm, DpopKeyPair, DpopKeyPairOptions, WebCryptoKey } from './dpop/key-pair.js'
export { DpopNonces } from './dpop/nonces.js'
export { createDpopProof } from './dpop/proof.js'
export type { DpopProofOptions } from './dpop/proof.js'
export { createFetch } from './fetch/create-fetch.js'
export { dpopFetch } from './fetch/dpop-fetch.js'
export type { DpopFetchOptions } from './fetch/dpop-fetch.js'
export type { FetchEvent, FetchOptions } from './fetch/options.js'
export { discoverProtectedResource } from './metadata/protected-resource.js'
export type { DiscoverResourceOptions, ProtectedResource } from './metadata/protected-resource.js'
export { createAuthClient } from './client.js'
export type { AuthClient, OnBehalfOfRequest } from './client.js'
export { AuthClientError, isAuthClientError } from './errors.js'
export type { AuthClientErrorOptions, ClientErrorReason, ReducedCause } from './errors.js'
export type { ClientEvent, Grant } from './events.js'
export type { IssuerSaid } from './issuer-said.js'
export type { Target } from './grants/parameters.js'
export { TOKEN_TYPES } from './grants/requests.js'
export type {
  AssertionRequest,
  AuthorizationRequest,
  ConnectionRequest,
  ExchangeRequest,
  IdentityAssertion,
  IdentityAssertionRequest,
  LogoutRequest,
  RefreshRequest,
  StartedAuthorization,
  StoredAuthorization,
  TokenSet,
  TokenTypeHint,
} from './grants/requests.js'
export type { AuthClientOptions, ClientAuthentication } from './options.js'
export type { Circuit } from './resilience/exchange.js'
export { createMemoryLock } from './tokens/lock.js'
export type { Lock } from './tokens/lock.js'
export type { Session, SessionOptions } from './tokens/session-types.js'
export { createMemoryTokenStore } from './tokens/token-store.js'
export type { MemoryTokenStoreOptions, SetOptions, StoredTokens, TokenStore } from './tokens/token-store.js'
export { onBehalfOf } from './on-behalf-of.js'
export type { CallerToken, OnBehalfOfOptions, ServiceTarget } from './on-behalf-of.js'
