import { afterEach, describe, expect, it, vi } from 'vitest'
import { environmentResourceServer, optionsFromEnvironment } from '../../src/options/environment.js'
import type { AuthOptions } from '../../src/options/auth-options.js'
import { createResourceServer } from '../../src/resource-server.js'
import { faultOf } from '../support.js'

const GOOD = { AUTH0_DOMAIN: 'tenant.auth0.com', AUTH0_AUDIENCE: 'https://api.example.com' }
const PLAIN = { domain: 'tenant.auth0.com', audience: 'https://api.example.com' }

type Environment = Readonly<Record<string, string | undefined>>

describe('optionsFromEnvironment', () => {
  it.each<readonly [string, Environment, unknown]>([
    ['domain and audience', GOOD, PLAIN],
    ['the alias', { AUTH0_DOMAIN: 'tenant.auth0.com', AUTH0_API_AUDIENCE: 'https://api.example.com' }, PLAIN],
    ['the alias and the same', { ...GOOD, AUTH0_API_AUDIENCE: 'https://api.example.com' }, PLAIN],
    [
      'the alias, and an empty audience',
      { ...GOOD, AUTH0_AUDIENCE: '', AUTH0_API_AUDIENCE: 'https://api.example.com' },
      PLAIN,
    ],
    ['space around', { AUTH0_DOMAIN: ' tenant.auth0.com\n', AUTH0_AUDIENCE: ' https://api.example.com ' }, PLAIN],
    ['an empty issuer and mode', { ...GOOD, AUTH0_ISSUER: '', AUTH0_DPOP: ' ' }, PLAIN],
    ['required', { ...GOOD, AUTH0_DPOP: 'required' }, { ...PLAIN, dpop: { mode: 'required' } }],
    ['disabled', { ...GOOD, AUTH0_DPOP: 'disabled' }, { ...PLAIN, dpop: { mode: 'disabled' } }],
    ['other variables', { ...GOOD, AUTH0_SECRET: 'x', AUDIENCE: 'y', AUTH0_DB: 'z', AUTH_DOMAIN: 'w' }, PLAIN],
    ['bindings of a Worker', { ...GOOD, ...({ AUTH0_DPOP: { fetch() {} }, KV: {} } as object) }, PLAIN],
    [
      'an issuer',
      { AUTH0_ISSUER: 'https://issuer.example.com/', AUTH0_AUDIENCE: 'a' },
      { issuer: 'https://issuer.example.com/', audience: 'a' },
    ],
    [
      'an issuer on this machine',
      { AUTH0_ISSUER: 'http://localhost:3000/', AUTH0_AUDIENCE: 'a' },
      { issuer: 'http://localhost:3000/', audience: 'a' },
    ],
  ])('%s', (_, environment, options) => {
    expect(optionsFromEnvironment(environment)).toEqual(options)
  })

  it.each<readonly [string, Environment, RegExp]>([
    [
      'nothing',
      {},
      /^AUTH0_DOMAIN is not set: want .* such as tenant\.auth0\.com; .* AUTH0_ISSUER, such as https:\/\//,
    ],
    ['two that are missing', {}, /^AUTH0_DOMAIN is not set: .*; AUTH0_AUDIENCE is not set: want/],
    ...(
      [
        ['AUTH_DOMAIN', 'AUTH0_DOMAIN'],
        ['AUTHO_DOMAIN', 'AUTH0_DOMAIN'],
        ['auth0_domain', 'AUTH0_DOMAIN'],
        ['AUTH0_DOMIAN', 'AUTH0_DOMAIN'],
        ['AUTH0_TENANT', 'AUTH0_DOMAIN'],
        ['ISSUER_BASE_URL', 'AUTH0_ISSUER'],
        ['AUTH0_ISSUER_BASE_URL', 'AUTH0_ISSUER'],
        ['AUTH0_ISUER', 'AUTH0_ISSUER'],
        ['AUDIENCE', 'AUTH0_AUDIENCE'],
        ['AUTH0_AUDIANCE', 'AUTH0_AUDIENCE'],
        ['API_IDENTIFIER', 'AUTH0_AUDIENCE'],
      ] as const
    ).map(
      ([name, meant]) =>
        [
          `${name} for ${meant}`,
          { [name]: 'secret-value', AUTH0_SECRET: 'secret-value' },
          new RegExp(
            `^(?!.*secret-value)(?!.*AUTH0_SECRET)AUTH0_DOMAIN is .*; "${name}" is set, did you mean ${meant}\\?`,
          ),
        ] as const,
    ),
    ...['AUTH0_DPOP_MODE', 'AUTH_DPOP', 'AUTH0_DPO'].map(
      (name) =>
        [
          `${name} for AUTH0_DPOP`,
          { ...GOOD, [name]: 'required' },
          new RegExp(`^AUTH0_DPOP is not set: want .*; "${name}" is set, did you mean AUTH0_DPOP\\?$`),
        ] as const,
    ),
    ['an empty domain', { ...GOOD, AUTH0_DOMAIN: '' }, /^AUTH0_DOMAIN is not set/],
    ['spaces for a domain', { ...GOOD, AUTH0_DOMAIN: '  ' }, /^AUTH0_DOMAIN is not set/],
    ['no audience', { AUTH0_DOMAIN: 'tenant.auth0.com' }, /^AUTH0_AUDIENCE is not set: want .* such as https:\/\//],
    ['an empty audience', { ...GOOD, AUTH0_AUDIENCE: ' ' }, /^AUTH0_AUDIENCE is not set/],
    [
      'domain and issuer',
      { ...GOOD, AUTH0_ISSUER: 'https://issuer.example.com/' },
      /^AUTH0_DOMAIN and AUTH0_ISSUER are both set/,
    ],
    [
      'two audiences',
      { ...GOOD, AUTH0_API_AUDIENCE: 'https://other.example.com' },
      /^AUTH0_AUDIENCE and AUTH0_API_AUDIENCE differ/,
    ],
    [
      'a domain with a scheme',
      { ...GOOD, AUTH0_DOMAIN: 'https://tenant.auth0.com' },
      /^AUTH0_DOMAIN: got "https:\/\/tenant\.auth0\.com", want .*'tenant\.auth0\.com'$/,
    ],
    [
      'a domain with a path',
      { ...GOOD, AUTH0_DOMAIN: 'tenant.auth0.com/' },
      /^AUTH0_DOMAIN: got "tenant\.auth0\.com\/", want /,
    ],
    ['a placeholder', { ...GOOD, AUTH0_DOMAIN: 'YOUR_DOMAIN' }, /^AUTH0_DOMAIN: got "YOUR_DOMAIN", want /],
    ['a domain in quotes', { ...GOOD, AUTH0_DOMAIN: '"tenant.auth0.com"' }, /^AUTH0_DOMAIN: got /],
    [
      'an issuer without a scheme',
      { AUTH0_ISSUER: 'issuer.example.com', AUTH0_AUDIENCE: 'a' },
      /^AUTH0_ISSUER: got "issuer\.example\.com", want a URL such as https:/,
    ],
    [
      'an issuer over http',
      { AUTH0_ISSUER: 'http://issuer.example.com/', AUTH0_AUDIENCE: 'a' },
      /^AUTH0_ISSUER: got .*, want https/,
    ],
    ...['Required', 'on', 'true', 'yes', '1', 'none', 'allowed,required', 'constructor'].map(
      (mode) =>
        [
          `the mode ${mode}`,
          { ...GOOD, AUTH0_DPOP: mode },
          new RegExp(`^AUTH0_DPOP: got "${mode}", want allowed, required or disabled$`),
        ] as const,
    ),
  ])('%s throws a TypeError that names the variable', async (_, environment, message) => {
    const error = await faultOf(() => optionsFromEnvironment(environment))
    expect([error.name, error.message]).toEqual(['TypeError', expect.stringMatching(message)])
  })
})

describe('options beside the environment', () => {
  const MODE = { ...GOOD, AUTH0_DPOP: 'required' }
  const issuer = 'https://issuer.example.com/'
  const onEvent = (): void => undefined

  it.each<readonly [string, AuthOptions, Environment, AuthOptions]>([
    ['none', {}, GOOD, PLAIN],
    ['a hook', { onEvent }, GOOD, { ...PLAIN, onEvent }],
    ['an issuer', { issuer }, GOOD, { issuer, audience: GOOD.AUTH0_AUDIENCE }],
    ['issuers', { issuers: [issuer] }, GOOD, { issuers: [issuer], audience: GOOD.AUTH0_AUDIENCE }],
    ['an audience', { audience: 'a' }, GOOD, { ...PLAIN, audience: 'a' }],
    ['an audience that is undefined', { audience: undefined }, GOOD, PLAIN],
    ['all, and a bad environment', { issuer, audience: 'a' }, { AUTH0_DOMAIN: '!' }, { issuer, audience: 'a' }],
    ['issuers with audiences', { issuers: [{ issuer, audience: 'a' }] }, {}, { issuers: [{ issuer, audience: 'a' }] }],
    ['the mode', { dpop: { mode: 'allowed' } }, MODE, { ...PLAIN, dpop: { mode: 'allowed' } }],
    [
      'DPoP, without its mode',
      { dpop: { proofMaxAge: 60 } },
      MODE,
      { ...PLAIN, dpop: { mode: 'required', proofMaxAge: 60 } },
    ],
  ])('%s', (_, given, environment, wanted) => {
    expect(optionsFromEnvironment(environment, given)).toEqual(wanted)
  })

  it.each<readonly [string, AuthOptions, Environment, RegExp]>([
    ['no issuer', { audience: 'a' }, {}, /^AUTH0_DOMAIN is not set(?!.*AUTH0_AUDIENCE)/],
    ['no audience', { issuer }, {}, /^AUTH0_AUDIENCE is not set(?!.*AUTH0_DOMAIN)/],
    ['issuers without an audience', { issuers: [issuer] }, {}, /^issuers\[0\]\.audience: /],
    ['a bad issuer of its own', { issuer: 'x' }, GOOD, /^issuer: got "x"/],
    ['a bad variable', { realm: 'x' }, { ...GOOD, AUTH0_DOMAIN: '!' }, /^AUTH0_DOMAIN: got "!"/],
    ['DPoP that is no object', { dpop: 'required' as never }, MODE, /^dpop: got "required"/],
    [
      'a misspelt option',
      { onevent: onEvent } as never,
      GOOD,
      /^options: unknown option "onevent".*; did you mean onEvent\?$/,
    ],
    ['text', 'x' as never, GOOD, /^options: got "x"/],
    ['null', null as never, GOOD, /^options: got null/],
  ])('throws for %s', async (_, given, environment, message) => {
    const error = await faultOf(() => createResourceServer(optionsFromEnvironment(environment, given)))
    expect([error.name, error.message]).toEqual(['TypeError', expect.stringMatching(message)])
  })
})

describe('environmentResourceServer', () => {
  afterEach(() => vi.unstubAllEnvs())

  function stub(environment: Environment): void {
    for (const name of ['AUTH0_DOMAIN', 'AUTH0_ISSUER', 'AUTH0_AUDIENCE', 'AUTH0_API_AUDIENCE', 'AUTH0_DPOP'])
      vi.stubEnv(name, environment[name])
  }

  it('is one for all guards of one environment', () => {
    stub(GOOD)
    const server = environmentResourceServer()
    expect(environmentResourceServer()).toBe(server)
    stub({ ...GOOD, AUTH0_DPOP: 'required' })
    expect(environmentResourceServer()).not.toBe(server)
  })

  it.each<readonly [string, Environment, RegExp]>([
    ['nothing is set', {}, /^AUTH0_DOMAIN is not set/],
    ['the audience is missing', { AUTH0_DOMAIN: 'tenant.auth0.com' }, /^AUTH0_AUDIENCE is not set/],
    ['the domain is bad', { ...GOOD, AUTH0_DOMAIN: 'https://tenant.auth0.com' }, /^AUTH0_DOMAIN: got /],
    ['the mode is bad', { ...GOOD, AUTH0_DPOP: 'on' }, /^AUTH0_DPOP: got /],
  ])('throws where %s', async (_, environment, message) => {
    stub(environment)
    const error = await faultOf(() => environmentResourceServer())
    expect([error.name, error.message]).toEqual(['TypeError', expect.stringMatching(message)])
  })

  it('takes what options lack from the environment', async () => {
    stub({ ...GOOD, AUTH0_DPOP: 'disabled' })
    const server = environmentResourceServer({ realm: 'x' })
    expect(environmentResourceServer({ realm: 'x' })).not.toBe(server)
    expect((await faultOf(() => server.requirements({ dpop: 'required' }))).message).toContain('dpop.mode')
    expect((await faultOf(() => environmentResourceServer(undefined as never))).message).toContain(
      'options: got undefined',
    )
  })

  it('throws again after it threw, and works once the variable is right', async () => {
    stub({})
    await faultOf(() => environmentResourceServer())
    await faultOf(() => environmentResourceServer())
    stub(GOOD)
    expect(environmentResourceServer().requirements('a').scopes).toEqual(['a'])
  })
})
