import { createTestIssuer } from '@acme/auth-testing'
import { describe, expect, it } from 'vitest'
import { resolveIssuers } from '../../src/issuer/resolve-issuers.js'
import { readIssuerForm } from '../../src/issuer/issuer-form.js'
import { createResourceServer } from '../../src/resource-server.js'
import type { ResourceServer } from '../../src/resource-server-types.js'
import { NOW, errorOf, faultOf } from '../support.js'

const TENANT = '72f988bf-86f1-41af-91ab-2d7cd011db47'
const OTHER = '11111111-2222-3333-4444-555555555555'
const at = (tenant: string): string => `https://login.test/${tenant}/v2.0`

/** The common endpoint: metadata for all tenants, whose issuer is the template. */
async function commonEndpoint(metadata: Readonly<Record<string, unknown>> = {}): Promise<{
  readonly requests: string[]
  serve(tenants?: readonly string[]): ResourceServer
  token(iss: string, claims?: Readonly<Record<string, unknown>>): Promise<string>
}> {
  const issuer = await createTestIssuer({ algorithm: 'ES256', now: () => NOW })
  const requests: string[] = []
  const document = { issuer: at('{tenantid}'), jwks_uri: 'https://login.test/common/keys', ...metadata }
  const fetch: typeof globalThis.fetch = async (input) => {
    const url = String(input instanceof Request ? input.url : input)
    requests.push(url)
    if (url === 'https://login.test/common/v2.0/.well-known/openid-configuration') return Response.json(document)
    if (url === 'https://login.test/common/keys') return Response.json({ keys: [issuer.signingKey.publicJwk] })
    return new Response(null, { status: 404 })
  }
  return {
    requests,
    serve: (tenants) => {
      const trusted = { issuer: at('{tenantid}'), audience: 'api', ...(tenants !== undefined && { tenants }) }
      return createResourceServer({ issuers: [trusted], fetch }, { now: () => NOW })
    },
    token: (iss, claims = {}) =>
      issuer.accessToken({ rawPayload: JSON.stringify({ iss, aud: 'api', exp: NOW + 60, ...claims }) }),
  }
}

describe('an issuer of all tenants', () => {
  it('has one set of keys, from the common endpoint', async () => {
    const { requests, serve, token } = await commonEndpoint()
    const server = serve()
    for (const tenant of [TENANT, OTHER, crypto.randomUUID(), crypto.randomUUID()]) {
      expect((await server.verifyAccessToken(await token(at(tenant), { tid: tenant }))).claims.iss).toBe(at(tenant))
    }
    expect(requests).toEqual([
      'https://login.test/common/v2.0/.well-known/openid-configuration',
      'https://login.test/common/keys',
    ])
    expect(server.issuerStatus()).toMatchObject([{ issuer: at('{tenantid}'), state: 'fresh' }])
  })

  it('remembers its tokens, each with its tenant', async () => {
    const { serve, token } = await commonEndpoint()
    const server = serve()
    const mine = await token(at(TENANT))
    for (let round = 0; round < 4; round += 1) {
      expect((await server.verifyAccessToken(mine)).claims.iss).toBe(at(TENANT))
    }
  })

  it('has its accepted tenants only, when they are listed', async () => {
    const { requests, serve, token } = await commonEndpoint()
    const server = serve([TENANT])
    expect((await errorOf(async () => server.verifyAccessToken(await token(at(OTHER))))).detail).toBe(
      `iss is "${at(OTHER)}"; want a trusted issuer`,
    )
    expect(requests).toEqual([])
    await server.verifyAccessToken(await token(at(TENANT)))
    expect((await errorOf(async () => server.verifyAccessToken(await token(at(TENANT), { tid: OTHER })))).detail).toBe(
      `tid is "${OTHER}", iss names "${TENANT}"`,
    )
  })

  it.each([
    ['in upper case', at(TENANT.toUpperCase())],
    ['by name', at('contoso.onmicrosoft.com')],
    ['common', at('common')],
    ['without hyphens', at(TENANT.replaceAll('-', ''))],
    ['with a slash', at(`${TENANT.slice(0, 30)}/v2.0x`)],
    ['with a query', at(`${TENANT.slice(0, 35)}?`)],
    ['with a line feed', `${at(TENANT)}\n`],
    ['of another path', `https://login.test/${TENANT}/v2.0/`],
    ['of another host', `https://login.test.evil/${TENANT}/v2.0`],
    ['of another host with as many letters', `https://login.evil/${TENANT}/v2.0`],
    ['of another path with as many letters', `https://login.test/${TENANT}/v1.0`],
    ['two tenants', at(`${TENANT}/${OTHER}`)],
    ['none', at('')],
  ])('refuses a tenant %s without a request', async (_, iss) => {
    const { requests, serve, token } = await commonEndpoint()
    const server = serve()
    expect((await errorOf(async () => server.verifyAccessToken(await token(iss)))).reason).toBe('token_invalid')
    expect(requests).toEqual([])
  })

  it('refuses the template itself', async () => {
    const { serve, token } = await commonEndpoint()
    const server = serve()
    expect((await errorOf(async () => server.verifyAccessToken(await token(at('{tenantid}'))))).detail).toBe(
      `iss is "${at('{tenantid}')}", which names no accepted tenant`,
    )
  })

  it.each([
    ['one tenant', { issuer: at(TENANT) }],
    ['the common endpoint by its own URL', { issuer: at('common') }],
    ['another template', { issuer: 'https://login.evil/{tenantid}/v2.0' }],
  ])('is unavailable where the metadata is that of %s', async (_, metadata) => {
    const { serve, token } = await commonEndpoint(metadata)
    const server = serve()
    expect((await errorOf(async () => server.verifyAccessToken(await token(at(TENANT))))).reason).toBe(
      'issuer_unavailable',
    )
  })
})

describe('options of tenants', () => {
  const resolve = (options: object): unknown =>
    resolveIssuers({ audience: 'a', issuers: [options] }, ['RS256'], readIssuerForm)

  it.each<readonly [object, string | undefined]>([
    [{ issuer: 'https://{tenantid}.login.test/' }, 'issuers[0].issuer: '],
    [{ issuer: 'https://login.test/{tenantid}' }, undefined],
    [{ issuer: 'https://login.test/a/{tenantid}/b/' }, undefined],
    [{ issuer: 'https://login.test/a/long/path/{tenantid}/b/' }, undefined],
    [{ issuer: 'http://localhost:3000/{tenantid}/v2.0' }, undefined],
    [{ issuer: 'https://sts.windows.net/{tenantid}/', jwksUri: 'https://login.test/common/keys' }, undefined],
    [{ issuer: 'https://login.test/x{tenantid}/v2.0' }, 'issuers[0].issuer: '],
    [{ issuer: 'https://login.test/{tenantid}x/v2.0' }, 'issuers[0].issuer: '],
    [{ issuer: 'https://login.test/{tenantid}/{tenantid}' }, 'issuers[0].issuer: '],
    [{ issuer: 'https://login.test/{tenantid}?' }, 'issuers[0].issuer: '],
    [{ issuer: at(TENANT), tenants: [TENANT] }, 'issuers[0].tenants: '],
    ...[[], TENANT, [TENANT.toUpperCase()], ['contoso.com'], [TENANT, 1], [[TENANT]], [''], null, {}].map(
      (tenants) => [{ issuer: at('{tenantid}'), tenants }, 'issuers[0].tenants: '] as const,
    ),
  ])('%o: %s', async (options, message) => {
    if (message === undefined) expect(() => resolve(options)).not.toThrow()
    else expect((await faultOf(() => resolve(options))).message).toMatch(message)
  })
})
