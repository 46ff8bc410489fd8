import type { TokenShapeOptions } from './shape-options.js'

/** The names of presets, for issuers whose token format is known: see the guide "Issuers". */
export type IssuerPreset =
  | 'auth0'
  | 'clerk'
  | 'cognito'
  | 'entra'
  | 'firebase'
  | 'github-actions'
  | 'google'
  | 'keycloak'
  | 'kubernetes'
  | 'logto'
  | 'okta'
  | 'ory'
  | 'supabase'
  | 'workos'
  | 'zitadel'

/** A preset has claim names and marks of tokens only. It cannot loosen a check. */
export interface Preset extends Omit<TokenShapeOptions, 'preset'> {
  /** The default of `audienceFrom.claim`. */
  readonly standIn?: string
}

// RFC 9068 §2.2: the subject of a token by the client credentials grant is the client.
const SUBJECT_IS_CLIENT = { claim: 'sub', sameAs: 'client_id' }

/** Members that are left out have the defaults of {@link TokenShapeOptions}, except `machine`, which is then none. */
export const PRESETS: Readonly<Record<IssuerPreset, Preset>> = {
  auth0: { machine: { claim: 'gty', value: 'client-credentials' } },
  clerk: {
    claims: { roles: ['org_role', ['o', 'rol']], permissions: 'org_permissions', clientId: 'client_id' },
    machine: { claim: 'sub', startsWith: 'mch_' },
    // `azp` of a session token is the origin of the front end that it was issued to.
    standIn: 'azp',
  },
  cognito: {
    claims: { roles: 'cognito:groups', clientId: 'client_id' },
    machine: SUBJECT_IS_CLIENT,
    accessToken: { claim: 'token_use', value: 'access' },
    standIn: 'client_id',
  },
  entra: {
    claims: { scopes: 'scp', clientId: ['azp', 'appid'] },
    machine: { claim: 'idtyp', value: 'app' },
    // ID tokens have neither: the client is their audience.
    accessToken: [{ claim: 'azp' }, { claim: 'appid' }],
  },
  firebase: {},
  'github-actions': { machine: { claim: 'repository_id' } },
  google: { claims: { clientId: 'azp' } },
  keycloak: {
    claims: {
      roles: [
        ['realm_access', 'roles'],
        ['resource_access', '{audience}', 'roles'],
      ],
      clientId: ['azp', 'client_id'],
    },
    // Claims that Keycloak adds for the client credentials grant only.
    machine: [{ claim: 'clientHost' }, { claim: 'clientAddress' }],
    accessToken: { claim: 'typ', value: ['Bearer', 'DPoP', 'at+jwt'] },
  },
  kubernetes: { machine: { claim: 'kubernetes.io' } },
  logto: { machine: SUBJECT_IS_CLIENT },
  okta: {
    claims: { scopes: 'scp', roles: 'groups', clientId: 'cid' },
    machine: { claim: 'sub', sameAs: 'cid' },
    accessToken: { claim: 'cid' },
  },
  ory: { claims: { scopes: ['scp', 'scope'], roles: [['ext', 'roles']] }, machine: SUBJECT_IS_CLIENT },
  supabase: { claims: { roles: 'role', clientId: 'client_id' } },
  workos: { claims: { roles: ['roles', 'role'] }, standIn: 'client_id' },
  zitadel: {
    // The claim names the project: without a project in its name it would have the roles in the client's project.
    claims: { roles: [{ keysOf: 'urn:zitadel:iam:org:project:{audience}:roles' }] },
  },
}
