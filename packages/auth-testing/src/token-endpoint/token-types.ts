/** Token types of RFC 8693 §3. */
export const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'
export const REFRESH_TOKEN = 'urn:ietf:params:oauth:token-type:refresh_token'
export const ID_TOKEN = 'urn:ietf:params:oauth:token-type:id_token'
export const JWT = 'urn:ietf:params:oauth:token-type:jwt'
/** An assertion for the issuer of another domain (draft-ietf-oauth-identity-assertion-authz-grant). */
export const ID_JAG = 'urn:ietf:params:oauth:token-type:id-jag'
/** Auth0's, of its token vault. */
export const CONNECTION_ACCESS_TOKEN = 'http://auth0.com/oauth/token-type/federated-connection-access-token'
/** The header `typ` of an ID-JAG. */
export const ID_JAG_TYP = 'oauth-id-jag+jwt'
