import { ALGORITHMS } from './algorithms.js'
import type { AuthorizationServer } from './authorization-server.js'
import { GRANT_TYPES } from './token-endpoint/grant-types.js'

const ALGORITHM_NAMES = Object.keys(ALGORITHMS)
const AUTHENTICATION = ['client_secret_basic', 'client_secret_post', 'private_key_jwt']

/** Metadata of an issuer: OpenID Connect Discovery 1.0 §3 and RFC 8414 §2. */
export function metadataOf(server: AuthorizationServer): Record<string, unknown> {
  return {
    issuer: server.issuer,
    authorization_endpoint: server.urlOf('authorize'),
    token_endpoint: server.urlOf('token'),
    jwks_uri: server.urlOf('keys'),
    pushed_authorization_request_endpoint: server.urlOf('par'),
    revocation_endpoint: server.urlOf('revocation'),
    introspection_endpoint: server.urlOf('introspection'),
    end_session_endpoint: server.urlOf('logout'),
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    grant_types_supported: GRANT_TYPES,
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [server.signingKey().alg],
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
    dpop_signing_alg_values_supported: ALGORITHM_NAMES,
    token_endpoint_auth_methods_supported: [...AUTHENTICATION, 'none'],
    token_endpoint_auth_signing_alg_values_supported: ALGORITHM_NAMES,
    revocation_endpoint_auth_methods_supported: [...AUTHENTICATION, 'none'],
    revocation_endpoint_auth_signing_alg_values_supported: ALGORITHM_NAMES,
    introspection_endpoint_auth_methods_supported: AUTHENTICATION,
    introspection_endpoint_auth_signing_alg_values_supported: ALGORITHM_NAMES,
    request_parameter_supported: false,
    request_uri_parameter_supported: false,
  }
}
