export { Auth, OptionalAuth, Public, RequireAuth } from './decorators.js'
export type { CredentialsRequest } from './call.js'
export { Auth0Exception } from './exception.js'
export { Auth0Guard, RESOURCE_SERVER } from './guard.js'
export { Auth0Module } from './module.js'
export type { Auth0AsyncOptions } from './module.js'
export {
  AuthError,
  isAuthError,
  memoryReplayStore,
  memoryRevocations,
  optionsFromEnvironment,
  policyEngine,
  requirements,
  shadowTable,
} from '@acme/auth-core'
// All types of core, so that nobody has to install it for their sake. By a star, since TypeScript merges what an
// application adds to AccessTokenClaims with a declaration that came by a star only.
export type * from '@acme/auth-core'
