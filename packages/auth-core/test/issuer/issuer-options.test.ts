import { describe, expect, it } from 'vitest'
import { DEFAULT_SHAPE } from '../../src/access-token/claim-mapping.js'
import { resolveIssuers } from '../../src/issuer/resolve-issuers.js'
import { readIssuerForm } from '../../src/issuer/issuer-form.js'
import type { IssuerSettings, TrustedIssuer } from '../../src/issuer/issuer-options.js'
import { faultOf } from '../support.js'

function resolve(options: Readonly<Record<string, unknown>>): IssuerSettings {
  return resolveIssuers(options, ['RS256'], readIssuerForm)
}

function listed(options: Readonly<Record<string, unknown>>): TrustedIssuer[] {
  return [...resolve({ audience: 'a', ...options }).listed.values()]
}

const PLAIN = {
  audience: ['a'],
  audienceFrom: undefined,
  tenants: undefined,
  shape: DEFAULT_SHAPE,
  requireClaims: undefined,
  algorithms: ['RS256'],
  jwks: undefined,
  jwksUri: undefined,
  insecureHosts: [],
}

describe('one issuer', () => {
  it.each([
    [{ domain: 'tenant.auth0.com' }, 'https://tenant.auth0.com/'],
    [{ domain: 'tenant.eu.auth0.com:8443' }, 'https://tenant.eu.auth0.com:8443/'],
    [{ issuer: 'https://issuer.example.com/' }, 'https://issuer.example.com/'],
    [{ issuer: 'https://issuer.example.com' }, 'https://issuer.example.com'],
    [{ issuer: 'https://issuer.example.com/tenant/v2.0' }, 'https://issuer.example.com/tenant/v2.0'],
    [{ issuer: 'http://localhost:3000/' }, 'http://localhost:3000/'],
    [{ issuer: 'http://127.0.0.1:3000' }, 'http://127.0.0.1:3000'],
    [{ issuer: 'http://127.1.2.3/' }, 'http://127.1.2.3/'],
    [{ issuer: 'http://[::1]:3000/' }, 'http://[::1]:3000/'],
    [{ issuers: ['https://issuer.example.com/'] }, 'https://issuer.example.com/'],
    [{ issuers: [{ domain: 'tenant.auth0.com' }] }, 'https://tenant.auth0.com/'],
  ])('%o', (options, issuer) => {
    expect(listed(options)).toEqual([{ ...PLAIN, issuer }])
  })

  it('has settings of its own', () => {
    const [trusted] = listed({
      issuers: [
        {
          issuer: 'https://a.test/',
          audience: ['b', 'c', 'b'],
          algorithms: ['ES256'],
          jwksUri: 'https://keys.test/jwks',
        },
      ],
    })
    expect(trusted).toEqual({
      ...PLAIN,
      issuer: 'https://a.test/',
      audience: ['b', 'c'],
      algorithms: ['ES256'],
      jwks: undefined,
      jwksUri: 'https://keys.test/jwks',
      insecureHosts: [],
    })
    expect([trusted, trusted?.audience, trusted?.algorithms].map(Object.isFrozen)).toEqual([true, true, true])
  })

  it('has keys of its own', () => {
    expect(
      listed({ issuers: [{ issuer: 'https://a.test/', jwks: { keys: [{ kty: 'RSA' }, null] } }] })[0]?.jwks,
    ).toEqual([{ kty: 'RSA' }])
  })

  it.each([
    ['http://keycloak.default.svc:8080/realms/a', ['keycloak.default.svc:8080'], ['keycloak.default.svc:8080']],
    ['http://Keycloak:8080/', ['KEYCLOAK:8080'], ['keycloak:8080']],
    ['http://my_keycloak/', ['my_keycloak:80', 'my_keycloak'], ['my_keycloak']],
    ['http://10.0.0.7:8080/', ['10.0.0.7:8080', 'other'], ['10.0.0.7:8080', 'other']],
    ['http://[fd00::7]:8080/', ['[FD00:0::7]:8080'], ['[fd00::7]:8080']],
    ['https://a.test/', ['keycloak:8080'], ['keycloak:8080']],
  ])('%s may be on a host that is listed: %j', (issuer, insecureHosts, resolved) => {
    expect(listed({ issuers: [{ issuer, insecureHosts }] })).toEqual([{ ...PLAIN, issuer, insecureHosts: resolved }])
  })

  it('may have its keys on a host that is listed', () => {
    const jwksUri = 'http://keycloak:8080/certs'
    expect(listed({ issuers: [{ issuer: 'https://a.test/', jwksUri, insecureHosts: ['keycloak:8080'] }] })).toEqual([
      { ...PLAIN, issuer: 'https://a.test/', jwksUri, insecureHosts: ['keycloak:8080'] },
    ])
  })

  it.each([
    [{ issuer: 'http://keycloak:8081/', insecureHosts: ['keycloak:8080'] }],
    [{ issuer: 'http://keycloak/', insecureHosts: ['keycloak:8080'] }],
    [{ issuer: 'http://keycloak.evil.test:8080/', insecureHosts: ['keycloak:8080'] }],
    [{ issuer: 'https://a.test/', jwksUri: 'http://a.test/', insecureHosts: ['keycloak:8080'] }],
  ])('may not be without TLS on another host: %o', async (one) => {
    const error = await faultOf(() => listed({ issuers: [one] }))
    expect(error.message).toContain('want https; http is for loopback hosts, and those listed in insecureHosts')
  })

  it('needs no audience above where it has one', () => {
    expect(
      resolve({ issuers: [{ issuer: 'https://a.test/', audience: 'b' }] }).listed.get('https://a.test/')?.audience,
    ).toEqual(['b'])
  })
})

