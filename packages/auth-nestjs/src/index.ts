export { Auth, OptionalAuth, Public, RequireAuth } from './decorators.js'
export type { CredentialsRequest } from './call.js'
export { Auth0Exception } from './exception.js'
export { Auth0Connections } from './connections/auth0-connections.js'
export { Connection } from './connections/connection-decorator.js'
export { eventStream } from './connections/event-stream.js'
export type {
  GraphqlSocket,
  GraphqlWsContext,
  GraphqlWsOptions,
  MercuriusSubscription,
} from './connections/graphql-connections.js'
export { connectionOf } from './connections/kept.js'
export { Auth0Guard } from './guard.js'
export { Auth0Module } from './module.js'
export type { Auth0AsyncOptions } from './module.js'
export { sendTrace } from './traces.js'
export type { TraceReply } from './traces.js'
export { RESOURCE_SERVER } from './resource-server-token.js'
export {
  AuthError,
  explain,
  explanationText,
  isAuthError,
  memoryReplayStore,
  memoryRevocations,
  optional,
  optionsFromEnvironment,
  policyEngine,
  requirements,
  shadowTable,
} from '@acme/auth-core'
// All types of core, so that nobody has to install it for their sake. By a star, since TypeScript merges what an
// application adds to AccessTokenClaims with a declaration that came by a star only.
export type * from '@acme/auth-core'
