import type { Algorithm } from '../crypto/algorithms.js'
import type { Settings } from '../options/options.js'
import { isPlainObject } from '../util/json.js'
import type { TrustedIssuer } from '../issuer/issuer-options.js'

/** A specification that says how a resource server is set up. */
export type ProfileName = 'mcp' | 'fapi2'

/** What a profile demands of one option. */
export interface ProfileRow {
  /** Its name, with a dot before that of a member. */
  readonly option: string
  /** What it is set to where it is not given; undefined where there is nothing to set. */
  readonly value: (options: Readonly<Record<string, unknown>>) => unknown
  /** What stands there, and the first value of it that contradicts the profile; undefined for none. */
  readonly contradiction: (settings: Settings) => unknown
  /** What is wanted, for the message. */
  readonly wanted: string
  readonly clause: string
}

const FAPI_ALGORITHMS: readonly Algorithm[] = ['PS256', 'ES256', 'EdDSA']
// RFC 9864 §2.2: EdDSA with the one curve that FAPI allows, by a name of its own.
const FAPI_ACCEPTED: readonly Algorithm[] = [...FAPI_ALGORITHMS, 'Ed25519']

const others = (algorithms: readonly Algorithm[]): Algorithm | undefined =>
  algorithms.find((one) => !FAPI_ACCEPTED.includes(one))

const outside = (value: number, least: number, most: number): number | undefined =>
  value >= least && value <= most ? undefined : value

// What authorization servers must accept, and for which clients are built. Of resource servers the profile says nothing.
const FAPI_CLOCKS = 'FAPI 2.0 Security Profile §5.3.2.1 (of authorization servers; held for this one too)'

const FAPI2: readonly ProfileRow[] = [
  {
    option: 'dpop.mode',
    // Either way of sender-constraining will do, and a token sent as Bearer must be bound to a certificate then.
    value: ({ mtls }) => (isPlainObject(mtls) && mtls['required'] === true ? 'allowed' : 'required'),
    contradiction: ({ dpop, mtls }) => (dpop.mode === 'required' || mtls?.required === true ? undefined : dpop.mode),
    wanted: "'required', or mtls.required",
    clause: 'FAPI 2.0 Security Profile §5.3.3',
  },
  {
    option: 'algorithms',
    value: () => FAPI_ALGORITHMS,
    contradiction: ({ issuers }) => firstOf(issuers.listed.values(), ({ algorithms }) => others(algorithms)),
    wanted: `some of ${FAPI_ACCEPTED.join(', ')}`,
    clause: 'FAPI 2.0 Security Profile §5.4.1',
  },
  {
    option: 'dpop.algorithms',
    value: () => FAPI_ALGORITHMS,
    contradiction: ({ dpop }) => others(dpop.algorithms),
    wanted: `some of ${FAPI_ACCEPTED.join(', ')}`,
    clause: 'FAPI 2.0 Security Profile §5.4.1',
  },
  {
    option: 'clockTolerance',
    value: () => 10,
    contradiction: ({ clockTolerance }) => outside(clockTolerance, 10, 60),
    wanted: '10 to 60 seconds',
    clause: FAPI_CLOCKS,
  },
  {
    option: 'dpop.clockTolerance',
    value: () => 10,
    contradiction: ({ dpop }) => outside(dpop.clockTolerance, 10, 60),
    wanted: '10 to 60 seconds',
    clause: FAPI_CLOCKS,
  },
]

const MCP: readonly ProfileRow[] = [
  {
    option: 'resourceMetadata',
    value: () => undefined,
    // One of several would be an audience of all routes: a token for one server must not be good at another.
    contradiction: ({ resourceMetadata: { length } }) => (length === 1 ? undefined : length === 0 ? 'none' : 'several'),
    wanted: "one MCP server, such as { resource: 'https://api.example.com/mcp' }",
    clause: 'MCP authorization: servers implement RFC 9728',
  },
  {
    option: 'audience',
    value: ({ resourceMetadata }) => resourcesOf(resourceMetadata),
    contradiction: ({ issuers, resourceMetadata }) =>
      firstOf(issuers.listed.values(), (issuer) => otherAudience(issuer, resourceMetadata)),
    wanted: 'the resource of resourceMetadata, to the letter, and tokens with aud',
    clause: 'MCP authorization: the canonical URI of the server, RFC 8707 §2',
  },
  {
    option: 'dpop.proofErrorStatus',
    value: () => 401,
    contradiction: ({ dpop }) => (dpop.proofErrorStatus === 401 ? undefined : dpop.proofErrorStatus),
    wanted: '401',
    clause: 'SEP-1932 (draft)',
  },
  {
    option: 'dpop.proofMaxAge',
    value: () => 270,
    // With the tolerance, since that is how old a proof may be.
    contradiction: ({ dpop }) => outside(dpop.proofMaxAge + dpop.clockTolerance, 0, 300),
    wanted: '300 seconds at most, together with dpop.clockTolerance',
    clause: 'SEP-1932 (draft): five minutes before and after',
  },
]

export const PROFILES: Readonly<Record<ProfileName, readonly ProfileRow[]>> = { mcp: MCP, fapi2: FAPI2 }

function resourcesOf(given: unknown): unknown {
  const list: readonly unknown[] = Array.isArray(given) ? given : [given]
  const resources = list.map((one) =>
    typeof one === 'object' && one !== null && 'resource' in one ? one.resource : '',
  )
  return resources.every((one) => typeof one === 'string' && one !== '') ? resources : undefined
}

function otherAudience(
  { audience, audienceFrom }: TrustedIssuer,
  resources: Settings['resourceMetadata'],
): string | undefined {
  if (audienceFrom !== undefined) return 'audienceFrom'
  return audience.find((one) => !resources.some(({ resource }) => resource === one))
}

function firstOf<Item, Found>(items: Iterable<Item>, find: (item: Item) => Found | undefined): Found | undefined {
  for (const item of items) {
    const found = find(item)
    if (found !== undefined) return found
  }
  return undefined
}
