import { describe, expect, it } from 'vitest'
import { requirements } from '../../src/authorization/all-requirements.js'
import type { RequirementArguments } from '../../src/authorization/requirement-types.js'
import type { WarningEvent } from '../../src/outcome/events.js'
import { createResourceServer, optionsFromEnvironment } from '../../src/index.js'
import { refuseTrustProxy } from '../../src/node/trust-proxy.js'
import { faultOf } from '../support.js'

// What the developer of an API reads when it starts, and a setting is wrong.

const ISSUER = 'https://issuer.test/'
const GOOD = { issuer: ISSUER, audience: 'https://api.test/' }
type Given = Readonly<Record<string, unknown>>

const create = (options: Given): unknown => createResourceServer({ ...GOOD, ...options })
const alone =
  (options: Given): (() => unknown) =>
  () =>
    create({ issuer: undefined, ...options })
const options =
  (given: Given): (() => unknown) =>
  () =>
    create(given)
const environment =
  (variables: Readonly<Record<string, string>>): (() => unknown) =>
  () =>
    optionsFromEnvironment(variables)
const route =
  (...wanted: RequirementArguments): (() => unknown) =>
  () =>
    requirements(...wanted)

/** What is wrong, how it is made, what is read, and which words of that name the fix. */
type Row = readonly [mistake: string, make: () => unknown, message: string, fix: string]

const ISSUERS: readonly Row[] = [
  [
    'https:// in the domain',
    alone({ domain: 'https://t.auth0.com' }),
    'domain: got "https://t.auth0.com", want a domain without scheme or path, such as \'tenant.auth0.com\'',
    "such as 'tenant.auth0.com'",
  ],
  [
    'a domain on this machine',
    alone({ domain: 'localhost:3000' }),
    'domain: got "localhost:3000", want issuer: \'http://localhost:3000/\' (AUTH0_ISSUER) as a domain means https',
    "issuer: 'http://localhost:3000/'",
  ],
  [
    'a domain that is a loopback address',
    alone({ domain: '127.0.0.1' }),
    'domain: got "127.0.0.1", want issuer: \'http://127.0.0.1/\' (AUTH0_ISSUER) as a domain means https',
    "issuer: 'http://127.0.0.1/'",
  ],
  [
    'the metadata of an issuer',
    options({ issuer: 'https://t.auth0.com/.well-known/openid-configuration' }),
    'issuer: got "https://t.auth0.com/.well-known/openid-configuration", want the issuer, not its metadata: probably \'https://t.auth0.com/\'',
    "'https://t.auth0.com/'",
  ],
  [
    'the metadata of a realm',
    options({ issuer: 'https://id.test/realms/a/.well-known/openid-configuration' }),
    'issuer: got "https://id.test/realms/a/.well-known/openid-configuration", want the issuer, not its metadata: probably \'https://id.test/realms/a\'',
    "'https://id.test/realms/a'",
  ],
  [
    'the metadata of an authorization server',
    options({ issuer: 'https://id.test/.well-known/oauth-authorization-server/a' }),
    'issuer: got "https://id.test/.well-known/oauth-authorization-server/a", want the issuer, not its metadata: probably \'https://id.test/a\'',
    "'https://id.test/a'",
  ],
  [
    'an issuer without TLS',
    options({ issuer: 'http://keycloak:8080/realms/a' }),
    'issuer: got "http://keycloak:8080/realms/a", want https; http is for loopback hosts only',
    'want https',
  ],
  [
    'no issuer',
    alone({}),
    "domain, issuer, issuers, tenants: got 0 of them, want exactly one, such as domain: 'tenant.auth0.com'",
    "such as domain: 'tenant.auth0.com'",
  ],
  [
    'two issuers that are one but for the slash',
    alone({ issuers: [ISSUER, 'https://issuer.test'] }),
    'issuers[1]: got "https://issuer.test", want each issuer once, as its tokens write it: https://issuer.test/ is there',
    'each issuer once',
  ],
  [
    'two issuers that are one but for case',
    alone({ issuers: [{ domain: 'T.auth0.com' }, 'https://t.AUTH0.com/'] }),
    'issuers[1]: got "https://t.AUTH0.com/", want each issuer once, as its tokens write it: https://T.auth0.com/ is there',
    'each issuer once',
  ],
  [
    'one issuer twice',
    alone({ issuers: [ISSUER, ISSUER] }),
    'issuers[1]: got "https://issuer.test/", want each issuer once',
    'each issuer once',
  ],
]

