import type { RequestListener } from 'node:http'

import { describe, expect, it } from 'vitest'

import { discoverProtectedResource } from '../../src/index.js'
import { serve } from '../support.js'

const ROOT = '/.well-known/oauth-protected-resource'

/** An API that serves documents at paths. */
async function api(
  documents: (origin: string) => Readonly<Record<string, unknown>>,
): Promise<{ origin: string; asked: string[] }> {
  const asked: string[] = []
  const listener: RequestListener = (request, response) => {
    asked.push(request.url ?? '')
    const found = documents(origin)[request.url ?? '']
    if (found === undefined) response.writeHead(404).end()
    else response.end(typeof found === 'string' ? found : JSON.stringify(found))
  }
  const origin: string = await serve(listener)
  return { origin, asked }
}

const named = (url: string): { headers: Headers } => ({
  headers: new Headers({ 'www-authenticate': `Bearer resource_metadata="${url}"` }),
})

describe('the metadata of an API (RFC 9728)', () => {
  it('at the path that is inserted, then at the root', async () => {
    const { origin, asked } = await api((own) => ({
      [ROOT]: {
        resource: own,
        authorization_servers: ['https://issuer.test/'],
        scopes_supported: ['a', 1],
        dpop_bound_access_tokens_required: true,
      },
    }))
    expect(await discoverProtectedResource(`${origin}/v1/messages`)).toEqual({
      resource: origin,
      authorizationServers: ['https://issuer.test/'],
      scopesSupported: ['a'],
      dpopRequired: true,
    })
    expect(asked).toEqual([`${ROOT}/v1/messages`, ROOT])
  })

  it('names issuers by https alone', async () => {
    const given = ['https://a.test', 'http://b.test', 'javascript:alert(1)', 'c.test', 7, null, 'http://127.0.0.1:9/']
    const { origin } = await api((own) => ({ [ROOT]: { resource: own, authorization_servers: given } }))
    const { authorizationServers } = await discoverProtectedResource(origin)
    expect(authorizationServers).toEqual(['https://a.test', 'http://127.0.0.1:9/'])
  })

  it.each(['http://api.example.com', 'ftp://127.0.0.1/', 'data:application/json,{}'])(
    'is not asked for at %s, where anybody could answer',
    async (url) => {
      const asked: unknown[] = []
      const fetch = (input: unknown): Promise<Response> => (asked.push(input), Promise.resolve(new Response('{}')))
      await expect(discoverProtectedResource(url, { fetch })).rejects.toMatchObject({ reason: 'options_invalid' })
      expect(asked).toEqual([])
    },
  )

  it('where the challenge says', async () => {
    const { origin, asked } = await api((own) => ({ '/meta': { resource: `${own}/v1`, authorization_servers: [] } }))
    const found = await discoverProtectedResource(`${origin}/v1/messages`, { response: named(`${origin}/meta`) })
    expect([found.resource, found.authorizationServers]).toEqual([`${origin}/v1`, []])
    expect(asked).toEqual(['/meta'])
  })

  it('not where another origin is named', async () => {
    const evil = await api((own) => ({ [ROOT]: { resource: own, authorization_servers: ['https://evil.test/'] } }))
    const { origin } = await api((own) => ({
      [ROOT]: { resource: own, authorization_servers: ['https://issuer.test/'] },
    }))
    const found = await discoverProtectedResource(origin, { response: named(`${evil.origin}${ROOT}`) })
    expect(found.authorizationServers).toEqual(['https://issuer.test/'])
    expect(evil.asked).toEqual([])
  })

  it.each<[string, (own: string) => unknown]>([
    ['of another origin', () => ({ resource: 'https://other.test/' })],
    ['of another path', (own) => ({ resource: `${own}/v2` })],
    ['of a path that begins alike', (own) => ({ resource: `${own}/v` })],
    ['of a URL with a fragment', (own) => ({ resource: `${own}/v1#x` })],
    ['of a URL with a user', (own) => ({ resource: own.replace('//', '//user@') })],
    ['without resource', () => ({ authorization_servers: [] })],
    ['with a resource that is no URL', () => ({ resource: 'api' })],
    ['a list', () => []],
    ['null', () => 'null'],
    ['HTML', () => '<html>'],
    ['of ten megabytes', () => `{"resource":"${'x'.repeat(10_000_000)}"}`],
  ])('a document %s is refused', async (_, document) => {
    const { origin } = await api((own) => ({ [`${ROOT}/v1`]: document(own) }))
    await expect(discoverProtectedResource(`${origin}/v1`)).rejects.toMatchObject({ reason: 'answer_invalid' })
  })

  it.each<[string, RequestListener, string]>([
    [
      'redirects',
      (_request, response) => response.writeHead(302, { location: 'https://evil.test/' }).end(),
      'answer_invalid',
    ],
    ['fails', (_request, response) => response.writeHead(500).end(), 'server'],
    ['resets', (request) => request.socket.destroy(), 'network'],
    ['stalls', () => undefined, 'timeout'],
    ['stalls in the middle', (_request, response) => void response.write('{'), 'timeout'],
    ['has none', (_request, response) => response.writeHead(404).end(), 'answer_invalid'],
  ])('a server that %s', async (_, listener, reason) => {
    const origin = await serve(listener)
    await expect(discoverProtectedResource(origin, { timeout: 0.3 })).rejects.toMatchObject({ reason })
  })
})
