import type { AuthorizationServer } from '../authorization-server.js'
import type { Parameters } from '../parameters.js'
import type { AuthenticatedClient } from './client-authentication.js'

/** A token request whose client is known, and whose proof, if any, is good. */
export interface GrantRequest {
  readonly server: AuthorizationServer
  readonly client: AuthenticatedClient
  readonly parameters: Parameters
  /** Thumbprint of the proof's key. */
  readonly jkt: string | undefined
}
