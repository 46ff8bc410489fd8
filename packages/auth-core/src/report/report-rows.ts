import { MAX_TOKEN_LENGTH } from '../request/credentials.js'
import type { TrustedIssuer } from '../issuer/issuer-options.js'
import type { MtlsSettings } from '../mtls/mtls-options.js'
import type { Settings } from '../options/options.js'
import type { ReportRow, ReportValue } from './report.js'

/** How a row is made of the settings. */
export interface ReportRowMaker extends Pick<ReportRow, 'id' | 'setting' | 'clause'> {
  readonly value: (settings: Settings) => ReportValue
  /** @defaultValue always */
  readonly enforced?: (settings: Settings) => boolean
}

const listed = ({ issuers }: Settings): readonly TrustedIssuer[] => [...issuers.listed.values()]
const issuerSetting = ({ issuers, tenants }: Settings): string | undefined =>
  tenants !== undefined ? 'by tenant' : issuers.resolver !== undefined ? 'by a function' : undefined
const distinct = (names: readonly string[]): readonly string[] => [...new Set(names)].toSorted()
const certificateSource = ({ header }: MtlsSettings): string =>
  header === undefined ? 'of the connection' : `in the header ${header.name}, as ${header.format}`
const withDpop = ({ schemes }: Settings): boolean => schemes.includes('DPoP')

