import { compactVerify, decodeProtectedHeader, importJWK, exportJWK } from 'jose'
import { describe, expect, it } from 'vitest'

import { createResourceServer } from '../../src/index.js'
import type { AuthOptions, MetadataRequest, MetadataResponse, ResourceMetadataOptions } from '../../src/index.js'
import { bearer, createWorld, faultOf, refused } from '../support.js'

const ISSUER = 'https://issuer.example.com/'
const API = 'https://api.example.com'
const WELL_KNOWN = '/.well-known/oauth-protected-resource'

function server(resourceMetadata: AuthOptions['resourceMetadata'], options: Partial<AuthOptions> = {}) {
  return createResourceServer({ issuer: ISSUER, audience: API, resourceMetadata, ...options })
}

async function ask(
  resourceMetadata: AuthOptions['resourceMetadata'],
  request: Partial<MetadataRequest>,
): Promise<MetadataResponse | undefined> {
  return server(resourceMetadata).metadataResponder()({
    method: 'GET',
    target: WELL_KNOWN,
    host: 'api.example.com',
    ...request,
  })
}

const resourceOf = (answer: MetadataResponse | undefined): unknown =>
  answer?.status === 200 ? (JSON.parse(answer.body) as { resource: unknown }).resource : answer?.status

describe('the document', () => {
  it('says how to get and send tokens', async () => {
    const own = server({
      resource: API,
      name: 'Messages',
      documentation: `${API}/docs`,
      tosUri: `${API}/tos`,
      policyUri: `${API}/policy`,
    })
    own.requirements({ scopes: 'b', anyOf: ['c', { allOf: ['a'] }] })
    expect(await own.protectedResourceMetadata()).toEqual({
      resource: API,
      authorization_servers: [ISSUER],
      scopes_supported: ['a', 'b', 'c'],
      bearer_methods_supported: ['header'],
      dpop_signing_alg_values_supported: ['ES256'],
      dpop_bound_access_tokens_required: false,
      resource_name: 'Messages',
      resource_documentation: `${API}/docs`,
      resource_policy_uri: `${API}/policy`,
      resource_tos_uri: `${API}/tos`,
    })
  })

  it('says what is given in place of what is known', async () => {
    const own = server({ resource: API, authorizationServers: ['https://other.example.com'], scopesSupported: 'x y' })
    own.requirements('a')
    expect(await own.protectedResourceMetadata()).toMatchObject({
      authorization_servers: ['https://other.example.com'],
      scopes_supported: ['x', 'y'],
    })
  })

  it.each([
    ['required', { bearer_methods_supported: [], dpop_bound_access_tokens_required: true }],
    ['disabled', { bearer_methods_supported: ['header'] }],
  ] as const)('with dpop.mode %s', async (mode, members) => {
    const document = await server({ resource: API }, { dpop: { mode } }).protectedResourceMetadata()
    expect(document).toMatchObject(members)
    expect('dpop_signing_alg_values_supported' in document).toBe(mode === 'required')
  })

  it('keeps a bounded number of scopes in mind', async () => {
    const own = server({ resource: API })
    for (let index = 0; index < 2000; index++) own.requirements(`scope:${index}`)
    expect((await own.protectedResourceMetadata()).scopes_supported?.length).toBe(500)
  })

  it('is refused for a resource that is not configured', async () => {
    expect((await faultOf(() => server({ resource: API }).protectedResourceMetadata(`${API}/`))).name).toBe('TypeError')
    expect((await faultOf(() => server(undefined).protectedResourceMetadata())).message).toMatch(/^resourceMetadata/)
    expect((await faultOf(() => server(undefined).metadataResponder())).message).toMatch(/^resourceMetadata/)
  })
})

