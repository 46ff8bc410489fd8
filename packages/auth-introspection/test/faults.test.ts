import type { PlainRequest } from '@acme/auth-core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { introspection } from '../src/index.js'
import type { IntrospectionOptions } from '../src/index.js'
import { json, raw, startLiar } from './liar.js'
import type { Liar, Lie } from './liar.js'
import { createApi, told } from './support.js'
import type { Api } from './support.js'

const AUDIENCE = 'https://api.example.com'
const SECRET = 'a-secret-that-nobody-may-see'
let liar: Liar

beforeEach(async () => {
  liar = await startLiar()
})
afterEach(() => liar.close())

function api(options: Partial<IntrospectionOptions> = {}): Api {
  const opaqueTokens = introspection({ clientId: 'api', clientSecret: SECRET, timeout: 30, ...options })
  return createApi({ issuer: liar.issuer, audience: AUDIENCE, opaqueTokens }, 'frozen')
}

const good = (more: object = {}): object => ({
  active: true,
  aud: AUDIENCE,
  exp: Math.floor(Date.now() / 1000) + 300,
  token_type: 'Bearer',
  ...more,
})

/** Never ends its body. */
const stalled: Lie = (response) => {
  response.writeHead(200, { 'content-type': 'application/json' }).write('{"active":')
}
const silent: Lie = () => undefined
const reset: Lie = (response) => response.socket?.destroy()
const redirect: Lie = (response) => {
  response.writeHead(307, { location: `${liar.issuer}/elsewhere` }).end()
}
const huge: Lie = (response) => {
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(`{"active":true,"x":"${'x'.repeat(10_000_000)}"}`)
}

describe('answers that are none: 503, an event, and a pause', () => {
  const jwt = { 'content-type': 'application/token-introspection+jwt' }
  const rows: readonly (readonly [string, Lie, RegExp])[] = [
    ['active as text', json(good({ active: 'true' })), /active/],
    ['active as a number', json(good({ active: 1 })), /active/],
    ['no active', json({ aud: AUDIENCE }), /active/],
    ['a list', json([good()]), /cannot be used/],
    ['null', json(null), /cannot be used/],
    ['no JSON', raw('{"active":tru'), /cannot be used/],
    ['nothing', raw(''), /cannot be used/],
    ['HTML', raw('<html>{"active":true}</html>', { 'content-type': 'text/html' }), /not application.json/],
    ['JSON called HTML', raw(JSON.stringify(good()), { 'content-type': 'text/html' }), /not application.json/],
    ['JSON without its type', raw(JSON.stringify(good()), {}), /not application.json/],
    ['a JWT that nobody asked for', raw('e30.e30.', jwt), /not application.json/],
    ['10 MB', huge, /more than 524288 bytes/],
    ['a redirect', redirect, /redirect/],
    ['no content', raw('', {}, 204), /status 204/],
    ['status 500', json(good(), 500), /status 500/],
    ['status 404', json(good(), 404), /status 404/],
    ['status 429', json(good(), 429), /status 429/],
    ['a closed connection', reset, /no connection/],
    ['a body that does not end', stalled, /no answer within 0.2 s/],
    ['silence', silent, /no answer within 0.2 s/],
  ]

  it.each(rows)('%s', async (_name, lie, detail) => {
    const isLate = detail.source.includes('within')
    const { get, events } = api(isLate ? { timeout: 0.2 } : {})
    liar.lie = lie
    const [status, reason] = await get('a-token')
    expect([status, reason]).toEqual([503, isLate ? 'issuer_timeout' : 'issuer_unavailable'])
    expect(told(events)).toEqual([expect.stringMatching(new RegExp(`^failed: .*${detail.source}`))])
    expect(liar.questions).toHaveLength(1)
    // The pause: nobody is asked, for this token and for others.
    expect((await get('another'))[0]).toBe(503)
    expect(liar.questions).toHaveLength(1)
    expect(told(events)).toHaveLength(1)
  })

  it('lists in lists are of one token: 503, and no pause for others', async () => {
    const { get } = api()
    liar.lie = raw(`{"active":true,"x":${'['.repeat(9000)}${']'.repeat(9000)}}`)
    expect(await get('a-token')).toEqual([503, 'issuer_unavailable'])
    liar.lie = json(good())
    expect((await get('another'))[0]).toBe(200)
  })

  it('brackets within text are no lists', async () => {
    const { get } = api()
    liar.lie = json(good({ nickname: '{"['.repeat(2000) }))
    expect((await get('a-token'))[0]).toBe(200)
  })

  it('has Retry-After', async () => {
    const { server } = api()
    liar.lie = reset
    const refused = server.verifyRequest({ method: 'GET', url: AUDIENCE, headers: { authorization: 'Bearer x' } })
    await expect(refused).rejects.toMatchObject({ status: 503, headers: { 'retry-after': '1' } })
  })

  it('goes on with what is remembered', async () => {
    const { get } = api()
    liar.lie = json(good())
    expect((await get('one'))[0]).toBe(200)
    liar.lie = reset
    expect((await get('two'))[0]).toBe(503)
    expect((await get('one'))[0]).toBe(200)
  })

  it('RFC 9701: an answer without signature is none, where they are demanded', async () => {
    const { get, events } = api({ signed: true })
    liar.lie = json(good())
    expect((await get('x'))[0]).toBe(503)
    expect(told(events)).toEqual(['failed: an answer that is not signed'])
  })
})

