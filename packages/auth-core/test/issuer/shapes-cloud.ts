import type { Shape } from './shapes.js'

const API = 'https://api.example.com'
const TENANT = '72f988bf-86f1-41af-91ab-2d7cd011db47'
const OTHER_TENANT = '11111111-2222-3333-4444-555555555555'
const APP = '6e74172b-be56-4843-9ff4-e66a39bb12e3'
const CLIENT = '0aa5b0f2-0b5a-4a36-9f0a-0a3b7c9d1e2f'

const entra = {
  source: 'https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference',
  typ: 'JWT',
} as const

const v2 = (tenant: string): string => `https://login.microsoftonline.com/${tenant}/v2.0`

const entraUser = {
  sub: 'pairwise-1',
  aud: APP,
  azp: CLIENT,
  azpacr: '0',
  scp: 'Files.Read access_as_user',
  roles: ['Admin'],
  oid: '99999999-8888-7777-6666-555555555555',
  tid: TENANT,
  uti: 'u',
  ver: '2.0',
}

const cognito = {
  source:
    'https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html',
  iss: 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Example',
  options: { preset: 'cognito', audienceFrom: { accepted: ['client-1', 'client-2'] } },
  typ: undefined,
} as const

const otherPool = { iss: 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Other' }

/** Issuers of a cloud, and of what runs in one. */
export const cloudShapes: readonly Shape[] = [
  {
    ...entra,
    name: 'Entra ID, version 2.0, a user',
    iss: v2(TENANT),
    options: { preset: 'entra', audience: APP },
    claims: entraUser,
    read: { clientId: CLIENT, scopes: ['Files.Read', 'access_as_user'], roles: ['Admin'] },
    refused: {
      'for another application': { aud: CLIENT },
      'an ID token': { azp: undefined, azpacr: undefined, scp: undefined, nonce: 'n' },
      'of another tenant': { iss: v2(OTHER_TENANT), tid: OTHER_TENANT },
      'of version 1.0': { iss: `https://sts.windows.net/${TENANT}/` },
    },
  },
  {
    ...entra,
    name: 'Entra ID, version 2.0, a machine',
    iss: v2(TENANT),
    options: { preset: 'entra', audience: APP },
    claims: { ...entraUser, sub: 'o', azpacr: '1', scp: undefined, idtyp: 'app', roles: ['Files.Read.All'] },
    read: { clientId: CLIENT, roles: ['Files.Read.All'], clientCredentials: true },
    refused: { 'for another application': { aud: CLIENT } },
  },
  {
    ...entra,
    name: 'Entra ID, version 1.0, a user',
    iss: `https://sts.windows.net/${TENANT}/`,
    options: { preset: 'entra', audience: 'api://my-api' },
    claims: {
      sub: 'pairwise-1',
      aud: 'api://my-api',
      appid: CLIENT,
      appidacr: '0',
      scp: 'access_as_user',
      roles: ['Admin'],
      tid: TENANT,
      ver: '1.0',
    },
    read: { clientId: CLIENT, scopes: ['access_as_user'], roles: ['Admin'] },
    refused: {
      'for another application': { aud: 'api://other' },
      'an ID token': { appid: undefined, appidacr: undefined, scp: undefined },
      'of version 2.0': { iss: v2(TENANT) },
    },
  },
  {
    ...entra,
    name: 'Entra ID, all tenants',
    iss: v2(OTHER_TENANT),
    options: { issuer: v2('{tenantid}'), preset: 'entra', audience: APP },
    claims: { ...entraUser, tid: OTHER_TENANT },
    read: { clientId: CLIENT, scopes: ['Files.Read', 'access_as_user'], roles: ['Admin'] },
    refused: {
      'of a tenant that iss does not name': { tid: TENANT },
      'of no tenant': { iss: v2('common') },
      'of a tenant by name': { iss: v2('contoso.onmicrosoft.com') },
      'of a tenant in upper case': { iss: v2(OTHER_TENANT.replace('1', 'A')), tid: undefined },
      'of the template': { iss: v2('{tenantid}'), tid: undefined },
      'of another version': { iss: `https://login.microsoftonline.com/${OTHER_TENANT}/v1.0` },
      'of another host': { iss: `https://login.evil.example/${OTHER_TENANT}/v2.0` },
      'with a longer path': { iss: `https://login.microsoftonline.com/x/${OTHER_TENANT}/v2.0` },
    },
  },
  {
    ...entra,
    name: 'Entra ID, some tenants',
    iss: v2(TENANT),
    options: { issuer: v2('{tenantid}'), tenants: [TENANT], preset: 'entra', audience: APP },
    claims: entraUser,
    read: { clientId: CLIENT, scopes: ['Files.Read', 'access_as_user'], roles: ['Admin'] },
    refused: {
      'of another tenant': { iss: v2(OTHER_TENANT), tid: OTHER_TENANT },
      'of another tenant, by tid only': { tid: OTHER_TENANT },
    },
  },
  {
    ...cognito,
    name: 'Amazon Cognito, a user',
    claims: {
      sub: 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee',
      'cognito:groups': ['admins', 'editors'],
      version: 2,
      client_id: 'client-1',
      origin_jti: 'o',
      event_id: 'e',
      token_use: 'access',
      scope: 'openid api/read',
      auth_time: 1_700_000_000,
      jti: 'j',
      username: 'jane',
    },
    read: { clientId: 'client-1', scopes: ['openid', 'api/read'], roles: ['admins', 'editors'] },
    refused: {
      'of another client': { client_id: 'client-3' },
      'without a client': { client_id: undefined },
      'of several clients': { client_id: ['client-1'] },
      'an ID token': { aud: 'client-1', client_id: undefined, token_use: 'id' },
      'an ID token that names the client twice': { aud: 'client-1', token_use: 'id' },
      'for another API': { aud: 'https://other.example.com' },
      'without token_use': { token_use: undefined },
      'of another use': { token_use: 'refresh' },
      'of another pool': otherPool,
    },
  },
  {
    ...cognito,
    name: 'Amazon Cognito, a machine',
    claims: { sub: 'client-2', token_use: 'access', scope: 'api/read', client_id: 'client-2', version: 2, jti: 'j' },
    read: { clientId: 'client-2', scopes: ['api/read'], clientCredentials: true },
    refused: { 'of another client': { sub: 'client-3', client_id: 'client-3' }, 'of another pool': otherPool },
  },
  {
    ...cognito,
    name: 'Amazon Cognito, bound to a resource',
    options: { preset: 'cognito', audience: API },
    claims: { sub: 'u', aud: API, token_use: 'access', scope: 'api/read', client_id: 'client-9', version: 2, jti: 'j' },
    read: { clientId: 'client-9', scopes: ['api/read'] },
    refused: { 'for another API': { aud: 'https://other.example.com' }, 'bound to nothing': { aud: undefined } },
  },
  {
    name: 'Google, a service account',
    source: 'https://cloud.google.com/docs/authentication/token-types',
    iss: 'https://accounts.google.com',
    options: { preset: 'google', audience: API },
    typ: 'JWT',
    claims: {
      sub: '100000000000000000001',
      aud: API,
      azp: '100000000000000000001',
      email: 'worker@project-1.iam.gserviceaccount.com',
      email_verified: true,
    },
    read: { clientId: '100000000000000000001' },
    refused: {
      'for another API': { aud: 'https://other.example.com' },
      'an ID token of a user': { at_hash: 'x', hd: 'example.com', email: 'jane@example.com' },
      'without a scheme in iss': { iss: 'accounts.google.com' },
    },
  },
  {
    name: 'GitHub Actions, a workflow',
    source: 'https://docs.github.com/actions/reference/security/oidc',
    iss: 'https://token.actions.githubusercontent.com',
    options: { preset: 'github-actions', audience: API },
    typ: 'JWT',
    claims: {
      jti: 'j',
      sub: 'repo:octo-org/octo-repo:environment:prod',
      aud: API,
      environment: 'prod',
      ref: 'refs/heads/main',
      repository: 'octo-org/octo-repo',
      repository_id: '74',
      repository_owner: 'octo-org',
      repository_owner_id: '65',
      actor: 'octocat',
      actor_id: '12',
      workflow_ref: 'octo-org/octo-repo/.github/workflows/ci.yml@refs/heads/main',
      job_workflow_ref: 'octo-org/octo-repo/.github/workflows/ci.yml@refs/heads/main',
      event_name: 'push',
      run_id: '1',
      runner_environment: 'github-hosted',
    },
    read: { clientCredentials: true },
    refused: {
      'for the owner, by default': { aud: 'https://github.com/octo-org' },
      'of an enterprise': { iss: 'https://token.actions.githubusercontent.com/octo-enterprise' },
    },
  },
  {
    name: 'Kubernetes, a service account',
    source: 'https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/',
    iss: 'https://my-cluster.example.com',
    options: { preset: 'kubernetes', audience: API },
    typ: undefined,
    claims: {
      aud: [API],
      jti: 'j',
      'kubernetes.io': {
        namespace: 'default',
        node: { name: 'node-1', uid: 'n' },
        pod: { name: 'worker-1', uid: 'p' },
        serviceaccount: { name: 'worker', uid: 's' },
      },
      sub: 'system:serviceaccount:default:worker',
    },
    read: { clientCredentials: true },
    refused: {
      'for the API server': { aud: ['https://my-cluster.example.com'] },
      'of another cluster': { iss: 'https://other-cluster.example.com' },
    },
  },
]
