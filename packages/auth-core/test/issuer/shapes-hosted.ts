import type { Shape } from './shapes.js'

const API = 'https://api.example.com'

const auth0 = {
  source: 'https://auth0.com/docs/secure/tokens/access-tokens/access-token-profiles',
  iss: 'https://tenant.auth0.com/',
  options: { preset: 'auth0', audience: API },
} as const

const okta = {
  source: 'https://developer.okta.com/docs/api/openapi/okta-oauth/guides/overview/',
  iss: 'https://example.okta.com/oauth2/default',
  options: { preset: 'okta', audience: 'api://default' },
  typ: undefined,
} as const

const clerk = {
  source: 'https://clerk.com/docs/backend-requests/resources/session-tokens',
  iss: 'https://clerk.example.com',
} as const

const session = {
  options: { preset: 'clerk', audienceFrom: { accepted: 'https://app.example.com' } },
  typ: 'JWT',
  refused: {
    'for another origin': { azp: 'https://evil.example.com' },
    'without azp': { azp: undefined },
    'with an audience': { aud: 'https://app.example.com' },
  },
} as const

const workos = {
  source: 'https://workos.com/docs/reference/authkit/session-tokens',
  iss: 'https://api.workos.com',
  typ: undefined,
} as const

/** Issuers that are a service. */
export const hostedShapes: readonly Shape[] = [
  {
    ...auth0,
    name: 'Auth0, its own profile, a user',
    typ: 'JWT',
    claims: {
      sub: 'auth0|123456',
      aud: [API, 'https://tenant.auth0.com/userinfo'],
      azp: 'client-1',
      scope: 'openid read:messages',
      permissions: ['read:messages'],
    },
    read: { clientId: 'client-1', scopes: ['openid', 'read:messages'], permissions: ['read:messages'] },
    refused: {
      'for another API': { aud: ['https://other.example.com', 'https://tenant.auth0.com/userinfo'] },
      'an ID token': { aud: 'client-1', nonce: 'n', at_hash: 'x' },
      'of another tenant': { iss: 'https://other.auth0.com/' },
    },
  },
  {
    ...auth0,
    name: 'Auth0, its own profile, a machine',
    typ: 'JWT',
    claims: { sub: 'client-1@clients', aud: API, azp: 'client-1', gty: 'client-credentials', scope: 'read:messages' },
    read: { clientId: 'client-1', scopes: ['read:messages'], clientCredentials: true },
    refused: { 'for another API': { aud: 'https://other.example.com' } },
  },
  {
    ...auth0,
    name: 'Auth0, the profile of RFC 9068',
    typ: 'at+jwt',
    claims: { sub: 'auth0|123456', aud: [API], client_id: 'client-1', jti: 'j', scope: 'read:messages' },
    read: { clientId: 'client-1', scopes: ['read:messages'] },
    refused: { 'for another API': { aud: ['https://other.example.com'] } },
  },
  {
    ...okta,
    name: 'Okta, a user',
    claims: {
      ver: 1,
      jti: 'AT.1',
      aud: 'api://default',
      cid: '0oa1client',
      uid: '00u1user',
      scp: ['openid', 'read:messages'],
      auth_time: 1_700_000_000,
      sub: 'jane@example.com',
      groups: ['Everyone', 'Admins'],
    },
    read: { clientId: '0oa1client', scopes: ['openid', 'read:messages'], roles: ['Everyone', 'Admins'] },
    refused: {
      'for another API': { aud: 'api://other' },
      'an ID token': { aud: '0oa1client', cid: undefined, scp: undefined, jti: 'ID.1', at_hash: 'x' },
      'an ID token that names this API, without a hash': { cid: undefined, scp: undefined, jti: 'ID.1' },
      'of another authorization server': { iss: 'https://example.okta.com/oauth2/other' },
      'of the organization': { iss: 'https://example.okta.com' },
    },
  },
  {
    ...okta,
    name: 'Okta, a machine',
    claims: { ver: 1, jti: 'AT.1', aud: 'api://default', cid: '0oa1client', scp: ['read'], sub: '0oa1client' },
    read: { clientId: '0oa1client', scopes: ['read'], clientCredentials: true },
    refused: { 'for another API': { aud: 'api://other' } },
  },
  {
    ...clerk,
    ...session,
    name: 'Clerk, a session, version 1',
    claims: {
      azp: 'https://app.example.com',
      sid: 'sess_1',
      sub: 'user_1',
      org_id: 'org_1',
      org_slug: 'acme',
      org_role: 'org:admin',
      org_permissions: ['org:invoices:create'],
    },
    read: { roles: ['org:admin'], permissions: ['org:invoices:create'] },
  },
  {
    ...clerk,
    ...session,
    name: 'Clerk, a session, version 2',
    claims: {
      azp: 'https://app.example.com',
      sid: 'sess_1',
      sub: 'user_1',
      v: 2,
      o: { id: 'org_1', rol: 'admin', slg: 'acme', per: 'create', fpm: '1' },
    },
    read: { roles: ['admin'] },
  },
  {
    ...clerk,
    name: 'Clerk, an OAuth application',
    options: { preset: 'clerk', audienceFrom: { claim: 'client_id', accepted: ['client_1'] } },
    typ: 'at+jwt',
    claims: { sub: 'user_1', client_id: 'client_1', scope: 'read:foo write:bar', jti: 'oat_1' },
    read: { clientId: 'client_1', scopes: ['read:foo', 'write:bar'] },
    refused: {
      'of another application': { client_id: 'client_2' },
      'a session token': { client_id: undefined, azp: 'https://app.example.com', sid: 'sess_1' },
    },
  },
  {
    ...clerk,
    name: 'Clerk, a machine',
    options: { preset: 'clerk', audience: 'mch_api' },
    typ: 'JWT',
    claims: { sub: 'mch_worker', aud: ['mch_api', 'mch_other'], scopes: 'mch_api mch_other', jti: 'mt_1' },
    read: { clientCredentials: true },
    refused: {
      'for another machine': { aud: ['mch_other'] },
      'a session token': { aud: undefined, azp: 'https://app.example.com', sub: 'user_1', sid: 'sess_1' },
    },
  },
  {
    ...workos,
    name: 'WorkOS, a session, with an audience by JWT template',
    options: { preset: 'workos', audience: API, jwksUri: 'https://api.workos.com/sso/jwks/client_1' },
    claims: {
      sub: 'user_1',
      aud: API,
      org_id: 'org_1',
      role: 'member',
      roles: ['member', 'editor'],
      permissions: ['posts:read', 'posts:write'],
      entitlements: ['audit-logs'],
      sid: 'session_1',
      jti: 'j',
    },
    read: { roles: ['member', 'editor'], permissions: ['posts:read', 'posts:write'] },
    refused: { 'for another API': { aud: 'https://other.example.com' }, 'without an audience': { aud: undefined } },
  },
  {
    ...workos,
    name: 'WorkOS, a machine',
    iss: 'https://example.authkit.app',
    options: { preset: 'workos', audienceFrom: { claim: 'sub', accepted: ['client_1'] } },
    claims: { sub: 'client_1', org_id: 'org_1', jti: 'j' },
    read: {},
    refused: {
      'of another client': { sub: 'client_2' },
      'an ID token': { aud: 'client_1', at_hash: 'x' },
      'of another environment': { iss: 'https://other.authkit.app' },
    },
  },
  {
    name: 'Firebase, a user',
    source: 'https://firebase.google.com/docs/auth/admin/verify-id-tokens',
    iss: 'https://securetoken.google.com/project-1',
    options: { preset: 'firebase', audience: 'project-1' },
    typ: 'JWT',
    claims: {
      sub: 'uid-1',
      user_id: 'uid-1',
      aud: 'project-1',
      auth_time: 1_700_000_000,
      email: 'jane@example.com',
      email_verified: true,
      roles: ['editor'],
      firebase: { identities: { email: ['jane@example.com'] }, sign_in_provider: 'password' },
    },
    read: { roles: ['editor'] },
    refused: {
      'of another project': { iss: 'https://securetoken.google.com/project-2', aud: 'project-2' },
      'for another project': { aud: 'project-2' },
      'a session cookie': { iss: 'https://session.firebase.google.com/project-1' },
    },
  },
  {
    name: 'Supabase, a user',
    source: 'https://supabase.com/docs/guides/auth/jwt-fields',
    iss: 'https://project-1.supabase.co/auth/v1',
    options: { preset: 'supabase', audience: 'authenticated' },
    typ: 'JWT',
    claims: {
      sub: '123e4567-e89b-12d3-a456-426614174000',
      aud: 'authenticated',
      role: 'authenticated',
      aal: 'aal1',
      session_id: 'session-1',
      email: 'jane@example.com',
      phone: '',
      is_anonymous: false,
      app_metadata: { provider: 'email' },
      user_metadata: { role: 'service_role' },
    },
    read: { roles: ['authenticated'] },
    refused: {
      'for another audience': { aud: 'anon' },
      'of another project': { iss: 'https://project-2.supabase.co/auth/v1' },
    },
  },
]