describe('our own credentials', () => {
  const rows: readonly (readonly [string, Lie])[] = [
    ['401', json({ error: 'invalid_client' }, 401)],
    ['401 with a challenge', raw('', { 'www-authenticate': 'Basic realm="x"' }, 401)],
    ['400', json({ error: 'invalid_client', error_description: SECRET }, 400)],
    ['403', json({}, 403)],
  ]

  it.each(rows)('%s is a misconfiguration, and not the client’s 401', async (_name, lie) => {
    const { get, events } = api()
    liar.lie = lie
    expect(await get('x')).toEqual([503, 'issuer_unavailable'])
    expect(told(events)).toEqual([expect.stringMatching(/^misconfigured: .*the client id or credentials of this API/)])
    expect(JSON.stringify(events)).not.toContain(SECRET)
    expect((await get('y'))[0]).toBe(503)
    expect(liar.questions).toHaveLength(1)
  })

  it('other requests that are refused are refused for their token: those of others go on', async () => {
    const { get, events } = api()
    liar.lie = (response, token, request) =>
      (token === 'poison' ? json({ error: 'invalid_request' }, 400) : json(good()))(response, token, request)
    expect((await get('poison'))[0]).toBe(503)
    expect((await get('a-good-one'))[0]).toBe(200)
    expect(told(events)).toEqual(['failed: status 400'])
  })
})

describe('the pause after failures', () => {
  it('ends with one question, doubles, and is over with the first answer', async () => {
    const { get, advance, events } = api()
    liar.lie = reset
    await get('x')
    const asked = (): number => liar.questions.length
    expect(asked()).toBe(1)
    advance(1.1)
    await Promise.all(Array.from({ length: 20 }, (_, index) => get(`token-${index}`)))
    expect(asked()).toBe(2)
    // At least half of two seconds.
    advance(0.9)
    await get('y')
    expect(asked()).toBe(2)
    advance(1.2)
    liar.lie = json(good())
    expect((await get('z'))[0]).toBe(200)
    expect((await get('y'))[0]).toBe(200)
    expect(told(events).map((text) => text.split(':')[0])).toEqual(['failed', 'failed', 'recovered'])
  })

  it('twenty at once at a dead endpoint are one failure', async () => {
    const { get, events } = api()
    liar.lie = reset
    await Promise.all(Array.from({ length: 20 }, (_, index) => get(`token-${index}`)))
    expect(told(events)).toHaveLength(1)
  })

  it('shows when asked whether the server is ready', async () => {
    const { get, server, advance } = api()
    liar.lie = reset
    await get('x')
    expect(await server.ready()).toMatchObject({ opaqueTokens: 'down' })
    advance(2)
    liar.lie = json(good())
    await get('x')
    expect(await server.ready()).toMatchObject({ opaqueTokens: 'up' })
  })

  it('is not prolonged by a clock that is set back', async () => {
    const { get, advance } = api()
    liar.lie = reset
    await get('x')
    liar.lie = json(good())
    advance(-3600)
    expect((await get('x'))[0]).toBe(200)
  })
})

