import { describe, expect, it } from 'vitest'

import { optional, requirements } from '../../src/index.js'
import type { RequirementOptions } from '../../src/index.js'
import { openApiPaths, openApiSecurity, openApiSecuritySchemes, scopesOf, secureOpenApi } from '../../src/openapi.js'
import type { CensusRow } from '../../src/openapi.js'

const oauth = { authorizationUrl: 'https://issuer.example.com/authorize', tokenUrl: 'https://issuer.example.com/token' }

const bearer = { bearer: [] }
const dpop = { dpop: [] }

describe('openApiSecurity', () => {
  const alternatives = (wanted: RequirementOptions): unknown =>
    openApiSecurity(requirements(wanted), { oauth }).security.slice(0, -2)

  it('has an alternative for each scheme', () => {
    const { security } = openApiSecurity(requirements('a', 'b'), { oauth })
    expect(security).toEqual([{ oauth: ['a', 'b'] }, bearer, dpop])
  })

  it.each([
    ['disabled', [bearer]],
    ['required', [dpop]],
    ['allowed', [bearer, dpop]],
  ] as const)('goes by the mode %s', (mode, security) => {
    expect(openApiSecurity(requirements(), { dpop: mode }).security).toEqual(security)
    expect(Object.keys(openApiSecuritySchemes([], { dpop: mode }))).toEqual(security.flatMap((one) => Object.keys(one)))
  })

  it('never names Bearer where the route wants DPoP, on its own or within others', () => {
    for (const wanted of [requirements({ dpop: 'required' }), requirements({ allOf: [{ dpop: 'required' }] })]) {
      expect(openApiSecurity(wanted).security).toEqual([dpop])
      expect(openApiSecurity([requirements(), wanted]).security).toEqual([dpop])
    }
  })

  it('lets a request without credentials pass only where all guards do', () => {
    expect(openApiSecurity(optional()).security).toEqual([bearer, dpop, {}])
    expect(openApiSecurity([optional(), requirements('a')]).security).toEqual([bearer, dpop])
    expect(openApiSecurity('public')).toEqual({ security: [], responses: {} })
  })

  it.each<[RequirementOptions, readonly (readonly string[])[]]>([
    [{}, [[]]],
    [{ permissions: 'a', roles: 'b', claims: { c: 'd' } }, [[]]],
    [
      { scopes: 'a', anyScope: 'b c' },
      [
        ['a', 'b'],
        ['a', 'c'],
      ],
    ],
    [{ anyOf: ['a b', { permissions: 'c' }] }, [['a', 'b'], []]],
    [{ allOf: ['a', { anyScope: 'b a' }] }, [['a', 'b'], ['a']]],
    [{ scopes: 'a', not: 'b' }, [['a']]],
  ])('%j has the alternatives %j', (wanted, scopes) => {
    expect(alternatives(wanted)).toEqual(scopes.map((one) => ({ oauth: one })))
  })

  it('names what is wanted in any case where there are too many alternatives', () => {
    const many = Array.from({ length: 12 }, (_, n) => `s${n}`)
    const wanted = { scopes: 'a', anyScope: many, allOf: Array.from({ length: 30 }, () => ({ anyScope: many })) }
    expect(alternatives(wanted)).toEqual([{ oauth: ['a'] }])
  })

  it('says in words what scopes cannot', () => {
    const { responses } = openApiSecurity([requirements({ permissions: 'admin' }), requirements({ maxAge: 300 })])
    expect(responses['403']?.description).toBe(
      'The access token lacks what is required: permission admin; login of the last 300 s',
    )
  })

  it('has the refusals that there can be', () => {
    const statusesOf = (...args: Parameters<typeof openApiSecurity>): string[] =>
      Object.keys(openApiSecurity(...args).responses)
    expect(statusesOf(requirements('a'))).toEqual(['400', '401', '403', '503'])
    for (const any of [requirements(), optional()]) expect(statusesOf(any)).toEqual(['400', '401', '503'])
    const { responses } = openApiSecurity(requirements(), { dpop: 'disabled' })
    expect(Object.keys(responses['401']?.headers ?? {})).toEqual(['WWW-Authenticate', 'X-Request-Id'])
    expect(Object.keys(openApiSecurity(requirements()).responses['401']?.headers ?? {})).toContain('DPoP-Nonce')
  })
})

describe('scopes', () => {
  it('are those of all requirements, but for what must not be there', () => {
    const wanted = { scopes: 'e', anyScope: 'b', allOf: ['d'], anyOf: [{ anyOf: ['c', 'a'] }], not: 'z' }
    expect(scopesOf(requirements(wanted), requirements('e'))).toEqual(['a', 'b', 'c', 'd', 'e'])
  })

  it('are told with what they mean, whatever their names are', () => {
    const scopes = { a: 'What a means', unused: 'Nothing' }
    const schemes = openApiSecuritySchemes([requirements('a', '__proto__', 'toString')], {
      oauth: { ...oauth, scopes },
    })
    expect(schemes['oauth']).toEqual({
      type: 'oauth2',
      flows: {
        authorizationCode: { ...oauth, scopes: JSON.parse('{"__proto__":"","a":"What a means","toString":""}') },
      },
    })
  })
})