/** Everything that bears on security, one row each. A setting without a row fails a test. */
export const REPORT_ROWS: readonly ReportRowMaker[] = [
  { id: 'signature', setting: '', clause: 'RFC 7519 §7.2', value: () => 'verified with keys of the issuer alone' },
  { id: 'crit', setting: '', clause: 'RFC 7515 §4.1.11', value: () => 'refused, as are b64 and zip' },
  { id: 'expiry', setting: '', clause: 'RFC 9068 §4', value: () => 'exp required' },
  { id: 'token type', setting: 'tokenProfile', clause: 'RFC 9068 §4, RFC 8725 §3.11', value: (s) => s.tokenProfile },
  { id: 'token size', setting: '', clause: 'house rule', value: () => MAX_TOKEN_LENGTH },
  { id: 'tokens in the query', setting: '', clause: 'RFC 9700 §4.3.2', value: () => 'not looked at' },
  {
    id: 'profile',
    setting: 'profile',
    clause: 'see the guide Profiles',
    value: (s) => s.profile ?? 'none',
    enforced: (s) => s.profile !== undefined,
  },
  {
    id: 'issuers',
    setting: 'issuers',
    clause: 'RFC 9068 §4',
    value: (s) =>
      issuerSetting(s) ??
      listed(s)
        .map(({ issuer }) => issuer)
        .toSorted(),
  },
  {
    id: 'audience',
    setting: 'audience',
    clause: 'RFC 9068 §4',
    value: (s) =>
      issuerSetting(s) ??
      distinct(listed(s).flatMap(({ audience, audienceFrom }) => [...audience, ...(audienceFrom?.accepted ?? [])])),
  },
  {
    id: 'algorithms',
    setting: 'algorithms',
    clause: 'RFC 8725 §3.1',
    value: (s) => issuerSetting(s) ?? distinct(listed(s).flatMap(({ algorithms }) => algorithms)),
  },
  {
    id: 'keys over TLS',
    setting: 'issuers',
    clause: 'RFC 8414 §2',
    value: (s) =>
      issuerSetting(s) ??
      (distinct(listed(s).flatMap(({ insecureHosts }) => insecureHosts)).join(' ') || 'all but loopback'),
    enforced: (s) => listed(s).every(({ insecureHosts }) => insecureHosts.length === 0),
  },
  {
    id: 'tenants',
    setting: 'tenants',
    clause: 'house rule',
    value: (s) => (s.tenants === undefined ? 'none' : 'a token counts for its own tenant'),
    enforced: (s) => s.tenants !== undefined,
  },
  { id: 'clock tolerance', setting: 'clockTolerance', clause: 'RFC 7519 §4.1.4', value: (s) => s.clockTolerance },
  {
    id: 'token age',
    setting: 'maxTokenAge',
    clause: 'house rule',
    value: (s) => s.maxTokenAge ?? 'any',
    enforced: (s) => s.maxTokenAge !== undefined,
  },
  {
    id: 'claims',
    setting: 'claims',
    clause: 'house rule',
    value: (s) => (s.claims === undefined ? 'any' : 'by a schema'),
    enforced: (s) => s.claims !== undefined,
  },
  {
    id: 'implied scopes',
    setting: 'scopeHierarchy',
    clause: 'house rule',
    value: (s) => (s.scopeHierarchy === undefined ? 'none' : 'by a hierarchy'),
  },
  {
    id: 'opaque tokens',
    setting: 'opaqueTokens',
    clause: 'RFC 7662',
    value: (s) => (s.opaqueTokens === undefined ? 'refused' : 'introspected'),
  },
  {
    id: 'revocation',
    setting: 'revocation',
    clause: 'RFC 6750 §3.1',
    value: (s) => s.revocation.map(({ name, onFailure }) => `${name}: ${onFailure} when it fails`),
    enforced: (s) => s.revocation.length > 0,
  },
  {
    id: 'connections',
    setting: 'connections',
    clause: 'RFC 6455 §10.2',
    value: ({ connections: c }) =>
      c === undefined
        ? 'credentials in a header alone'
        : `pages of ${c.allowedOrigins?.join(' ') ?? 'any origin'}; ${c.tickets === undefined ? 'no tickets' : `tickets for ${c.ticketLifetime} s`}`,
  },
  { id: 'schemes', setting: 'dpop.mode', clause: 'RFC 9449 §7', value: (s) => s.schemes },
  {
    id: 'sender constraint',
    setting: 'dpop.mode',
    clause: 'RFC 9449 §7.2',
    value: (s) => s.dpop.mode,
    enforced: (s) => !s.schemes.includes('Bearer') || s.mtls?.required === true,
  },
  {
    id: 'client certificates',
    setting: 'mtls',
    clause: 'RFC 8705 §3',
    value: ({ mtls }) => (mtls === undefined ? 'tokens bound to one are refused' : certificateSource(mtls)),
  },
  {
    id: 'certificate bound tokens',
    setting: 'mtls.required',
    clause: 'RFC 8705 §3',
    value: (s) => (s.mtls?.required === true ? 'demanded of Bearer tokens' : 'not demanded'),
    enforced: (s) => s.mtls?.required === true,
  },
  {
    id: 'proof age',
    setting: 'dpop.proofMaxAge',
    clause: 'RFC 9449 §11.1',
    value: (s) => s.dpop.proofMaxAge,
    enforced: withDpop,
  },
  {
    id: 'proof clock tolerance',
    setting: 'dpop.clockTolerance',
    clause: 'RFC 9449 §11.1',
    value: (s) => s.dpop.clockTolerance,
    enforced: withDpop,
  },
  {
    id: 'proof algorithms',
    setting: 'dpop.algorithms',
    clause: 'RFC 9449 §4.3',
    value: (s) => s.dpop.algorithms.toSorted(),
    enforced: withDpop,
  },
  {
    id: 'proof replay',
    setting: 'dpop.replay',
    clause: 'RFC 9449 §11.1',
    value: ({ dpop: { replay } }) =>
      replay === false ? 'not detected' : replay === undefined ? 'by this process' : 'by a store of its own',
    enforced: (s) => withDpop(s) && s.dpop.replay !== false,
  },
  {
    id: 'nonces',
    setting: 'dpop.nonce',
    clause: 'RFC 9449 §9',
    value: ({ dpop: { nonce } }) => (nonce === undefined ? 'none' : `${nonce.mode}, for ${nonce.maxAge} s`),
    enforced: (s) => s.dpop.nonce?.mode === 'required',
  },
  {
    id: 'status of bad proofs',
    setting: 'dpop.proofErrorStatus',
    clause: 'RFC 9449 §7.1',
    value: (s) => s.dpop.proofErrorStatus,
  },
  {
    id: 'public origins',
    setting: 'publicOrigins',
    clause: 'RFC 9449 §4.3',
    value: (s) => s.publicOrigins.toSorted(),
    enforced: (s) => s.publicOrigins.length > 0 || s.publicUrl !== undefined,
  },
  {
    id: 'public URL',
    setting: 'publicUrl',
    clause: 'RFC 9449 §4.3',
    value: ({ publicUrl: url }) =>
      url === undefined ? 'by the request' : `${url.scheme}://${url.authority}${url.prefix}`,
  },
  { id: 'key age', setting: 'keys.maxAge', clause: 'RFC 7517 §5', value: (s) => s.keys.maxAge },
  { id: 'stale keys', setting: 'keys.staleIfError', clause: 'RFC 5861 §4', value: (s) => s.keys.staleIfError },
  { id: 'unknown keys', setting: 'keys.cooldown', clause: 'house rule', value: (s) => s.keys.cooldown },
  { id: 'remembered tokens', setting: 'tokenCache', clause: 'house rule', value: (s) => s.tokenCache },
  {
    id: 'metadata',
    setting: 'resourceMetadata',
    clause: 'RFC 9728',
    value: (s) => s.resourceMetadata.map(({ resource }) => resource).toSorted(),
  },
  { id: 'refusals', setting: 'refusals', clause: 'RFC 6750 §3', value: (s) => s.refusals },
]

/** Settings that nothing which is enforced depends on: speed, texts and hooks. */
export const NOT_REPORTED: readonly string[] = [
  'correlationId',
  'fetch',
  'formatRefusal',
  'onBehalfOf',
  'keys.refreshAhead',
  'keys.timeout',
  'onEvent',
  'realm',
  'shadow',
  'signatures',
  'traces',
]
