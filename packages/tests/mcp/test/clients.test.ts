import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { connectUserV1, connectUserV2, connectV1, connectV2, connectV2WithToken } from './clients.js'
import type { Connected, Secret } from './clients.js'
import { sampleNames, startWorld } from './world.js'
import type { World } from './world.js'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.close())

/** What a client sent, beside what it did with the answers. */
interface Traffic {
  readonly send: typeof fetch
  readonly requests: {
    readonly method: string
    readonly path: string
    readonly scheme: string | undefined
    readonly status: number
    readonly challenge: string
  }[]
}

function traffic(): Traffic {
  const requests: Traffic['requests'][number][] = []
  const send: typeof fetch = async (input, init) => {
    const request = new Request(input, init)
    const scheme = request.headers.get('authorization')?.split(' ')[0]
    const response = await fetch(request)
    requests.push({
      method: request.method,
      path: new URL(request.url).pathname,
      scheme,
      status: response.status,
      challenge: response.headers.get('www-authenticate') ?? '',
    })
    return response
  }
  return { send, requests }
}

function secretOf(id: string, scope?: string): Secret {
  const { tenant } = world
  const { secret } = tenant.clients.find((client) => client.id === id) ?? { secret: '' }
  return { clientId: id, clientSecret: secret, expectedIssuer: tenant.issuer, ...(scope !== undefined && { scope }) }
}

const BOTH = 'read:messages write:messages'
const WELL_KNOWN = '/.well-known/oauth-protected-resource/mcp'

/** By its name: what connects, and the scheme of its requests. */
const WAYS: Readonly<Record<string, { scheme: string; connect(url: URL, send: typeof fetch): Promise<Connected> }>> = {
  'v1 by client credentials': {
    scheme: 'Bearer',
    connect: (url, send) => connectV1(url, secretOf('writer', BOTH), send),
  },
  'v2 by client credentials': { scheme: 'Bearer', connect: (url, send) => connectV2(url, secretOf('writer'), send) },
  'v2 by client credentials, DPoP': {
    scheme: 'DPoP',
    connect: (url, send) => connectV2(url, secretOf('writer'), send, true),
  },
  'v1 by code and PKCE': { scheme: 'Bearer', connect: (url, send) => connectUserV1(url, world.tenant.issuer, send) },
  'v2 by code and PKCE': { scheme: 'Bearer', connect: (url, send) => connectUserV2(url, world.tenant.issuer, send) },
  'v2 by code and PKCE, DPoP': {
    scheme: 'DPoP',
    connect: (url, send) => connectUserV2(url, world.tenant.issuer, send, true),
  },
}

describe.each(sampleNames)('the sample API on %s', (name) => {
  const urlOf = (): URL => new URL('/mcp', world.samples[name].origin)

  test.each(Object.entries(WAYS))('%s', async (_way, { scheme, connect }) => {
    const { send, requests } = traffic()
    const client = await connect(urlOf(), send)
    const { tools } = await client.listTools()
    expect(tools.map((tool) => tool.name)).toEqual(['list_messages', 'send_message'])
    expect(await client.callTool({ name: 'list_messages' })).toMatchObject({ content: [{ type: 'text' }] })
    expect(JSON.stringify(await client.callTool({ name: 'send_message', arguments: { text: 'hello' } }))).toContain(
      'hello',
    )
    await client.close()

    // Refused without credentials, it read the metadata that the challenge named, and no other (RFC 9728 §5.1).
    expect(requests[0]).toMatchObject({ path: '/mcp', scheme: undefined, status: 401 })
    expect(requests[1]).toMatchObject({ path: WELL_KNOWN, status: 200 })
    expect(requests.filter(({ path }) => path.includes('oauth-protected-resource') && path !== WELL_KNOWN)).toEqual([])
    const accepted = requests.filter(({ path, status }) => path === '/mcp' && status === 200)
    expect(new Set(accepted.map((one) => one.scheme))).toEqual(new Set([scheme]))
    // It asked for a stream, with its token, and learned that there is none.
    const asked = requests.filter(({ path, method }) => path === '/mcp' && method === 'GET')
    expect(new Set(asked.map((one) => one.status))).toEqual(new Set([405]))
  })

  test.each(['GET', 'DELETE'])('%s /mcp: 401 without a token, 405 with one (RFC 9110 §15.5.6)', async (method) => {
    const bare = await fetch(urlOf(), { method })
    expect([bare.status, bare.headers.get('allow')]).toEqual([401, null])
    const authorization = `Bearer ${await readerToken(urlOf())}`
    const response = await fetch(urlOf(), { method, headers: { authorization, accept: 'text/event-stream' } })
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST'])
    expect(response.headers.get('www-authenticate')).toBeNull()
    expect(await response.json()).toEqual({ error: 'method_not_allowed' })
  })

  test.each([
    ['v1', (url: URL, send: typeof fetch) => connectV1(url, secretOf('reader', 'read:messages'), send)],
    // By itself it would ask for all scopes of the metadata.
    ['v2', async (url: URL, send: typeof fetch) => connectV2WithToken(url, await readerToken(url), send)],
  ] as const)('%s is refused a tool whose scope its token lacks, by a 403', async (_version, connect) => {
    const { send, requests } = traffic()
    const client = await connect(urlOf(), send)
    await expect(client.callTool({ name: 'list_messages' })).resolves.toBeDefined()
    await expect(client.callTool({ name: 'send_message', arguments: { text: 'hello' } })).rejects.toThrow()
    await client.close()
    const refused = requests.filter(({ path, status }) => path === '/mcp' && status === 403)
    expect(refused.length).toBeGreaterThan(0)
    for (const { challenge } of refused) {
      expect(challenge).toMatch(/^Bearer .*error="insufficient_scope"/)
      expect(challenge).toContain('scope="write:messages"')
      expect(challenge).toContain(`resource_metadata="${new URL(WELL_KNOWN, urlOf()).href}"`)
    }
  })

  test.each(['/.well-known/oauth-protected-resource', WELL_KNOWN])('describes itself at %s', async (path) => {
    const response = await fetch(new URL(path, urlOf()))
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
    expect(await response.json()).toMatchObject({
      resource: urlOf().href,
      authorization_servers: [world.tenant.issuer],
      scopes_supported: ['read:messages', 'write:messages'],
      bearer_methods_supported: ['header'],
    })
  })

  test('refuses a token of another resource of the same issuer', async () => {
    const token = await readerToken(new URL('http://127.0.0.1:9/mcp'))
    const { send } = traffic()
    await expect(connectV2WithToken(urlOf(), token, send)).rejects.toThrow()
    const response = await fetch(urlOf(), { method: 'POST', headers: { authorization: `Bearer ${token}` } })
    expect(response.status).toBe(401)
  })
})

async function readerToken(resource: URL): Promise<string> {
  const { clientId, clientSecret } = secretOf('reader')
  const response = await fetch(new URL('oauth/token', world.tenant.issuer), {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: clientSecret,
      resource: resource.href,
    }),
  })
  const { access_token: token } = (await response.json()) as { access_token: string } // as: RFC 6749 §5.1
  return token
}