describe('many tokens', () => {
  it('are 64 questions at once, and 503 beyond', async () => {
    const { get } = api({ timeout: 60 })
    const held: (() => void)[] = []
    liar.lie = (response, token, request) => held.push(() => json({ active: false })(response, token, request))
    const outcomes = Array.from({ length: 200 }, (_, index) => get(`garbage-${index}`))
    const beyond = outcomes.map(async (outcome) => (await outcome)[0])
    await expect.poll(() => held.length, { timeout: 10_000 }).toBe(64)
    for (const answer of held) answer()
    const statuses = await Promise.all(beyond)
    expect(statuses.filter((status) => status === 401)).toHaveLength(64)
    expect(statuses.filter((status) => status === 503)).toHaveLength(136)
    expect(liar.open.most).toBe(64)
    // They are done with, so that others get through.
    liar.lie = json(good())
    expect((await get('good'))[0]).toBe(200)
  })

  it('that were made up push out no good one', async () => {
    const { get } = api()
    liar.lie = (response, token, request) =>
      json(token === 'good' ? good() : { active: false })(response, token, request)
    expect((await get('good'))[0]).toBe(200)
    for (let batch = 0; batch < 22; batch++) {
      await Promise.all(Array.from({ length: 50 }, (_, index) => get(`garbage-${batch}-${index}`)))
    }
    const asked = liar.questions.length
    expect((await get('good'))[0]).toBe(200)
    expect(liar.questions.length).toBe(asked)
  }, 30_000)

  it('of which each has a refusal of its own', async () => {
    const { server } = api()
    liar.lie = reset
    const headers = { authorization: 'Bearer same' }
    const request = { method: 'GET', url: `${AUDIENCE}/`, headers }
    const sent = (id: string): PlainRequest => ({ ...request, headers: { ...headers, 'x-request-id': id } })
    const refused = await Promise.all(
      ['one', 'two'].map((id) => server.verifyRequest(sent(id)).catch((error: unknown) => error)),
    )
    expect(refused).toMatchObject([{ correlationId: 'one' }, { correlationId: 'two' }])
    expect(liar.questions).toHaveLength(1)
  })

  it('one question for one token, and another after it has failed', async () => {
    const { get, advance } = api()
    liar.lie = reset
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => get('same')))
    expect(outcomes.every(([status]) => status === 503)).toBe(true)
    expect(liar.questions).toHaveLength(1)
    advance(2)
    liar.lie = json(good())
    expect((await get('same'))[0]).toBe(200)
  })
})

describe('an answer is used', () => {
  it('until the token expires', async () => {
    const { get, advance } = api({ cache: 3600 })
    liar.lie = json(good({ exp: Math.floor(Date.now() / 1000) + 11 }))
    expect((await get('x'))[0]).toBe(200)
    // Within the tolerance: what is left of the token is for its issuer to say.
    advance(12)
    expect((await get('x'))[0]).toBe(200)
    expect(liar.questions).toHaveLength(2)
    advance(30)
    expect(await get('x')).toEqual([401, 'token_expired'])
  })

  it('no longer when the clock was set back', async () => {
    const { get, advance } = api()
    liar.lie = json(good())
    await get('x')
    advance(-3600)
    await get('x')
    expect(liar.questions).toHaveLength(2)
  })

  it('by nobody who could change it', async () => {
    const { server } = api()
    liar.lie = json(good({ roles: ['reader'] }))
    const first = await server.verifyAccessToken('x')
    expect(() => Object.assign(first.claims, { roles: ['admin'] })).toThrow(TypeError)
    expect((await server.verifyAccessToken('x')).roles).toEqual(['reader'])
  })
})