describe('where it is (RFC 9728 §3.1)', () => {
  const mcp = `${API}/mcp`
  const two: ResourceMetadataOptions[] = [
    { resource: API },
    { resource: mcp },
    { resource: 'https://b.example.com/x/' },
  ]

  it.each<readonly [AuthOptions['resourceMetadata'], Partial<MetadataRequest>, unknown]>([
    [{ resource: API }, {}, API],
    [{ resource: `${API}/` }, {}, `${API}/`],
    [{ resource: mcp }, { target: `${WELL_KNOWN}/mcp` }, mcp],
    [{ resource: mcp }, { target: `${WELL_KNOWN}/mcp?x=1` }, mcp],
    [{ resource: mcp }, {}, mcp],
    [{ resource: mcp }, { target: `${WELL_KNOWN}/mcp/` }, 404],
    [{ resource: mcp }, { target: `${WELL_KNOWN}/other` }, 404],
    [{ resource: mcp }, { target: `${WELL_KNOWN}x` }, undefined],
    [{ resource: mcp }, { target: `/x${WELL_KNOWN}` }, undefined],
    [two, {}, API],
    [two, { target: `${WELL_KNOWN}/mcp` }, mcp],
    [two, { host: 'B.example.com' }, 'https://b.example.com/x/'],
    [two, { host: 'b.example.com', target: `${WELL_KNOWN}/mcp` }, 404],
    [two, { host: 'evil.example.com' }, API],
    [two, { host: undefined }, API],
  ])('%j, %j: %s', async (given, request, resource) => {
    expect(resourceOf(await ask(given, request))).toBe(resource)
  })

  it('never repeats what a client sent', async () => {
    for (const request of [{ host: 'evil.example.com' }, { target: `${WELL_KNOWN}/evil.example.com` }]) {
      expect(JSON.stringify(await ask(two, request))).not.toContain('evil')
    }
  })
})

describe('over HTTP', () => {
  it('may be read by any origin, and be kept for an hour', async () => {
    expect((await ask({ resource: API }, {}))?.headers).toEqual({
      'content-type': 'application/json; charset=utf-8',
      'content-length': expect.stringMatching(/^\d+$/),
      'access-control-allow-origin': '*',
      'cache-control': 'public, max-age=3600',
    })
  })

  it('answers a preflight, and no other methods', async () => {
    const preflight = await ask({ resource: API }, { method: 'OPTIONS' })
    expect([preflight?.status, preflight?.body, preflight?.headers]).toEqual([
      204,
      '',
      {
        'access-control-allow-origin': '*',
        'access-control-allow-methods': 'GET, HEAD, OPTIONS',
        'access-control-allow-headers': '*',
        'access-control-max-age': '86400',
      },
    ])
    for (const method of ['POST', 'DELETE', 'get', 'TRACE']) {
      const refusedMethod = await ask({ resource: API }, { method })
      expect([refusedMethod?.status, refusedMethod?.headers['allow']]).toEqual([405, 'GET, HEAD, OPTIONS'])
    }
  })
})

