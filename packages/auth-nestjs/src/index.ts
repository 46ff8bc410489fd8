export { Auth, OptionalAuth, Public, RequireAuth } from './decorators.js'
export { Auth0Exception, Auth0ExceptionFilter } from './exception.js'
export { Auth0Guard, RESOURCE_SERVER } from './guard.js'
export { Auth0Module } from './module.js'
export type { Auth0AsyncOptions } from './module.js'
export { AuthError, isAuthError } from '@acme/auth-core'
export type {
  AuthContext,
  AuthEvent,
  AuthOptions,
  RequirementArguments,
  RequirementOptions,
  ResourceServer,
} from '@acme/auth-core'
