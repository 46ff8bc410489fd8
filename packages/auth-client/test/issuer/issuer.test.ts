import type { ServerResponse } from 'node:http'

import type { TestFault } from '@acme/auth-testing'
import { describe, expect, it } from 'vitest'

import { serve } from '../support.js'
import { Clock, clientOf, failureOf, issuerOf } from '../support/client.js'

function answer(response: ServerResponse, metadata: object): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(metadata))
}

describe('metadata', () => {
  it('is read once for all who ask, and again after its time', async () => {
    const clock = new Clock()
    const issuer = await issuerOf()
    const client = clientOf(issuer, { now: clock.now, metadataMaxAge: 600 })
    await Promise.all([1, 2, 3].map((index) => client.logoutUrl({ state: String(index) })))
    expect(issuer.count('metadata')).toBe(1)
    clock.advance(599)
    await client.logoutUrl()
    expect(issuer.count('metadata')).toBe(1)
    clock.advance(1)
    await client.logoutUrl()
    expect(issuer.count('metadata')).toBe(2)
    clock.advance(-7200)
    await client.logoutUrl()
    expect(issuer.count('metadata')).toBe(3)
  })

  it('is that of RFC 8414 where there is no other', async () => {
    const issuer = await issuerOf()
    issuer.fail('/.well-known/openid-configuration', { status: 404 })
    await clientOf(issuer).clientCredentials().getAccessToken()
  })

  it.each<[string, TestFault]>([
    ['of another issuer', { change: { issuer: 'https://evil.test/' } }],
    ['that names no issuer', { change: { issuer: undefined } }],
    ['with a token endpoint without TLS', { change: { token_endpoint: 'http://evil.test/token' } }],
    ['with a token endpoint that is a script', { change: { token_endpoint: 'javascript:alert(1)' } }],
    ['with an authorization endpoint without TLS', { change: { authorization_endpoint: 'http://evil.test/' } }],
    ['with an alias without TLS', { change: { mtls_endpoint_aliases: { token_endpoint: 'http://evil.test/' } } }],
    ['with credentials in an endpoint', { change: { revocation_endpoint: 'https://a:b@evil.test/' } }],
    ['that is HTML', { body: '<html>', contentType: 'text/html' }],
    ['that is a list', { body: '[]' }],
    ['above 512 KiB', { body: ' '.repeat(512 * 1024 + 1) }],
    ['behind a redirect', 'redirect-loop'],
  ])('%s is refused, and nothing is sent', async (_, fault) => {
    const issuer = await issuerOf()
    issuer.fail('metadata', fault)
    const error = await failureOf(clientOf(issuer).clientCredentials().getAccessToken())
    expect(error).toMatchObject({ reason: 'answer_invalid', code: 'VAL_2002' })
    expect(issuer.count('token')).toBe(0)
  })

  it('that differs by a slash is of another issuer', async () => {
    const issuer = await issuerOf()
    const error = await failureOf(
      clientOf({ issuer: issuer.issuer.replace(/\/$/, '') })
        .clientCredentials()
        .getAccessToken(),
    )
    expect(error.reason).toBe('answer_invalid')
  })

  it('that fails is asked for again, and a failure is not kept', async () => {
    const issuer = await issuerOf()
    issuer.fail('metadata', 'reset', { times: 2 })
    await clientOf(issuer).clientCredentials().getAccessToken()
    expect(issuer.count('metadata')).toBe(3)
  })

  it('of a caller who gave up is still there for the others', async () => {
    let asked = 0
    const waiting: (() => void)[] = []
    const origin = await serve((_request, response) => {
      asked += 1
      const end_session_endpoint = `${origin}/logout`
      waiting.push(() => answer(response, { issuer: origin, end_session_endpoint }))
      release()
    })
    let release = (): void => undefined
    const arrived = new Promise<void>((resolve) => (release = resolve))
    const client = clientOf({ issuer: origin })
    const caller = new AbortController()
    const [first, second] = [client.logoutUrl({ signal: caller.signal }), client.logoutUrl()]
    await arrived
    caller.abort(new Error('gone'))
    await expect(first).rejects.toThrow('gone')
    for (const go of waiting) go()
    expect(await second).toContain('/logout')
    expect(asked).toBe(1)
  })
})