describe('signed metadata (RFC 9728 §2.2)', () => {
  it.each([
    [{ name: 'ECDSA', namedCurve: 'P-256' }, 'ES256'],
    [{ name: 'ECDSA', namedCurve: 'P-384' }, 'ES384'],
    [{ name: 'Ed25519' }, 'EdDSA'],
    [{ name: 'RSA-PSS', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' }, 'PS256'],
    [
      { name: 'RSASSA-PKCS1-v1_5', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-512' },
      'RS512',
    ],
  ])('%j', async (algorithm, alg) => {
    const pair = (await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as CryptoKeyPair
    const own = server({ resource: API, signingKey: { key: pair.privateKey, kid: 'key-1' } })
    const { signed_metadata: statement = '', ...document } = await own.protectedResourceMetadata()
    const key = await importJWK(await exportJWK(pair.publicKey), alg)
    const { payload } = await compactVerify(statement, key)
    expect(decodeProtectedHeader(statement)).toEqual({ alg, typ: 'JWT', kid: 'key-1' })
    expect(JSON.parse(new TextDecoder().decode(payload))).toEqual({ ...document, iss: API, iat: expect.any(Number) })
    // Anybody may ask: it is not signed anew for each.
    expect((await own.protectedResourceMetadata()).signed_metadata).toBe(statement)
    own.requirements('new')
    expect((await own.protectedResourceMetadata()).signed_metadata).not.toBe(statement)
  })
})

describe('challenges', async () => {
  const { issuer, serve } = await createWorld()
  const one = serve({ resourceMetadata: { resource: `${API}/mcp` } })
  const url = `resource_metadata="${API}${WELL_KNOWN}/mcp"`

  it('have resource_metadata with each 401 and 403, for both schemes', async () => {
    const bare = refused(await one.authenticate({ ...bearer('x'), rawHeaders: [] }))
    expect(bare.headers['www-authenticate']).toBe(`Bearer realm="api", ${url}, DPoP algs="ES256", ${url}`)
    const forbidden = refused(await one.authenticate(bearer(await issuer.accessToken({})), one.requirements('a')))
    expect(forbidden.headers['www-authenticate']).toBe(
      `Bearer realm="api", ${url}, error="insufficient_scope", error_description="The access token lacks a required scope", scope="a", DPoP algs="ES256", ${url}`,
    )
  })

  it('have none with 400', async () => {
    const malformed = refused(await one.authenticate(bearer('a b')))
    expect([malformed.status, malformed.headers['www-authenticate']?.includes('resource_metadata')]).toEqual([
      400,
      false,
    ])
  })

  it('without credentials have the scopes of the route (RFC 6750 §3)', async () => {
    const { headers } = refused(
      await one.authenticate(
        { ...bearer('x'), rawHeaders: [] },
        one.requirements({ scopes: 'a', allOf: ['b'], anyOf: ['c', 'd'] }),
      ),
    )
    expect(headers['www-authenticate']).toBe(
      `Bearer realm="api", scope="a b", ${url}, DPoP algs="ES256", scope="a b", ${url}`,
    )
  })

  it.each([
    ['/mcp', '/mcp'],
    ['/mcp/tools?x=1', '/mcp'],
    ['/mcpx', ''],
    ['/', ''],
    ['/v1/deep/x', '/v1/deep'],
  ])('of several resources name the nearest: %s', async (target, path) => {
    const several = serve({
      resourceMetadata: ['', '/mcp', '/v1', '/v1/deep'].map((own) => ({ resource: API + own })),
    })
    const { headers } = refused(
      await several.authenticate({ ...bearer('x'), target, rawHeaders: ['Host', 'evil.example'] }),
    )
    expect(headers['www-authenticate']).toContain(`resource_metadata="${API}${WELL_KNOWN}${path}"`)
    expect(headers['www-authenticate']).not.toContain('evil')
  })
})

describe('bad options', async () => {
  const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])
  it.each([
    [[], 'resourceMetadata'],
    ['https://api.example.com', 'resourceMetadata'],
    [{}, 'resourceMetadata.resource'],
    [{ resource: 'http://api.example.com' }, 'resourceMetadata.resource'],
    [{ resource: 'https://api.example.com/#x' }, 'resourceMetadata.resource'],
    [{ resource: 'https://api.example.com/?x' }, 'resourceMetadata.resource'],
    [{ resource: 'https://u@api.example.com/' }, 'resourceMetadata.resource'],
    [{ resource: 'https://api.example.com/a"b' }, 'resourceMetadata.resource'],
    [{ resource: 'urn:api' }, 'resourceMetadata.resource'],
    [[{ resource: API }, { resource: `${API}/` }], 'resourceMetadata.resource'],
    [{ resource: API, scopes: 'a' }, 'resourceMetadata: unknown option'],
    [{ resource: API, scopesSupported: '' }, 'resourceMetadata.scopesSupported'],
    [{ resource: API, authorizationServers: [] }, 'resourceMetadata.authorizationServers'],
    [{ resource: API, authorizationServers: ['x'] }, 'resourceMetadata.authorizationServers'],
    [{ resource: API, documentation: 'javascript:1' }, 'resourceMetadata.documentation'],
    [{ resource: API, name: 1 }, 'resourceMetadata.name'],
    [{ resource: API, signingKey: pair.publicKey }, 'resourceMetadata.signingKey'],
    [{ resource: API, signingKey: 'secret' }, 'resourceMetadata.signingKey'],
    [{ resource: API, signingKey: { key: pair.privateKey, kid: 1 } }, 'resourceMetadata.signingKey'],
    [{ resource: API, name: undefined }, 'resourceMetadata.name'],
  ])('%#', async (given, message) => {
    const fault = await faultOf(() => server(given as ResourceMetadataOptions))
    expect([fault.name, fault.message.slice(0, message.length)]).toEqual(['TypeError', message])
    expect(fault.message).not.toContain('secret')
  })
})
