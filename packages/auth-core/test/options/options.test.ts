import { describe, expect, it } from 'vitest'
import { DEFAULT_SHAPE } from '../../src/access-token/claim-mapping.js'
import { resolveOptions } from '../../src/options/all-options.js'
import type { AuthOptions } from '../../src/options/auth-options.js'
import type { Settings } from '../../src/options/options.js'
import { createResourceServer } from '../../src/resource-server.js'
import { faultOf } from '../support.js'

const GOOD = { domain: 'tenant.auth0.com', audience: 'https://api.example.com' }

function resolve(options: Readonly<Record<string, unknown>> = {}): Settings {
  return resolveOptions({ ...GOOD, ...options })
}

describe('defaults', () => {
  it('are those of the documentation', () => {
    const { issuers, fetch: _fetch, dpop, ...rest } = resolve()
    expect(rest).toEqual({
      clockTolerance: 5,
      tokenProfile: 'any',
      schemes: ['Bearer', 'DPoP'],
      publicOrigins: [],
      resourceMetadata: [],
      revocation: [],
      connections: undefined,
      keys: { maxAge: 3600, refreshAhead: 300, staleIfError: 14_400, cooldown: 30, timeout: 5 },
      tokenCache: 1000,
      signatures: 'auto',
      realm: 'api',
      refusals: 'respond',
      onEvent: undefined,
    })
    expect(dpop).toEqual({
      mode: 'allowed',
      proofMaxAge: 300,
      clockTolerance: 30,
      algorithms: ['ES256'],
      replay: undefined,
      nonce: undefined,
      proofErrorStatus: 400,
    })
    expect([...issuers.listed.values()]).toEqual([
      {
        issuer: 'https://tenant.auth0.com/',
        audience: ['https://api.example.com'],
        audienceFrom: undefined,
        tenants: undefined,
        shape: DEFAULT_SHAPE,
        requireClaims: undefined,
        algorithms: ['RS256', 'PS256', 'ES256', 'EdDSA'],
        jwks: undefined,
        jwksUri: undefined,
        insecureHosts: [],
      },
    ])
  })

  it('are frozen', () => {
    const settings = resolve({ publicOrigins: ['https://api.test'], algorithms: ['ES256'] })
    expect([settings, settings.dpop, settings.keys, settings.publicOrigins].map(Object.isFrozen)).toEqual(
      Array(4).fill(true),
    )
  })

  it('are not changed by changing the options afterwards', () => {
    const algorithms = ['ES256']
    const audience = ['a']
    const settings = resolve({ algorithms, audience })
    algorithms.push('none')
    audience.push('b')
    expect([...settings.issuers.listed.values()]).toMatchObject([{ algorithms: ['ES256'], audience: ['a'] }])
  })
})

describe('good options', () => {
  it.each([
    [{ dpop: { mode: 'required' } }, { schemes: ['DPoP'] }],
    [{ dpop: { mode: 'disabled' } }, { schemes: ['Bearer'] }],
    [{ dpop: { replay: false } }, { dpop: { replay: false } }],
    [{ dpop: { proofMaxAge: 0, clockTolerance: 0 } }, { dpop: { proofMaxAge: 0, clockTolerance: 0 } }],
    [{ clockTolerance: 0 }, { clockTolerance: 0 }],
    [{ clockTolerance: 0.5 }, { clockTolerance: 0.5 }],
    [
      { keys: { maxAge: 0, refreshAhead: 0, staleIfError: 0, cooldown: 0, timeout: 0.1 } },
      { keys: { maxAge: 0, timeout: 0.1 } },
    ],
    [{ tokenProfile: 'rfc9068' }, { tokenProfile: 'rfc9068' }],
    [{ realm: "It's my API" }, { realm: "It's my API" }],
    [
      { publicOrigins: ['HTTPS://API.test:443/', 'http://localhost:3000'] },
      { publicOrigins: ['https://api.test', 'http://localhost:3000'] },
    ],
  ])('%o', (options, settings) => {
    expect(resolve(options)).toMatchObject(settings)
  })

  it('dpop.algorithms without doubles', () => {
    expect(resolve({ dpop: { algorithms: ['ES256', 'EdDSA', 'ES256'] } }).dpop.algorithms).toEqual(['ES256', 'EdDSA'])
  })

  it('a store of a class', () => {
    class Store {
      reserve(): 'reserved' {
        return 'reserved'
      }
    }
    const replay = new Store()
    expect(resolve({ dpop: { replay } }).dpop.replay).toBe(replay)
  })

  it('a fetch of its own; the global one is looked up at each call', async () => {
    const own = async (): Promise<Response> => new Response('own')
    expect(resolve({ fetch: own }).fetch).toBe(own)
    const { fetch } = resolve()
    const before = globalThis.fetch
    globalThis.fetch = async () => new Response('instrumented')
    try {
      expect(await (await fetch('https://issuer.test/')).text()).toBe('instrumented')
    } finally {
      globalThis.fetch = before
    }
  })
})

const DURATIONS = [
  'clockTolerance',
  'dpop.proofMaxAge',
  'dpop.clockTolerance',
  'keys.maxAge',
  'keys.refreshAhead',
  'keys.staleIfError',
  'keys.cooldown',
  'keys.timeout',
]

function at(path: string, value: unknown): Readonly<Record<string, unknown>> {
  const [outer = '', inner] = path.split('.')
  return { [outer]: inner === undefined ? value : { [inner]: value } }
}

type Bad = readonly [path: string, value: unknown]

