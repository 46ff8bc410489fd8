import type { Shape } from './shapes.js'

const API = 'https://api.example.com'

const keycloak = {
  source: 'https://www.keycloak.org/docs/latest/server_admin/',
  iss: 'https://sso.example.com/realms/demo',
  options: { preset: 'keycloak', audience: 'my-api' },
  typ: 'JWT',
} as const

const keycloakUser = {
  sub: 'b1a6c1d2',
  typ: 'Bearer',
  aud: ['my-api', 'account'],
  azp: 'web',
  sid: 's',
  acr: '1',
  'allowed-origins': ['https://app.example.com'],
  realm_access: { roles: ['offline_access', 'user'] },
  resource_access: { 'my-api': { roles: ['editor', 'user'] }, account: { roles: ['manage-account'] } },
  scope: 'openid profile',
  preferred_username: 'jane',
}

const logto = {
  source: 'https://docs.logto.io/authorization/validate-access-tokens',
  iss: 'https://example.logto.app/oidc',
  options: { preset: 'logto', audience: API, algorithms: ['ES384'] },
  typ: 'at+jwt',
  algorithm: 'ES384',
} as const

const ory = {
  source: 'https://www.ory.com/docs/oauth2-oidc/jwt-access-token',
  iss: 'https://example.projects.oryapis.com',
  options: { preset: 'ory', audience: API },
  typ: 'JWT',
} as const

/** Issuers that are a server of one's own, or may be. */
export const serverShapes: readonly Shape[] = [
  {
    ...keycloak,
    name: 'Keycloak, a user',
    claims: keycloakUser,
    read: { clientId: 'web', scopes: ['openid', 'profile'], roles: ['offline_access', 'user', 'editor'] },
    refused: {
      'for another client': { aud: ['other-api', 'account'] },
      'an ID token': { typ: 'ID', at_hash: 'x', aud: 'web' },
      'an ID token that names this API': { typ: 'ID' },
      'a refresh token': { typ: 'Refresh' },
      'an offline token': { typ: 'Offline' },
      'a logout token': { typ: 'Logout', events: { 'http://schemas.openid.net/event/backchannel-logout': {} } },
      'a link of an e-mail': { typ: 'verify-email' },
      'without typ': { typ: undefined },
      'of another realm': { iss: 'https://sso.example.com/realms/other' },
    },
  },
  {
    ...keycloak,
    name: 'Keycloak before 25, with a nonce',
    claims: { ...keycloakUser, nonce: 'n', session_state: 's' },
    read: { clientId: 'web', scopes: ['openid', 'profile'], roles: ['offline_access', 'user', 'editor'] },
    refused: { 'for another client': { aud: 'other-api' } },
  },
  {
    ...keycloak,
    name: 'Keycloak, a user that is called like a machine',
    claims: { ...keycloakUser, azp: 'web', preferred_username: 'service-account-worker', client_id: 'web' },
    read: { clientId: 'web', scopes: ['openid', 'profile'], roles: ['offline_access', 'user', 'editor'] },
    refused: {},
  },
  {
    ...keycloak,
    name: 'Keycloak, a machine',
    typ: 'at+jwt',
    claims: {
      sub: 'f3c1',
      typ: 'Bearer',
      aud: 'my-api',
      azp: 'worker',
      client_id: 'worker',
      clientHost: '192.0.2.1',
      clientAddress: '192.0.2.1',
      resource_access: { 'my-api': { roles: ['worker'] } },
      scope: 'profile',
      preferred_username: 'service-account-worker',
    },
    read: { clientId: 'worker', scopes: ['profile'], roles: ['worker'], clientCredentials: true },
    refused: { 'for another client': { aud: 'other-api' } },
  },
  {
    ...keycloak,
    name: 'Keycloak, bound to a DPoP key',
    claims: {
      sub: 'b1a6c1d2',
      typ: 'DPoP',
      aud: 'my-api',
      azp: 'web',
      scope: 'openid',
      cnf: { jkt: 'A'.repeat(43), 'kc-jkt-type': 'DPoP' },
    },
    read: { clientId: 'web', scopes: ['openid'] },
    refused: { 'for another client': { aud: 'other-api' } },
  },
  {
    name: 'Zitadel, a user',
    source: 'https://zitadel.com/docs/apis/openidoauth/claims',
    iss: 'https://example.zitadel.cloud',
    options: { preset: 'zitadel', audience: '200000000000000001' },
    typ: 'JWT',
    claims: {
      sub: '100000000000000001',
      aud: ['300000000000000001@web', '200000000000000001'],
      azp: '300000000000000001@web',
      jti: 'j',
      'urn:zitadel:iam:org:project:roles': { owner: { '400000000000000001': 'acme.example.com' } },
      'urn:zitadel:iam:org:project:200000000000000001:roles': {
        editor: { '400000000000000001': 'acme.example.com' },
        reader: { '400000000000000001': 'acme.example.com' },
      },
      'urn:zitadel:iam:org:project:200000000000000002:roles': { admin: { '400000000000000001': 'acme.example.com' } },
    },
    read: { clientId: '300000000000000001@web', roles: ['editor', 'reader'] },
    refused: {
      'for another project': { aud: ['300000000000000001@web', '200000000000000002'] },
      'an ID token': { at_hash: 'x', nonce: 'n', amr: ['pwd'] },
      'of another instance': { iss: 'https://other.zitadel.cloud' },
    },
  },
  {
    ...logto,
    name: 'Logto, a user',
    claims: { sub: 'user-1', aud: API, client_id: 'app-1', scope: 'read:messages', jti: 'j' },
    read: { clientId: 'app-1', scopes: ['read:messages'] },
    refused: {
      'for another API': { aud: 'https://other.example.com' },
      'for an organization': { aud: 'urn:logto:organization:org-1' },
      'an ID token': { aud: 'app-1', at_hash: 'x' },
      'of another tenant': { iss: 'https://other.logto.app/oidc' },
    },
  },
  {
    ...logto,
    name: 'Logto, a machine',
    claims: { sub: 'app-1', aud: API, client_id: 'app-1', scope: 'read:messages', jti: 'j' },
    read: { clientId: 'app-1', scopes: ['read:messages'], clientCredentials: true },
    refused: { 'for another API': { aud: 'https://other.example.com' } },
  },
  {
    ...ory,
    name: 'Ory, a user',
    claims: {
      sub: 'user-1',
      aud: [API],
      client_id: 'client-1',
      jti: 'j',
      scp: ['openid', 'read:messages'],
      ext: { roles: ['editor'] },
    },
    read: { clientId: 'client-1', scopes: ['openid', 'read:messages'], roles: ['editor'] },
    refused: {
      'for another API': { aud: ['https://other.example.com'] },
      'for nobody': { aud: [] },
      'an ID token': { aud: ['client-1'], at_hash: 'x', scp: undefined },
      'of another project': { iss: 'https://other.projects.oryapis.com' },
    },
  },
  {
    ...ory,
    name: 'Ory, a machine',
    claims: { sub: 'client-1', aud: [API], client_id: 'client-1', jti: 'j', scp: ['read:messages'], ext: {} },
    read: { clientId: 'client-1', scopes: ['read:messages'], clientCredentials: true },
    refused: { 'for another API': { aud: ['https://other.example.com'] } },
  },
]
