import { describe, expect, expectTypeOf, it } from 'vitest'
import type { AuthOptions } from '../../src/options/auth-options.js'
import type { DpopOptions } from '../../src/options/dpop-options.js'
import { resolveOptions } from '../../src/options/all-options.js'
import type { NonceOptions } from '../../src/options/nonce-options.js'
import type { AudienceFromOptions } from '../../src/issuer/audience-options.js'
import type { IssuerOptions } from '../../src/issuer/issuer-options.js'
import type { KeyOptions } from '../../src/issuer/key-options.js'
import type { ClaimLocations, ClaimMarkOptions } from '../../src/issuer/shape-options.js'
import { requirements } from '../../src/authorization/all-requirements.js'
import type { RequirementOptions } from '../../src/authorization/requirement-types.js'
import type { ShadowDpopOptions, ShadowOptions } from '../../src/shadow/shadow-options.js'
import { faultOf } from '../support.js'

const ISSUER = 'https://issuer.example.com/'
const GOOD = { issuer: ISSUER, audience: 'https://api.example.com' }

/** `throws`: its default would check less than what was meant. `absent`: as if the name were not there. */
type Undefined = 'throws' | 'absent'

/** A row for each option there is: a new one does not compile before it has one. */
type Table<Options> = Readonly<Record<keyof Options, Undefined>>

const OPTIONS: Table<AuthOptions> = {
  domain: 'absent',
  issuer: 'absent',
  issuers: 'absent',
  tenants: 'absent',
  audience: 'absent',
  algorithms: 'throws',
  clockTolerance: 'throws',
  scopeHierarchy: 'throws',
  resourceMetadata: 'absent',
  tokenProfile: 'throws',
  dpop: 'throws',
  mtls: 'throws',
  revocation: 'throws',
  connections: 'absent',
  onBehalfOf: 'absent',
  publicOrigins: 'throws',
  publicUrl: 'throws',
  keys: 'throws',
  tokenCache: 'absent',
  signatures: 'absent',
  realm: 'absent',
  fetch: 'throws',
  onEvent: 'absent',
  correlationId: 'absent',
  formatRefusal: 'absent',
  refusals: 'absent',
  claims: 'absent',
  opaqueTokens: 'absent',
  maxTokenAge: 'throws',
  profile: 'throws',
  shadow: 'absent',
  traces: 'absent',
}

const DPOP: Table<DpopOptions> = {
  mode: 'throws',
  proofMaxAge: 'throws',
  proofErrorStatus: 'throws',
  clockTolerance: 'throws',
  algorithms: 'throws',
  replay: 'throws',
  nonce: 'throws',
}

const NONCE: Table<NonceOptions> = { secret: 'throws', maxAge: 'throws', mode: 'throws' }

const SHADOW: Table<ShadowOptions> = {
  dpop: 'throws',
  audience: 'throws',
  issuers: 'throws',
  algorithms: 'throws',
  tokenProfile: 'throws',
  maxTokenAge: 'throws',
  clockTolerance: 'throws',
  claims: 'throws',
  requirements: 'throws',
}

const SHADOW_DPOP: Table<ShadowDpopOptions> = {
  mode: 'throws',
  proofMaxAge: 'throws',
  clockTolerance: 'throws',
  algorithms: 'throws',
}

const KEYS: Table<KeyOptions> = {
  maxAge: 'throws',
  refreshAhead: 'throws',
  staleIfError: 'throws',
  cooldown: 'throws',
  timeout: 'throws',
}

const ISSUERS: Table<IssuerOptions> = {
  issuer: 'absent',
  domain: 'absent',
  audience: 'throws',
  algorithms: 'throws',
  jwks: 'throws',
  jwksUri: 'absent',
  audienceFrom: 'throws',
  tenants: 'throws',
  preset: 'throws',
  claims: 'throws',
  machine: 'throws',
  accessToken: 'throws',
  insecureHosts: 'throws',
}

const LOCATIONS: Table<ClaimLocations> = {
  scopes: 'throws',
  roles: 'throws',
  permissions: 'throws',
  clientId: 'throws',
}

const MARKS: Table<ClaimMarkOptions> = { claim: 'throws', value: 'throws', sameAs: 'throws', startsWith: 'throws' }

const AUDIENCE_FROM: Table<AudienceFromOptions> = { claim: 'throws', accepted: 'throws' }