const VALUES: readonly Row[] = [
  [
    'audiences in one text',
    options({ audience: 'https://a.test,https://b.test' }),
    "audience: got \"https://a.test,https://b.test\", want a list, such as audience: ['https://a.test', 'https://b.test']",
    "audience: ['https://a.test', 'https://b.test']",
  ],
  [
    'audiences of an issuer in one text',
    alone({ issuers: [{ issuer: ISSUER, audience: ['a, b'] }] }),
    "issuers[0].audience: got \"a, b\", want a list, such as audience: ['a', 'b']",
    "audience: ['a', 'b']",
  ],
  [
    'no audience',
    options({ audience: undefined }),
    "audience: got undefined, want the identifier of this API, such as 'https://api.example.com', or a list",
    'the identifier of this API',
  ],
  [
    'a tolerance in milliseconds',
    options({ clockTolerance: 5000 }),
    'clockTolerance: got 5000, want 600 seconds at most',
    '600 seconds at most',
  ],
  [
    'a duration as text',
    options({ clockTolerance: '5s' }),
    'clockTolerance: got "5s", want seconds, 0 or more',
    'want seconds, 0 or more',
  ],
  [
    'an algorithm with a secret',
    options({ algorithms: ['HS256'] }),
    'algorithms: got ["HS256"], want a list of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, Ed25519',
    'RS256',
  ],
  [
    'DPoP switched on',
    options({ dpop: true }),
    "dpop: got true, want an object such as { mode: 'required' }",
    "{ mode: 'required' }",
  ],
  [
    'a misspelt option',
    options({ audence: 'a' }),
    'options: unknown option "audence", want one of profile, domain, issuer, issuers, tenants, audience, dpop, mtls, revocation, connections, publicOrigins, publicUrl, algorithms, clockTolerance, maxTokenAge, claims, scopeHierarchy, resourceMetadata, opaqueTokens, tokenProfile, keys, tokenCache, signatures, realm, fetch, onEvent, correlationId, formatRefusal, refusals, onBehalfOf, shadow, traces; did you mean audience?',
    'did you mean audience?',
  ],
  [
    'a misspelt member',
    options({ dpop: { proofMaxage: 1 } }),
    'dpop: unknown option "proofMaxage", want one of mode, proofMaxAge, clockTolerance, algorithms, replay, nonce, proofErrorStatus; did you mean proofMaxAge?',
    'did you mean proofMaxAge?',
  ],
  [
    'trustProxy where the framework has it',
    () => refuseTrustProxy({ trustProxy: 1 }, "app.set('trust proxy', ...)"),
    "trustProxy: unknown option, want the framework's own setting: app.set('trust proxy', ...)",
    "app.set('trust proxy', ...)",
  ],
]

const VARIABLES: readonly Row[] = [
  [
    'nothing set',
    environment({}),
    'AUTH0_DOMAIN is not set: want the tenant domain, such as tenant.auth0.com; for any other issuer set AUTH0_ISSUER, such as https://issuer.example.com/; AUTH0_AUDIENCE is not set: want the identifier of this API, such as https://api.example.com',
    'such as tenant.auth0.com',
  ],
  [
    'a misspelt variable',
    environment({ AUTH0_DOMIAN: 't.auth0.com', AUTH0_AUDIENCE: 'a' }),
    'AUTH0_DOMAIN is not set: want the tenant domain, such as tenant.auth0.com; for any other issuer set AUTH0_ISSUER, such as https://issuer.example.com/; "AUTH0_DOMIAN" is set, did you mean AUTH0_DOMAIN?',
    'did you mean AUTH0_DOMAIN?',
  ],
  [
    'a variable of another package',
    environment({ ISSUER_BASE_URL: ISSUER, AUTH0_AUDIENCE: 'a' }),
    'AUTH0_DOMAIN is not set: want the tenant domain, such as tenant.auth0.com; for any other issuer set AUTH0_ISSUER, such as https://issuer.example.com/; "ISSUER_BASE_URL" is set, did you mean AUTH0_ISSUER?',
    'did you mean AUTH0_ISSUER?',
  ],
  [
    'a domain on this machine',
    environment({ AUTH0_DOMAIN: 'localhost:3000', AUTH0_AUDIENCE: 'a' }),
    'AUTH0_DOMAIN: got "localhost:3000", want issuer: \'http://localhost:3000/\' (AUTH0_ISSUER) as a domain means https',
    'AUTH0_ISSUER',
  ],
  [
    'the metadata of an issuer',
    environment({ AUTH0_ISSUER: `${ISSUER}.well-known/openid-configuration`, AUTH0_AUDIENCE: 'a' }),
    'AUTH0_ISSUER: got "https://issuer.test/.well-known/openid-configuration", want the issuer, not its metadata: probably \'https://issuer.test/\'',
    `'${ISSUER}'`,
  ],
  [
    'audiences in one text',
    environment({ AUTH0_DOMAIN: 't.auth0.com', AUTH0_API_AUDIENCE: 'a,b' }),
    "AUTH0_AUDIENCE: got \"a,b\", want a list, such as audience: ['a', 'b']",
    "audience: ['a', 'b']",
  ],
  [
    'DPoP switched on',
    environment({ AUTH0_DOMAIN: 't.auth0.com', AUTH0_AUDIENCE: 'a', AUTH0_DPOP: 'true' }),
    'AUTH0_DPOP: got "true", want allowed, required or disabled',
    'allowed, required or disabled',
  ],
]