describe('bad issuers throw a TypeError', () => {
  const bad: readonly (readonly [string, Readonly<Record<string, unknown>>, string])[] = [
    ['none', {}, 'domain, issuer, issuers, tenants: got 0'],
    ['two', { domain: 'a.test', issuer: 'https://a.test/' }, 'domain, issuer, issuers, tenants: got 2'],
    ['three', { domain: 'a.test', issuer: 'https://a.test/', issuers: [] }, 'domain, issuer, issuers, tenants: got 3'],
    ...[
      'https://tenant.auth0.com',
      'https://tenant.auth0.com/',
      'http://tenant.auth0.com',
      '//tenant.auth0.com',
      'tenant.auth0.com/',
      'tenant.auth0.com/path',
      'tenant.auth0.com?x',
      'tenant.auth0.com#x',
      'user@tenant.auth0.com',
      'tenant.auth0.com:',
      'tenant.auth0.com:x',
      'tenant.auth0.com:99999',
      'tenant',
      '',
      ' ',
      ' tenant.auth0.com',
      'tenant.auth0.com ',
      'tenant.auth0.com\n',
      'ten ant.auth0.com',
      'tenant..auth0.com',
      '.auth0.com',
      'tenant.auth0.com.',
      '-tenant.auth0.com',
      'tenant_1.auth0.com',
      'ténant.auth0.com',
      '*.auth0.com',
      'tenant.auth0.com,other.auth0.com',
      '{tenant}.auth0.com',
      1,
      null,
      true,
      ['tenant.auth0.com'],
      {},
    ].map((domain) => [`domain ${JSON.stringify(domain)}`, { domain }, 'domain: got '] as const),
    ...[
      'issuer.example.com',
      'http://issuer.example.com/',
      'http://10.0.0.1/',
      'http://localhost.example.com/',
      'http://127.0.0.1.example.com/',
      'http://0.0.0.0/',
      'ftp://issuer.example.com/',
      'https://',
      'https:issuer.example.com',
      'https:/issuer.example.com',
      'https:\\\\issuer.example.com',
      'https://user@issuer.example.com/',
      'https://user:pass@issuer.example.com/',
      'https://issuer.example.com/?x=1',
      'https://issuer.example.com/#x',
      'https://issuer.example.com/?',
      'https://issuer.example.com/#',
      'https://@issuer.example.com/',
      'https:///issuer.example.com/',
      'https://issuer.example.com/ ',
      ' https://issuer.example.com/',
      'https://issuer.example.com/\n',
      'https://issuer.example.com/a b',
      'https://issuer.example.com\\',
      'https://ïssuer.example.com/',
      '*',
      '',
      1,
      null,
      true,
      [],
      {},
    ].map((issuer) => [`issuer ${JSON.stringify(issuer)}`, { issuer }, 'issuer: got '] as const),
    ...[[], '', 'https://a.test/', null, 1, true, {}].map(
      (issuers) => [`issuers ${JSON.stringify(issuers)}`, { issuers }, 'issuers: got '] as const,
    ),
    ...[null, 1, true, []].map(
      (one) => [`issuers [${JSON.stringify(one)}]`, { issuers: [one] }, 'issuers[0]: got '] as const,
    ),
    ['issuers [{}]', { issuers: [{}] }, 'issuers[0].issuer: got undefined'],
    [
      'an issuer with a domain too',
      { issuers: [{ issuer: 'https://a.test/', domain: 'a.test' }] },
      'issuers[0].issuer: got ',
    ],
    ['an issuer twice', { issuers: ['https://a.test/', { domain: 'a.test' }] }, 'issuers[1]: got "https://a.test/"'],
    [
      'a bad second issuer',
      { issuers: ['https://a.test/', 'http://b.test/'] },
      'issuers[1].issuer: got "http://b.test/"',
    ],
    [
      'an unknown name',
      { issuers: [{ issuer: 'https://a.test/', jwks_uri: 'https://a.test/jwks' }] },
      'issuers[0]: unknown option "jwks_uri"',
    ],
    [
      'a symmetric algorithm',
      { issuers: [{ issuer: 'https://a.test/', algorithms: ['HS256'] }] },
      'issuers[0].algorithms: got ["HS256"]',
    ],
    [
      'an empty list of algorithms',
      { issuers: [{ issuer: 'https://a.test/', algorithms: [] }] },
      'issuers[0].algorithms: got []',
    ],
    ['an empty audience', { issuers: [{ issuer: 'https://a.test/', audience: '' }] }, 'issuers[0].audience: got ""'],
    [
      'an empty list of audiences',
      { issuers: [{ issuer: 'https://a.test/', audience: [] }] },
      'issuers[0].audience: got []',
    ],
    [
      'jwks and jwksUri',
      { issuers: [{ issuer: 'https://a.test/', jwks: { keys: [] }, jwksUri: 'https://a.test/' }] },
      'issuers[0].jwksUri: got ',
    ],
    ...['http://a.test/jwks', '/jwks', 'a.test', '', 1, null, 'https://user@a.test/jwks'].map(
      (jwksUri) =>
        [
          `jwksUri ${JSON.stringify(jwksUri)}`,
          { issuers: [{ issuer: 'https://a.test/', jwksUri }] },
          'issuers[0].jwksUri: got ',
        ] as const,
    ),
    ...[null, [], 'x', 1, {}, { keys: {} }, { keys: Array<null>(101).fill(null) }].map(
      (jwks) =>
        [
          `jwks ${JSON.stringify(jwks).slice(0, 30)}`,
          { issuers: [{ issuer: 'https://a.test/', jwks }] },
          'issuers[0].jwks: got ',
        ] as const,
    ),
  ]

  const insecure: typeof bad = [
    'keycloak:8080',
    [],
    [undefined],
    [1],
    [''],
    ['http://keycloak:8080'],
    ['keycloak:8080/'],
    ['keycloak:8080/realms'],
    ['user@keycloak:8080'],
    ['*'],
    ['*.svc'],
    ['keycloak:99999'],
    ['keycloak:8080', ''],
    { 0: 'keycloak:8080' },
    null,
  ].map((insecureHosts) => [
    `insecureHosts ${JSON.stringify(insecureHosts)}`,
    { issuers: [{ issuer: 'https://a.test/', insecureHosts }] },
    'issuers[0].insecureHosts: got ',
  ])

  it.each([...bad, ...insecure])('%s', async (_, options, message) => {
    const error = await faultOf(() => resolve({ audience: 'a', ...options }))
    expect([error.name, error.message.slice(0, message.length)]).toEqual(['TypeError', message])
    expect(error.message).toMatch(/, want /)
  })

  it.each([
    [{ domain: 'a.test' }, 'audience: got undefined'],
    [{ issuers: ['https://a.test/'] }, 'issuers[0].audience: got undefined'],
    [
      { issuers: [{ issuer: 'https://a.test/', audience: 'a' }, 'https://b.test/'] },
      'issuers[1].audience: got undefined',
    ],
  ])('without an audience: %o', async (options, message) => {
    const error = await faultOf(() => resolve(options))
    expect([error.name, error.message.slice(0, message.length)]).toEqual(['TypeError', message])
  })
})
