import { contractAnswer } from '@acme/auth-conformance'
import type { ContractRoute, ContractServer, StartContractServer } from '@acme/auth-conformance'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { createWorld, send } from './support.js'
import type { Answer, World } from './support.js'

const RESOURCE = 'https://api.example.com/mcp'
const WELL_KNOWN = '/.well-known/oauth-protected-resource'
const METADATA = `resource_metadata="https://api.example.com${WELL_KNOWN}/mcp"`
const CORS = 'access-control-allow-origin: *'

const routes: readonly ContractRoute[] = [
  { path: '/any', wanted: [], guard: 'route', mountedAt: undefined },
  { path: '/read', wanted: ['read:messages'], guard: 'route', mountedAt: undefined },
]

/** The metadata of a protected resource (RFC 9728), and where challenges name it: the same on all frameworks. */
export function describeMetadata(framework: string, start: StartContractServer): void {
  describe(`protected resource metadata on ${framework}`, () => {
    let world: World
    let server: ContractServer
    beforeAll(async () => {
      world = await createWorld()
      const options = { ...world.options, resourceMetadata: { resource: RESOURCE } }
      server = await start({ options, trustProxy: false, routes })
    })
    afterAll(async () => {
      await server.close()
      await world.issuer.close()
    })

    async function ask(path: string, method = 'GET', host = 'api.example.com'): Promise<Answer> {
      return send(
        server.port,
        path,
        [
          ['Host', host],
          ['Origin', 'https://app.example.com'],
        ],
        method,
      )
    }

    it.each([WELL_KNOWN, `${WELL_KNOWN}/mcp`, `${WELL_KNOWN}/mcp?x=1`])('RFC 9728 §3.1: is at %s', async (path) => {
      const { status, headers, body } = await ask(path)
      expect(status).toBe(200)
      expect(headers).toContain(CORS)
      expect(headers).toContain('content-type: application/json; charset=utf-8')
      expect(headers).toContain('cache-control: public, max-age=3600')
      expect(JSON.parse(body)).toEqual({
        resource: RESOURCE,
        authorization_servers: [world.options.issuer],
        scopes_supported: ['read:messages'],
        bearer_methods_supported: ['header'],
        dpop_signing_alg_values_supported: ['ES256'],
        dpop_bound_access_tokens_required: false,
      })
    })

    it('RFC 9110 §9.3.2: HEAD has its headers, and no body', async () => {
      const { status, headers, body } = await ask(WELL_KNOWN, 'HEAD')
      expect([status, body]).toEqual([200, ''])
      expect(headers).toContain(CORS)
    })

    it('answers a preflight of any origin', async () => {
      const { status, headers, body } = await ask(`${WELL_KNOWN}/mcp`, 'OPTIONS')
      expect([status, body]).toEqual([204, ''])
      expect(headers).toContain(CORS)
      expect(headers).toContain('access-control-allow-headers: *')
    })

    it('RFC 9110 §15.5.6: takes no other method', async () => {
      const { status, headers } = await ask(WELL_KNOWN, 'POST')
      expect(status).toBe(405)
      expect(headers).toContain('allow: GET, HEAD, OPTIONS')
    })

    it('is not there for another resource, and repeats nothing', async () => {
      const { status, body } = await ask(`${WELL_KNOWN}/evil`, 'GET', 'evil.example.com')
      expect([status, body]).toEqual([404, '{"error":"not_found"}'])
    })

    it.each([
      ['/any', ''],
      ['/read', ', scope="read:messages"'],
    ])('RFC 9728 §5.1: is named by the bare 401 of %s, Bearer first', async (path, scope) => {
      const { status, headers } = await ask(path)
      expect(status).toBe(401)
      expect(headers).toContain(
        `www-authenticate: Bearer realm="api"${scope}, ${METADATA}, DPoP algs="ES256"${scope}, ${METADATA}`,
      )
    })

    it('RFC 9728 §5.1: is named by a 403', async () => {
      const { status, headers } = await send(server.port, '/read', await world.bearer({}))
      expect(status).toBe(403)
      const challenge = headers.find((header) => header.startsWith('www-authenticate:'))
      expect(challenge).toContain('scope="read:messages"')
      expect(challenge).toContain(METADATA)
    })

    it('is in the way of no other request', async () => {
      const { status, body } = await send(server.port, '/any', await world.bearer({}))
      const expected = contractAnswer({ subject: 'user-1', scheme: 'Bearer', scopes: [] })
      expect([status, JSON.parse(body)]).toEqual([200, expected])
    })
  })
}
