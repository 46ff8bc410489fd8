export type { TestAlgorithm } from './algorithms.js'
export { createTestKey, type TestKey, type TestKeyOptions } from './keys.js'
export {
  base64url,
  compactJws,
  type CompactJwsOptions,
  type JwsPart,
  type TestSecret,
  type TestSignature,
} from './compact-jws.js'
export type { AccessTokenOptions } from './access-token.js'
export { accessTokenHash, createProof, type ProofOptions } from './proof.js'
export type { SecurityEventOptions } from './signals/security-event.js'
export type { TestStatusList, TestStatusListOptions } from './signals/status-list.js'
export type { TestEndpoint } from './endpoints.js'
export type { TestFault } from './faults.js'
export type { TestClient } from './clients.js'
export type { TestLogin } from './logins.js'
export type { TestNonceMode } from './dpop-nonces.js'
export type { TrustedIssuer } from './trusted-issuer.js'
export { createTestIssuer } from './issuer.js'
export type { TestIssuerOptions } from './issuer-options.js'
export type { TestIssuer } from './test-issuer.js'
export { startTestIssuer, type ListeningTestIssuer, type ListeningTestIssuerOptions } from './listening-issuer.js'
export { fakeAuth, type FakeAuth, type FakeAuthOptions } from './fake-auth.js'
