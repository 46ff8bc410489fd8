import type { IncomingMessage, RequestListener } from 'node:http'

import { describe, expect, it } from 'vitest'

import { createFetch } from '../../src/index.js'
import { proofOf, serve } from '../support.js'
import { bound, refuse, source, world } from './world.js'

describe('other origins', () => {
  const trap = async (): Promise<{ origin: string; requests: IncomingMessage[] }> => {
    const requests: IncomingMessage[] = []
    const origin = await serve((request, response) => {
      requests.push(request)
      response.end('elsewhere')
    })
    return { origin, requests }
  }
  const to =
    (status: number, location: string): RequestListener =>
    (request, response) => {
      if (request.url === '/') response.writeHead(status, { location }).end()
      else response.end(`${request.method} ${request.url}`)
    }

  it.each([301, 302, 303, 307, 308])('%i to another origin goes there without the token', async (status) => {
    const other = await trap()
    const { call, origin } = await world(to(status, `${other.origin}/file`))
    expect(await (await call(`${origin}/`)).text()).toBe('elsewhere')
    const [seen] = other.requests
    expect([seen?.headers.authorization, seen?.headers['dpop'], seen?.url]).toEqual([undefined, undefined, '/file'])
  })

  it.each([false, true])('nor with what else is for the API alone, of a Request: %s', async (asRequest) => {
    const other = await trap()
    const { origin } = await world(to(302, `${other.origin}/file`))
    const own = createFetch(source(bound), { origins: [origin] })
    // As fetch itself leaves them out of a redirect to another origin.
    const headers = { cookie: 'session=1', 'proxy-authorization': 'Basic eDp5', 'x-kept': '1' }
    await (asRequest ? own(new Request(`${origin}/`, { headers })) : own(`${origin}/`, { headers }))
    const seen = other.requests[0]?.headers
    expect([seen?.cookie, seen?.['proxy-authorization'], seen?.['x-kept']]).toEqual([undefined, undefined, '1'])
    expect(`http://${seen?.host}`).toBe(other.origin)
  })

  it('not even where tokens may go to that origin', async () => {
    const other = await trap()
    const { origin } = await world(to(302, other.origin))
    await createFetch(source(bound), { origins: [origin, other.origin] })(`${origin}/`)
    expect(other.requests[0]?.headers.authorization).toBeUndefined()
  })

  it.each([307, 308])('%i of a POST to another origin is refused: what is in it is for the API', async (status) => {
    const other = await trap()
    const { call, origin } = await world(to(status, other.origin))
    await expect(call(`${origin}/`, { method: 'POST', body: 'x' })).rejects.toMatchObject({
      reason: 'redirect_refused',
    })
    expect(other.requests).toEqual([])
  })

  it.each([
    [301, 'GET', 'GET /next'],
    [302, 'POST', 'GET /next'],
    [303, 'POST', 'GET /next'],
    [303, 'PUT', 'GET /next'],
    [307, 'POST', 'POST /next'],
    [308, 'PUT', 'PUT /next'],
  ])('%i of a %s on the same origin: %s, with a proof of its own', async (status, method, expected) => {
    const { call, origin, requests } = await world(to(status, '/next?x=1'))
    const response = await call(`${origin}/`, { method, ...(method !== 'GET' && { body: 'x' }) })
    expect(await response.text()).toBe(`${expected}?x=1`)
    expect(proofOf(requests[1] as IncomingMessage)).toMatchObject({
      htu: `${origin}/next`,
      htm: expected.split(' ')[0],
    })
    expect(requests[1]?.headers.authorization).toBe('DPoP bound')
  })

  it.each([
    ['to nowhere', 'http://'],
    ['to a script', 'javascript:alert(1)'],
    ['to a file', 'file:///etc/passwd'],
    ['to TLS, of which the API knows nothing', 'https://127.0.0.1:1/'],
    ['with credentials', 'http://user:secret@127.0.0.1:1/'],
  ])('a redirect %s is refused', async (_, location) => {
    const { call, origin } = await world(to(302, location))
    await expect(call(`${origin}/`)).rejects.toMatchObject({ reason: 'redirect_refused' })
  })

  it.each([false, true])('what told of the body goes with it (RFC 9110 §15.4), of a Request: %s', async (asRequest) => {
    const { call, origin, requests } = await world((request, response) => {
      if (request.method === 'POST') response.writeHead(303, { location: '/next' }).end()
      else response.end()
    })
    const headers = { 'content-type': 'text/plain', 'content-language': 'en', 'x-kept': '1' }
    const init = { method: 'POST', body: 'x', headers }
    await (asRequest ? call(new Request(origin, init)) : call(origin, init))
    const followed = requests.at(-1)?.headers
    expect([followed?.['content-type'], followed?.['content-language'], followed?.['x-kept']]).toEqual([
      undefined,
      undefined,
      '1',
    ])
  })

  it('a circle of redirects ends', async () => {
    const { call, origin, requests } = await world((request, response) => {
      response.writeHead(302, { location: `${request.url}x` }).end()
    })
    await expect(call(origin)).rejects.toMatchObject({ reason: 'redirect_refused' })
    expect(requests).toHaveLength(6)
  })

  it('the caller may want to see redirects, or none', async () => {
    const { call, origin } = await world(to(302, '/next'))
    expect((await call(`${origin}/`, { redirect: 'manual' })).status).toBe(302)
    await expect(call(`${origin}/`, { redirect: 'error' })).rejects.toMatchObject({ reason: 'redirect_refused' })
  })

  it.each(['https://evil.example.com/', 'http://127.0.0.1:1/', 'http://localhost/'])(
    'a call to %s, which is not listed, is refused before anything is sent',
    async (url) => {
      const { call } = await world(refuse(200, {}))
      await expect(call(url)).rejects.toMatchObject({ reason: 'origin_refused', code: 'VAL_2003' })
    },
  )

  it('a nonce of one server is not sent to another', async () => {
    const answer =
      (nonce: string): RequestListener =>
      (_request, response) =>
        void response.writeHead(200, { 'dpop-nonce': nonce }).end()
    const requests: IncomingMessage[] = []
    const a = await serve((request, response) => (requests.push(request), answer('of-a')(request, response)))
    const b = await serve((request, response) => (requests.push(request), answer('of-b')(request, response)))
    const call = createFetch(source(bound), { origins: [a, b] })
    for (const origin of [a, b, a, b]) await call(origin)
    expect(requests.map((one) => proofOf(one)['nonce'])).toEqual([undefined, undefined, 'of-a', 'of-b'])
  })
})
