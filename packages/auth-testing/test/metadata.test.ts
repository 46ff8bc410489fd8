import { expect, it } from 'vitest'

import { createTestIssuer } from '../src/index.js'

it('names what there is, and each of it answers', async () => {
  const issuer = await createTestIssuer({ issuer: 'https://issuer.test/tenant/' })
  const metadata: unknown = await (await issuer.fetch(issuer.urlOf('metadata'))).json()
  expect(metadata).toEqual({
    issuer: 'https://issuer.test/tenant/',
    authorization_endpoint: 'https://issuer.test/tenant/authorize',
    token_endpoint: 'https://issuer.test/tenant/oauth/token',
    jwks_uri: 'https://issuer.test/tenant/.well-known/jwks.json',
    pushed_authorization_request_endpoint: 'https://issuer.test/tenant/oauth/par',
    revocation_endpoint: 'https://issuer.test/tenant/oauth/revoke',
    introspection_endpoint: 'https://issuer.test/tenant/oauth/introspect',
    end_session_endpoint: 'https://issuer.test/tenant/oidc/logout',
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    grant_types_supported: [
      'client_credentials',
      'authorization_code',
      'refresh_token',
      'urn:ietf:params:oauth:grant-type:token-exchange',
      'urn:ietf:params:oauth:grant-type:jwt-bearer',
      'urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token',
    ],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['ES256'],
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
    dpop_signing_alg_values_supported: expect.arrayContaining(['ES256', 'EdDSA']),
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'],
    token_endpoint_auth_signing_alg_values_supported: expect.arrayContaining(['ES256']),
    revocation_endpoint_auth_methods_supported: [
      'client_secret_basic',
      'client_secret_post',
      'private_key_jwt',
      'none',
    ],
    revocation_endpoint_auth_signing_alg_values_supported: expect.arrayContaining(['ES256']),
    introspection_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'private_key_jwt'],
    introspection_endpoint_auth_signing_alg_values_supported: expect.arrayContaining(['ES256']),
    request_parameter_supported: false,
    request_uri_parameter_supported: false,
  })
  for (const [name, url] of Object.entries(metadata ?? {})) {
    if (!name.endsWith('_endpoint') && name !== 'jwks_uri') continue
    expect((await issuer.fetch(String(url))).status, name).not.toBe(404)
  }
})
