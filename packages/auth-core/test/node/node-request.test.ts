import { createServer } from 'node:http'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

import { sendRaw } from '@acme/auth-conformance'
import { describe, expect, it, onTestFinished } from 'vitest'

import { nodeResourceRequest } from '../../src/node/node-request.js'
import type { NodeRequest } from '../../src/node/node-request.js'
import { frameworkResourceRequest } from '../../src/node/framework-request.js'
import { headerValues } from '../../src/request/resource-request.js'
import { createWorld, faultOf, verdict } from '../support.js'

const trustedHops = (): number => 0
const SOCKET = { remoteAddress: '192.0.2.1', encrypted: true }

describe('nodeResourceRequest', () => {
  it('reads what Node received', () => {
    const incoming = { method: 'POST', url: '/a?b', rawHeaders: ['A', '1'], headers: { a: '1' }, socket: SOCKET }
    const read = nodeResourceRequest(incoming, { trustedHops: (chain) => chain.length })
    const { method, target, rawHeaders, scheme, peer } = read
    expect([method, target, rawHeaders, scheme, peer]).toEqual(['POST', '/a?b', ['A', '1'], 'https', '192.0.2.1'])
    expect(read.identity).toBe(incoming)
    expect(read.trustedHops(['192.0.2.1', '192.0.2.2'])).toBe(2)
  })

  it.each([
    ['nothing', {}, 'http'],
    ['no socket', { rawHeaders: [] }, 'http'],
    ['a socket that is gone', { rawHeaders: [], socket: null }, 'http'],
    ['a plain socket', { rawHeaders: [], socket: {} }, 'http'],
    ['encrypted false', { rawHeaders: [], socket: { encrypted: false } }, 'http'],
  ])('%s', (_, incoming, scheme) => {
    const read = nodeResourceRequest(incoming, { trustedHops })
    expect([read.method, read.target, read.scheme, read.peer]).toEqual(['', '', scheme, undefined])
    expect(headerValues(read, 'authorization')).toEqual([])
  })

  it('takes the target and the identity of a framework that has its own', () => {
    const identity = {}
    const read = nodeResourceRequest({ url: '/x', rawHeaders: [] }, { target: '/api/x', identity, trustedHops })
    expect(read.target).toBe('/api/x')
    expect(read.identity).toBe(identity)
  })
})

describe('without a raw list', () => {
  it.each<[string, NodeRequest, readonly string[]]>([
    ['one value', { headers: { authorization: 'a' } }, ['a']],
    ['an empty raw list', { rawHeaders: [], headers: { authorization: 'a' } }, ['a']],
    ['a list of one', { headers: { authorization: ['a'] } }, ['a']],
    ['a list of two, which came twice', { headers: { authorization: ['a', 'b'] } }, ['a', 'b']],
    ['two in one value', { headers: { authorization: 'a, b' } }, ['a, b']],
    ['a name as the client wrote it', { headers: { Authorization: 'a' } }, ['a']],
    ['two names that differ in case', { headers: { Authorization: 'a', authorization: 'b' } }, ['a', 'b']],
    ['none', { headers: { authorization: undefined } }, []],
    ['another one', { headers: { 'x-authorization': 'a' } }, []],
    ['no headers', { headers: {} }, []],
    ['a raw list and no headers', { rawHeaders: ['Authorization', 'a', 'authorization', 'b'] }, ['a', 'b']],
  ])('%s', (_, incoming, values) => {
    expect(headerValues(nodeResourceRequest(incoming, { trustedHops }), 'authorization')).toEqual(values)
    const express = { ...incoming, originalUrl: '/' }
    expect(headerValues(frameworkResourceRequest(express), 'authorization')).toEqual(values)
    const fastify = { raw: incoming, originalUrl: '/', headers: incoming.headers }
    expect(headerValues(frameworkResourceRequest(fastify), 'authorization')).toEqual(values)
  })

  it.each([
    [
      'nobody',
      { method: 'GET', url: '/items', socket: SOCKET, headers: { host: 'api.test' } },
      '401 credentials_missing',
    ],
    ['the raw list comes first', { rawHeaders: ['Host', 'api.test'], headers: {} }, '401 credentials_missing'],
  ])('%s', async (_, incoming, expected) => {
    const { server } = await createWorld()
    expect(verdict(await server.authenticate(nodeResourceRequest(incoming, { trustedHops })))).toBe(expected)
  })

  it('what is no request at all is a fault, and no stranger', async () => {
    expect((await faultOf(() => frameworkResourceRequest({ originalUrl: '/' }))).name).toBe('TypeError')
  })
})

describe('a handler of pages and functions, which gets a request of Node with more on it', async () => {
  const world = await createWorld()

  /** As such handlers look: `export default (req, res) => …`, with query, cookies and body parsed. */
  async function handler(req: IncomingMessage): Promise<string> {
    const more = { query: {}, cookies: { session: /session=([^;]*)/.exec(req.headers.cookie ?? '')?.[1] }, body: null }
    Object.assign(req, more)
    if (more.cookies.session !== undefined) req.headers.authorization = `Bearer ${more.cookies.session}`
    return verdict(await world.server.authenticate(nodeResourceRequest(req, { trustedHops })))
  }

  async function sent(headers: readonly (readonly [string, string])[]): Promise<string> {
    const server = createServer((req, res) => void handler(req).then((answer) => res.end(answer)))
    onTestFinished(() => void server.close())
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo // listens on TCP
    return (await sendRaw(port, { method: 'GET', target: '/items', headers: [['Host', 'api.test'], ...headers] })).body
  }

  it('judges it', async () => {
    const token = await world.issuer.accessToken()
    expect(await sent([])).toBe('401 credentials_missing')
    expect(await sent([['Authorization', `Bearer ${token}`]])).toBe('accepted')
    expect(await sent([['Cookie', `session=${token}`]])).toBe('accepted')
    expect(
      await sent([
        ['Authorization', 'Bearer x'],
        ['Authorization', `Bearer ${token}`],
      ]),
    ).toBe('400 credentials_repeated')
    const bound = await world.issuer.accessToken({ jkt: world.key.thumbprint })
    const proof = await world.proof(bound, { url: 'http://api.test/items' })
    const headers = [
      ['Authorization', `DPoP ${bound}`],
      ['DPoP', proof],
    ] as const
    expect(await sent(headers)).toBe('accepted')
    expect(await sent(headers)).toBe('400 proof_replayed')
    expect(await sent([...headers, ['dpop', proof]])).toBe('400 proof_repeated')
  })
})