describe('the metadata', () => {
  const { stringify } = JSON
  const rows: readonly (readonly [string, (issuer: string) => Liar['metadata'], RegExp])[] = [
    ['of another issuer', () => ({ issuer: 'https://other.example.com' }), /./],
    ['with another spelling', (issuer) => ({ issuer: `${issuer}/`, introspection_endpoint: `${issuer}/ask` }), /./],
    ['without endpoint', (issuer) => ({ issuer }), /metadata without introspection_endpoint/],
    ['with plain http', (issuer) => ({ issuer, introspection_endpoint: 'http://internal/ask' }), /not https/],
    ['with a password', (issuer) => ({ issuer, introspection_endpoint: 'https://a:b@x/ask' }), /not https/],
    ['with a file', (issuer) => ({ issuer, introspection_endpoint: 'file:///ask' }), /not https/],
    ['no text', (issuer) => ({ issuer, introspection_endpoint: [`${issuer}/ask`] }), /not https/],
    ['not there', () => json({}, 404), /status 404/],
    ['HTML', () => raw(stringify({}), { 'content-type': 'text/html' }), /cannot be used/],
    ['silence', () => silent, /within 0.2 s/],
  ]

  it.each(rows)('%s: 503, and no secret goes anywhere', async (_name, metadata, detail) => {
    const { get, events } = api(detail.source.includes('within') ? { timeout: 0.2 } : {})
    liar.metadata = metadata(liar.issuer)
    expect((await get('x'))[0]).toBe(503)
    expect(told(events)).toEqual([expect.stringMatching(detail)])
    expect(liar.questions).toEqual([])
  })

  it('is read once by all who come at first', async () => {
    const { get } = api()
    liar.lie = json(good())
    await Promise.all(Array.from({ length: 50 }, (_, index) => get(`token-${index}`)))
    expect(liar.documents).toEqual(['/.well-known/openid-configuration'])
    expect(liar.questions).toHaveLength(50)
  })

  it('may name the endpoint in the document of RFC 8414 alone', async () => {
    const { issuer } = liar
    liar.metadata = (response, token, request) => {
      const has = request.url === '/.well-known/oauth-authorization-server'
      json(has ? { issuer, introspection_endpoint: `${issuer}/ask` } : { issuer })(response, token, request)
    }
    liar.lie = json(good())
    expect((await api().get('x'))[0]).toBe(200)
  })

  it('is read again after a failure, and not asked for where the endpoint is set', async () => {
    const moved = api()
    liar.metadata = { issuer: liar.issuer, introspection_endpoint: `${liar.issuer}/gone` }
    expect((await moved.get('x'))[0]).toBe(503)
    liar.metadata = { issuer: liar.issuer, introspection_endpoint: `${liar.issuer}/ask` }
    liar.lie = json(good())
    moved.advance(2)
    expect((await moved.get('x'))[0]).toBe(200)
    liar.metadata = silent
    expect((await api({ endpoint: `${liar.issuer}/ask` }).get('x'))[0]).toBe(200)
  })
})

describe("tokens: 'all'", () => {
  const jwt = (claims: object): string => {
    const segment = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url')
    return `${segment({ alg: 'ES256', typ: 'at+jwt' })}.${segment(claims)}.AAAA`
  }

  it('asks about JWTs of the issuer, whose signature is not looked at', async () => {
    const { get } = api({ tokens: 'all' })
    liar.lie = json(good())
    expect(await get(jwt({ iss: liar.issuer }))).toEqual([200, ''])
    liar.lie = json({ active: false })
    expect(await get(jwt({ iss: liar.issuer, sub: 'revoked' }))).toEqual([401, 'token_invalid'])
    expect(liar.questions).toHaveLength(2)
  })

  it.each([
    ['of another issuer', 'all', () => jwt({ iss: 'https://other.example.com/' })],
    ['of no issuer', 'all', () => jwt({ sub: 'alice' })],
    ['of the issuer, without it', 'opaque', () => jwt({ iss: liar.issuer, exp: 1 })],
  ] as const)('asks about none %s', async (_name, tokens, token) => {
    const { get } = api({ tokens })
    liar.lie = json(good())
    expect((await get(token()))[0]).toBe(401)
    expect(liar.questions).toEqual([])
  })
})
