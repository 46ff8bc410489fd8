/** The parts of an access token, explained. Static: no token is read for it. */
export const tokenStructure = {
  format: 'base64url(header).base64url(payload).base64url(signature)',
  header: {
    example: { alg: 'RS256', typ: 'at+jwt', kid: 'key-1' },
    members: {
      alg: 'The algorithm of the signature. Only asymmetric ones that this API lists are accepted.',
      typ: 'The kind of token: at+jwt is an access token (RFC 9068). An ID token is refused.',
      kid: 'Which of the keys that the issuer publishes verifies the signature.',
    },
  },
  payload: {
    example: {
      iss: 'https://tenant.auth0.com/',
      sub: 'auth0|user-1',
      aud: 'https://api.example.com',
      client_id: 'client-1',
      iat: 1_700_000_000,
      exp: 1_700_003_600,
      scope: 'read:messages',
      permissions: ['read:messages'],
      cnf: { jkt: 'thumbprint-of-the-key-of-the-client' },
    },
    members: {
      iss: 'The issuer. It must be one that this API trusts, to the letter.',
      sub: 'The subject: the user, or the client itself for client credentials.',
      aud: 'The audience: the APIs that the token is for. This API must be among them.',
      client_id: 'The client that the token was issued to. Auth0 calls it azp.',
      iat: 'When the token was issued, in seconds since 1970.',
      nbf: 'The token is not valid before this time.',
      exp: 'The token is not valid from this time on.',
      scope: 'What the client was allowed to do, words separated by spaces.',
      permissions: 'What the subject may do, as Auth0 issues it.',
      gty: 'The grant, as Auth0 issues it: client-credentials for a client that acts for itself.',
      acr: 'How strong the login was.',
      auth_time: 'When the user logged in.',
      cnf: 'The key that the token is bound to (RFC 9449): it is worthless without a DPoP proof of that key.',
    },
  },
  signature: {
    covers: 'The header and the payload, as sent. Changing a single character makes it invalid.',
    verifiedWith: 'The public key of the issuer, from the jwks_uri of its metadata.',
    doesNot: 'Encrypt: whoever holds the token can read it.',
  },
} as const
