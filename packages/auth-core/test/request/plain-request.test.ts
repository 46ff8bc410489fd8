import { describe, expect, it } from 'vitest'
import type { PlainRequest } from '../../src/request/plain-request.js'
import { createWorld, errorOf, faultOf } from '../support.js'

const world = await createWorld()
const { issuer, server, key } = world
const token = await issuer.accessToken({ scope: 'read' })
const authorization = `Bearer ${token}`
const bound = await issuer.accessToken({ jkt: key.thumbprint })

async function dpopHeaders(): Promise<Record<string, string>> {
  return { authorization: `DPoP ${bound}`, dpop: await world.proof(bound) }
}

describe('verifyRequest takes', () => {
  it.each<readonly [string, PlainRequest]>([
    ['a web Request', new Request('https://api.test/items', { headers: { authorization } })],
    ['plain headers', { method: 'POST', url: '/items', headers: { Authorization: authorization } }],
    ['web Headers', { url: 'http://api.test', headers: new Headers({ authorization }) }],
    [
      'headers of Node, with lines and gaps',
      { url: '/', headers: { authorization: [authorization], cookie: undefined } },
    ],
    ['a list of entries', { url: '/', headers: [['authorization', authorization]] }],
    ['a Map', { url: '/', headers: new Map([['AUTHORIZATION', authorization]]) }],
  ])('%s', async (_, given) => {
    expect((await server.verifyRequest(given, server.requirements('read')))?.subject).toBe('user-1')
  })

  it('a proof for the URL that is given', async () => {
    const url = 'https://api.test/items'
    expect((await server.verifyRequest(new Request(url, { headers: await dpopHeaders() })))?.scheme).toBe('DPoP')
    expect((await server.verifyRequest({ url, headers: await dpopHeaders() }))?.thumbprint).toBe(key.thumbprint)
    for (const other of ['https://api.test/other', 'http://api.test/items', 'https://other.test/items']) {
      expect(
        (await errorOf(async () => server.verifyRequest({ url: other, headers: await dpopHeaders() }))).reason,
      ).toBe('proof_url')
    }
    const posted = { method: 'POST', url, headers: await dpopHeaders() }
    expect((await errorOf(() => server.verifyRequest(posted))).reason).toBe('proof_method')
  })

  it('one proof once, and of one object once', async () => {
    const headers = await dpopHeaders()
    const request = { url: 'https://api.test/items', headers }
    expect((await server.verifyRequest(request))?.scheme).toBe('DPoP')
    expect((await server.verifyRequest(request))?.scheme).toBe('DPoP')
    expect((await errorOf(() => server.verifyRequest({ ...request }))).reason).toBe('proof_replayed')
  })

  it.each<readonly [string, PlainRequest, string]>([
    ['nothing', { url: '/', headers: {} }, 'credentials_missing'],
    ['two lines', { url: '/', headers: { authorization: [authorization, authorization] } }, 'credentials_repeated'],
    ['a token in the query', { url: `/?access_token=${token}`, headers: {} }, 'credentials_missing'],
    [
      'forwarded headers',
      { url: '/', headers: { 'x-forwarded-host': 'api.test', authorization: 'Basic x' } },
      'credentials_missing',
    ],
  ])('and refuses %s', async (_, given, reason) => {
    const error = await errorOf(() => server.verifyRequest(given))
    expect([error.reason, error.headers['cache-control']]).toEqual([reason, 'no-store'])
  })

  it('anonymous requests, where credentials are optional', async () => {
    expect(await server.verifyRequest({ url: '/', headers: {} }, server.optional())).toBe(null)
  })

  it.each<readonly [object, string]>([
    [{ headers: {} }, 'url: got undefined'],
    [{ url: new URL('https://api.test/'), headers: {} }, 'url: got'],
    [{ url: '/', headers: 'authorization' }, 'headers: got "authorization"'],
    [{ url: '/' }, 'headers: got undefined'],
  ])('no %o', async (given, message) => {
    const error = await faultOf(() => server.verifyRequest(given as PlainRequest)) // wrong on purpose
    expect([error.name, error.message]).toEqual(['TypeError', expect.stringContaining(message)])
  })

  it('tells the header of the token, which printing does not show', async () => {
    const auth = await server.verifyRequest({ url: '/', headers: { authorization } })
    expect(auth?.header).toMatchObject({ alg: 'ES256', kid: issuer.signingKey.kid })
    expect(Object.keys(auth ?? {})).not.toContain('header')
  })
})