const row = (method: string, path: string, more: Partial<CensusRow> = {}): CensusRow => ({
  method,
  path,
  access: 'open',
  needs: undefined,
  reason: undefined,
  ...more,
})

describe('openApiPaths', () => {
  it.each([
    ['/', '/'],
    ['/a/:id/b/:other', '/a/{id}/b/{other}'],
    ['/a/:id(^.+$)', '/a/{id}'],
    ['/a/:id{[0-9]+}', '/a/{id}'],
  ])('has %s as %s', (path, template) => {
    expect(Object.keys(openApiPaths([row('GET', path)]))).toEqual([template])
  })

  it.each(['*', '/a/*', '/a/*splat', '/a/:id{/:b}', '/a/:b?', '/a{/b}', '/a/(b|c)', '/a (version 2)', '/^a$/'])(
    'leaves out %s',
    (path) => {
      expect(openApiPaths([row('GET', path)])).toEqual({})
    },
  )

  it.each(['ALL', 'HEAD', 'OPTIONS', 'MESSAGE', 'QUERY', 'CONNECT'])('leaves out %s', (method) => {
    expect(openApiPaths([row(method, '/a')])).toEqual({})
  })

  it('has all methods of a path, and its parameters', () => {
    const paths = openApiPaths([row('GET', '/a/:id'), row('DELETE', '/a/:id')])
    expect(Object.keys(paths['/a/{id}'] ?? {})).toEqual(['get', 'delete'])
    expect(paths['/a/{id}']?.['get']?.['parameters']).toEqual([
      { name: 'id', in: 'path', required: true, schema: { type: 'string' } },
    ])
  })
})

describe('secureOpenApi', () => {
  const guarded = { access: 'guarded', requirements: [requirements('a')] } as const
  const secure = (rows: readonly CensusRow[], paths: object, more: object = {}): Record<string, never> =>
    secureOpenApi({ paths, ...more } as unknown as Record<string, never>, rows, { oauth })

  it('says what guards an operation, and keeps what it said itself', () => {
    const responses = { 200: { description: 'Good' }, 401: { description: 'Mine' } }
    const { paths } = secure([row('GET', '/a/:id', guarded)], {
      '/a/{id}': { summary: 'A', get: { tags: [], responses } },
    })
    expect(paths).toMatchObject({
      '/a/{id}': { summary: 'A', get: { tags: [], security: [{ oauth: ['a'] }, bearer, dpop], responses } },
    })
    expect(paths).toMatchObject({ '/a/{id}': { get: { responses: { 403: {}, 503: {} } } } })
  })

  it('replaces a security that was written by hand, and leaves the document that it was given', () => {
    const given = { '/a': { get: { security: [] } } }
    const { paths } = secure([row('GET', '/a', guarded)], given)
    expect(paths).toMatchObject({ '/a': { get: { security: [{}, {}, {}].map(() => expect.anything()) } } })
    expect(given).toEqual({ '/a': { get: { security: [] } } })
  })

  it('says that a route is open only where that is on purpose', () => {
    const rows = [row('GET', '/a'), row('GET', '/b', { access: 'unseen' }), row('GET', '/c', { access: 'public' })]
    const { paths } = secure(rows, { '/a': { get: {} }, '/b': { get: {} }, '/c': { get: {} } })
    expect(paths).toEqual({ '/a': { get: {} }, '/b': { get: {} }, '/c': { get: { security: [], responses: {} } } })
  })

  it('goes by a route for all methods where there is none for the method', () => {
    const rows = [row('ALL', '/a', guarded), row('POST', '/a')]
    const { paths } = secure(rows, { '/a': { get: {}, post: {} } })
    expect(paths).toMatchObject({ '/a': { get: { security: expect.anything() }, post: {} } })
    expect(paths).not.toHaveProperty(['/a', 'post', 'security'])
  })

  it('refuses operations without a route, all of them at once', () => {
    const rows = [row('GET', '/a', guarded)]
    const wrong = { '/a': { get: {}, post: {}, head: {} }, '/A': { get: {} }, '/a/': { get: {} } }
    expect(() => secure(rows, wrong)).toThrow(/^secureOpenApi: .* no route for POST \/a, GET \/A, GET \/a\/$/)
  })

  it('has the schemes and the scopes of its operations, beside those of the document', () => {
    const mine = { components: { schemas: { A: {} }, securitySchemes: { bearer: { mine: true }, key: {} } } }
    const rows = [row('GET', '/a', guarded), row('GET', '/other', { ...guarded, requirements: [requirements('b')] })]
    expect(secure(rows, { '/a': { get: {} } }, mine)['components']).toMatchObject({
      schemas: { A: {} },
      securitySchemes: {
        bearer: { mine: true },
        dpop: {},
        key: {},
        oauth: { flows: { authorizationCode: { scopes: { a: '' } } } },
      },
    })
    expect(JSON.stringify(secure(rows, { '/a': { get: {} } }))).not.toContain('"b"')
  })

  it('takes a document without paths', () => {
    expect(secureOpenApi({ openapi: '3.1.0' }, [])).toMatchObject({ openapi: '3.1.0', paths: {} })
  })
})