const REQUIREMENTS: Table<RequirementOptions> = {
  scopes: 'throws',
  anyScope: 'throws',
  permissions: 'throws',
  anyPermission: 'throws',
  roles: 'throws',
  anyRole: 'throws',
  claims: 'throws',
  acr: 'throws',
  maxAge: 'throws',
  dpop: 'throws',
  clientCredentials: 'throws',
  authorizationDetails: 'throws',
  actor: 'throws',
  maxDelegation: 'throws',
  allOf: 'throws',
  anyOf: 'throws',
  not: 'throws',
  authorize: 'throws',
  shadow: 'throws',
}

type Place = readonly [path: string, table: Readonly<Record<string, Undefined>>, make: (option: object) => unknown]

const create = (options: object): unknown => resolveOptions({ ...GOOD, ...options })
const ofIssuer = (option: object): unknown =>
  resolveOptions({ audience: 'a', issuers: [{ issuer: ISSUER, ...option }] })
const secret = 's'.repeat(32)

const PLACES: readonly Place[] = [
  ['', OPTIONS, create],
  ['dpop.', DPOP, (option) => create({ dpop: option })],
  ['dpop.nonce.', NONCE, (option) => create({ dpop: { nonce: { secret, ...option } } })],
  ['shadow.', SHADOW, (option) => create({ shadow: { tokenProfile: 'rfc9068', ...option } })],
  ['shadow.dpop.', SHADOW_DPOP, (option) => create({ shadow: { dpop: { mode: 'required', ...option } } })],
  ['keys.', KEYS, (option) => create({ keys: option })],
  [
    'issuers[0].',
    ISSUERS,
    (option) => {
      const own = 'issuer' in option ? { domain: 'issuer.example.com' } : { issuer: ISSUER }
      return resolveOptions({ audience: 'a', issuers: [{ ...own, ...option }] })
    },
  ],
  ['issuers[0].claims.', LOCATIONS, (option) => ofIssuer({ claims: { roles: 'r', ...option } })],
  ['issuers[0].machine.', MARKS, (option) => ofIssuer({ machine: { claim: 'gty', ...option } })],
  ['issuers[0].accessToken.', MARKS, (option) => ofIssuer({ accessToken: [{ claim: 'gty', ...option }] })],
  ['issuers[0].audienceFrom.', AUDIENCE_FROM, (option) => ofIssuer({ audienceFrom: { accepted: 'c', ...option } })],
  ['', REQUIREMENTS, (option) => requirements({ scopes: 'a', ...option })],
]

const rows = PLACES.flatMap(([path, table, make]) =>
  Object.entries(table).map(
    ([name, outcome]) => [`${path}${name}`, outcome, () => make({ [name]: undefined })] as const,
  ),
)

describe('a name that is there, with the value undefined', () => {
  it.each(rows.filter(([, outcome]) => outcome === 'throws'))('%s: %s', async (path, _, make) => {
    const error = await faultOf(make)
    expect(error).toBeInstanceOf(TypeError)
    expect(error.message).toMatch(`${path}: got undefined, want `)
  })

  it.each(rows.filter(([path, outcome]) => outcome === 'absent' && path !== 'issuer' && path !== 'audience'))(
    '%s: %s',
    (_path, _, make) => {
      expect(make).not.toThrow()
    },
  )

  it('of the only issuer or audience: the error names what is missing', async () => {
    expect((await faultOf(() => resolveOptions({ domain: undefined, audience: 'a' }))).message).toBe(
      "domain, issuer, issuers, tenants: got 0 of them, want exactly one, such as domain: 'tenant.auth0.com'",
    )
    expect((await faultOf(() => resolveOptions({ issuer: ISSUER, audience: undefined }))).message).toBe(
      "audience: got undefined, want the identifier of this API, such as 'https://api.example.com', or a list",
    )
  })

  it('is what an unset variable gives, and compiles where it may', () => {
    const environment: Record<string, string | undefined> = {}
    const options: AuthOptions = { domain: environment['DOMAIN'], issuer: ISSUER, audience: 'a', realm: undefined }
    expect(resolveOptions(options).realm).toBe('api')
    expectTypeOf<undefined>().toExtend<AuthOptions['domain']>()
    expectTypeOf<{ publicOrigins: undefined }>().not.toExtend<AuthOptions>()
    expectTypeOf<{ tokenProfile: undefined }>().not.toExtend<AuthOptions>()
  })
})