const ROUTES: readonly Row[] = [
  [
    'scopes with commas',
    route('read:a,read:b'),
    'scopes: got "read:a,read:b", want words such as \'read:messages\', as a list or by spaces, not commas',
    'by spaces, not commas',
  ],
  [
    'scopes with commas in a list',
    route({ anyScope: ['read:a, read:b'] }),
    'anyScope: got ["read:a, read:b"], want words such as \'read:messages\', as a list or by spaces, not commas',
    'by spaces, not commas',
  ],
  [
    'permissions with commas',
    route({ permissions: 'read:a,read:b' }),
    'permissions: got "read:a,read:b", want words such as \'read:messages\', as a list or by spaces, not commas',
    'by spaces, not commas',
  ],
  [
    'a misspelt requirement',
    route({ scope: 'read:a' } as object),
    'requireAuth: unknown option "scope", want one of scopes, anyScope, permissions, anyPermission, roles, anyRole, claims, acr, maxAge, dpop, clientCredentials, authorizationDetails, actor, maxDelegation, allOf, anyOf, not, authorize, shadow; did you mean scopes?',
    'did you mean scopes?',
  ],
  [
    'a requirement from a variable that is not set',
    route({ scopes: undefined } as object),
    'scopes: got undefined, want a value, or no such name',
    'or no such name',
  ],
]

describe.each([
  ['issuers', ISSUERS],
  ['values', VALUES],
  ['variables', VARIABLES],
  ['routes', ROUTES],
])('%s: what is read of', (_, rows) => {
  it.each(rows)('%s', async (_mistake, make, message, fix) => {
    const error = await faultOf(make)
    expect([error.constructor, error.message]).toEqual([TypeError, message])
    expect(message).toContain(fix)
  })
})

describe('what is legal, and no mistake', () => {
  it.each([
    ['a comma at the end of a scope', route('read:a, ,b')],
    ['a comma in acr', route({ acr: 'urn:a,b' })],
    ['two realms of a host', alone({ issuers: ['https://id.test/a', 'https://id.test/A'] })],
    ['two ports of a host', alone({ issuers: ['https://id.test/', 'https://id.test:8443/'] })],
    [
      'twins with keys of their own',
      alone({ issuers: [ISSUER, { issuer: 'https://issuer.test', jwks: { keys: [] } }] }),
    ],
    ['an issuer on this machine', options({ issuer: 'http://localhost:3000/' })],
    ['a tolerance of ten minutes', options({ clockTolerance: 600, onEvent: () => undefined })],
  ])('%s', (_, make) => {
    expect(make).not.toThrow()
  })

  it('a function may answer what a list may not, since refusing it would turn 401 into 500', async () => {
    const issuers = (): object => ({ issuer: ISSUER, audience: 'a,b', jwks: { keys: [] } })
    const server = createResourceServer({ audience: 'a', issuers })
    const header = Buffer.from('{"alg":"RS256"}').toString('base64url')
    const payload = Buffer.from(JSON.stringify({ iss: ISSUER })).toString('base64url')
    await expect(server.verifyAccessToken(`${header}.${payload}.c2ln`)).rejects.toMatchObject({ status: 401 })
  })
})

describe('a tolerance of minutes', () => {
  const warned = (clockTolerance: number): readonly WarningEvent[] => {
    const warnings: WarningEvent[] = []
    create({ clockTolerance, onEvent: (event: WarningEvent) => void warnings.push(event) })
    return warnings.filter(({ code }) => code !== 'many_resource_servers')
  }

  it('is warned of, once', () => {
    const detail = 'clockTolerance is 300 s: tokens are accepted for so long after they expired'
    expect(warned(300)).toEqual([{ type: 'warning', code: 'clock_tolerance_large', detail }])
  })

  it.each([0, 5, 120])('is not, of %d s', (clockTolerance) => {
    expect(warned(clockTolerance)).toEqual([])
  })
})
