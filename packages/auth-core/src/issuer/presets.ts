import type { TokenShapeOptions } from './shape-options.js'

/** Issuers whose tokens are known: see the guide "Issuers". */
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

/** What a preset says: nothing but names of claims, and marks that a token must carry. */
export interface Preset extends Omit<TokenShapeOptions, 'preset'> {
  /** The claim that stands in for `aud`, where the issuer's options accept values of it. */
  readonly standIn?: string
}

// RFC 9068 §2.2: the subject of a token that a client got for itself is the client.
const SUBJECT_IS_CLIENT = { claim: 'sub', sameAs: 'client_id' }

/** What is not said is as without a preset, but for the mark of machines, which Auth0 alone has by default. */
export const PRESETS: Readonly<Record<IssuerPreset, Preset>> = {
  auth0: { machine: { claim: 'gty', value: 'client-credentials' } },
  clerk: {
    claims: { roles: ['org_role', ['o', 'rol']], permissions: 'org_permissions', clientId: 'client_id' },
    machine: { claim: 'sub', startsWith: 'mch_' },
    // Of a session token: the origin that it was made for.
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
    // An ID token names no client: that is its audience.
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
    // Notes of the session that the client credentials grant makes, and no other.
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
    // The roles of this API's project: without the project they are those of the client's.
    claims: { roles: [{ keysOf: 'urn:zitadel:iam:org:project:{audience}:roles' }] },
  },
}