const BAD: readonly Bad[] = [
  ...DURATIONS.flatMap((path) =>
    [NaN, Infinity, -Infinity, -1, -0.001, '5', '5s', '', null, true, [], {}, 5n, new Date(0)].map((value): Bad => [
      path,
      value,
    ]),
  ),
  ['keys.timeout', 0],
  ...['audience'].flatMap((path) =>
    ['', [], [''], ['a', ''], ['a', 1], [null], null, 1, true, {}, new Set(['a'])].map((value): Bad => [path, value]),
  ),
  ...['algorithms', 'dpop.algorithms'].flatMap((path) =>
    [
      [],
      'RS256',
      'RS256,ES256',
      ['HS256'],
      ['HS384'],
      ['HS512'],
      ['none'],
      ['None'],
      ['NONE'],
      ['RS256', 'none'],
      ['RS256', 'HS256'],
      ['rs256'],
      ['ES256K'],
      ['RS1'],
      ['dir'],
      [''],
      [null],
      [undefined],
      [['RS256']],
      ['constructor'],
      null,
      1,
      true,
      {},
      new Set(['RS256']),
    ].map((value): Bad => [path, value]),
  ),
  ...['', 'rfc9069', 'RFC9068', 'at+jwt', null, true, ['any']].map((value): Bad => ['tokenProfile', value]),
  ...['', 'Required', 'optional', 'bearer', null, true, false, ['required'], 1].map((value): Bad => [
    'dpop.mode',
    value,
  ]),
  ...[null, true, 0, '', 'memory', {}, [], { reserve: 1 }, { reserve: null }, (): string => 'reserved'].map(
    (value): Bad => ['dpop.replay', value],
  ),
  ...[null, true, false, 'required', 1, []].map((value): Bad => ['dpop', value]),
  ...[null, true, false, 60, '60', []].map((value): Bad => ['keys', value]),
  ...[
    [],
    '',
    'https://api.test',
    [''],
    ['api.test'],
    ['https://api.test/v1'],
    ['https://api.test?x'],
    ['https://api.test#x'],
    ['https://u@api.test'],
    ['ftp://api.test'],
    ['*'],
    ['https://*.api.test'],
    ['null'],
    ['https://api.test', 'nonsense'],
    [null],
    [1],
    null,
    1,
    true,
    {},
    new Set(['https://api.test']),
  ].map((value): Bad => ['publicOrigins', value]),
  ...['', 'a"b', 'a\\b', 'a\nb', 'a\r\nX: y', 'ä', '\0', null, 1, true, ['api'], {}].map((value): Bad => [
    'realm',
    value,
  ]),
  ...[null, 'fetch', {}, true].map((value): Bad => ['fetch', value]),
  ...[null, 'log', {}, true, []].map((value): Bad => ['onEvent', value]),
]

describe('bad options throw a TypeError that names option, given and wanted', () => {
  it.each(BAD)('%s: %o', async (path, value) => {
    const error = await faultOf(() => resolve(at(path, value)))
    expect([error.name, error.message.startsWith(`${path}: got `), error.message.includes(', want ')]).toEqual([
      'TypeError',
      true,
      true,
    ])
  })

  it.each([
    [{ keys: { maxAge: '1h' } }, 'keys.maxAge: got "1h", want seconds, 0 or more'],
    [{ clockTolerance: NaN }, 'clockTolerance: got NaN, want seconds, 0 or more'],
    [{ dpop: { mode: 'on' } }, "dpop.mode: got \"on\", want 'allowed' or 'required' or 'disabled'"],
    [
      { domain: 'https://tenant.auth0.com' },
      'domain: got "https://tenant.auth0.com", want a domain without scheme or path, such as \'tenant.auth0.com\'',
    ],
    [
      { audience: undefined },
      "audience: got undefined, want the identifier of this API, such as 'https://api.example.com', or a list",
    ],
    [
      { domain: undefined, issuer: 'http://issuer.example.com/' },
      'issuer: got "http://issuer.example.com/", want https; http is for loopback hosts only',
    ],
  ])('%o', async (options, message) => {
    expect((await faultOf(() => resolve(options))).message).toBe(message)
  })

  it.each([
    ['options', { audiences: 'x' }, 'audiences'],
    ['options', { Audience: 'x' }, 'Audience'],
    ['options', { secret: 'x' }, 'secret'],
    ['options', { constructor: 1 }, 'constructor'],
    ['options', { algorithm: ['RS256'] }, 'algorithm'],
    ['options', { unknown: undefined }, 'unknown'],
    ['dpop', { dpop: { maxAge: 60 } }, 'maxAge'],
    ['dpop', { dpop: { required: true } }, 'required'],
    ['dpop.nonce', { dpop: { nonce: { secrets: 'x' } } }, 'secrets'],
    ['keys', { keys: { maxage: 60 } }, 'maxage'],
  ])('unknown name in %s: %o', async (where, options, name) => {
    const error = await faultOf(() => resolve(options))
    expect([error.name, error.message]).toEqual([
      'TypeError',
      expect.stringMatching(new RegExp(`^${where}: unknown option "${name}", want one of `)),
    ])
  })

  it.each([undefined, null, '', 'tenant.auth0.com', 1, true, [], [GOOD], (): void => undefined])(
    'options %o',
    async (options) => {
      const error = await faultOf(() => createResourceServer(options as unknown as AuthOptions))
      expect([error.name, error.message]).toEqual([
        'TypeError',
        expect.stringMatching(/^options: got .*, want a plain object$/),
      ])
    },
  )

  it('a value that JSON cannot hold is described all the same', async () => {
    const loop: Record<string, unknown> = {}
    loop['self'] = loop
    expect((await faultOf(() => resolve({ realm: loop }))).message).toMatch(/^realm: got an object, want /)
    expect((await faultOf(() => resolve({ realm: Symbol('s') }))).message).toMatch(/^realm: got Symbol\(s\), want /)
  })
})
