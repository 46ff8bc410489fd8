/** RFC 8693 §2.1. */
export const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
/** RFC 7523 §2.1. */
export const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
/** Auth0's: the access token of a connection for the user of a token (Token Vault). */
export const CONNECTION_TOKEN = 'urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token'

/** `grant_type` of each grant that the token endpoint has. */
export const GRANT_TYPES: readonly string[] = [
  'client_credentials',
  'authorization_code',
  'refresh_token',
  TOKEN_EXCHANGE,
  JWT_BEARER,
  CONNECTION_TOKEN,
]
