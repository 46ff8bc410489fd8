import * as fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createResourceServer, explain, explanationText, isAuthError } from '../../src/index.js'
import type { Trace, TraceOptions, TraceStore } from '../../src/index.js'
import { createTraceList } from '../../src/traces/trace-list.js'
import { AUDIENCE, bearer, createWorld, errorOf, faultOf, refused, request } from '../support.js'

afterEach(() => vi.unstubAllEnvs())

const world = await createWorld({ traces: true }, { issuer: 'https://issuer.test/' })
const { issuer, key, server, events } = world
const GOOD = { issuer: 'https://issuer.test/', audience: AUDIENCE }

async function kept(by = server, sent = request()): Promise<Trace> {
  const { error } = refused(await by.authenticate(sent))
  const trace = await by.trace(error.correlationId ?? '')
  if (trace === undefined) throw new Error('no trace')
  return trace
}

describe('a trace', () => {
  it('tells who asked for what, and each check', async () => {
    const token = await issuer.accessToken({ claims: { aud: 'https://other.test/' } })
    const trace = await kept(server, { ...bearer(token, { target: '/items?secret=1' }), route: '/items' })
    expect(trace).toMatchObject({
      time: world.clock.now(),
      method: 'GET',
      path: '/items',
      route: '/items',
      scheme: 'Bearer',
      status: 401,
      code: 'AUTH_1002',
      reason: 'token_invalid',
    })
    expect(trace.checks.find(({ outcome }) => outcome === 'failed')).toEqual({
      check: 'audience',
      clause: 'RFC 7519 §4.1.3, RFC 9068 §4',
      outcome: 'failed',
      expected: `this API in aud: ${AUDIENCE}`,
      seen: `aud is "https://other.test/", accepted is "${AUDIENCE}"`,
      setting: 'audience',
      fix: 'the client requests a token with that audience; or, if the token is meant for this API, set audience (AUTH0_AUDIENCE) to its aud',
    })
    expect(trace.checks.find(({ check }) => check === 'issuer')).toMatchObject({
      outcome: 'passed',
      seen: 'https://issuer.test/',
      expected: 'a trusted issuer: https://issuer.test/',
    })
  })

  it('is text for people: what to mend first, then the checks', async () => {
    const trace = await kept(world.serve({ traces: true, correlationId: () => 'id-1' }))
    expect(explanationText(trace)).toBe(
      [
        'refused GET /items at 2025-10-09T08:53:20Z, correlation id id-1: 401 credentials_missing (AUTH_1003)',
        '  check     credentials (RFC 6750 §2.1, RFC 9110 §11.6.2)',
        '  expected  one Authorization header with a scheme and a token of at most 16 KiB',
        '  fix       send an access token in the Authorization header; see that no proxy removes it',
        '',
        'FAIL  credentials',
        '-     scheme',
        '-     requirements',
      ].join('\n'),
    )
  })

  it('has advice of the detail before that of the check, and no text of a caller as advice', async () => {
    const token = await issuer.accessToken({ claims: { iss: 'https://x.test/"; run this; "' } })
    const { checks } = await kept(server, bearer(token))
    const failed = checks.find(({ outcome }) => outcome === 'failed')
    expect(failed?.seen).toContain('run this')
    expect(failed?.fix).not.toContain('run this')
    expect(failed?.fix).toMatch(/^want a trusted issuer; .*set domain \(AUTH0_DOMAIN\), issuer/)
  })

  it('holds no token, proof, nonce or identifier of them, and fits lines, whatever was sent', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 3000 }), fc.anything(), async (text, value) => {
        const claims = {
          iss: text,
          aud: [text],
          jti: 'SECRET-1',
          nonce: 'SECRET-2',
          scope: text,
          cnf: { [text]: value },
        }
        const rawPayload = JSON.stringify({ ...claims, exp: world.clock.now() + 60 })
        const token = await issuer.accessToken({ rawPayload })
        const good = await issuer.accessToken({ jkt: key.thumbprint, claims: { jti: 'SECRET-1' } })
        const proof = await world.proof(good, {
          url: `https://a.test/${encodeURI('é')}?SECRET-3`,
          claims: { jti: 'SECRET-4' },
        })
        const sent = [
          bearer(token, { target: '/items?SECRET-5' }),
          request({ authorization: `DPoP ${good}`, dpop: proof }),
          request({ authorization: `DPoP ${good}`, dpop: 'SECRET-6' }),
          request({ authorization: 'SECRET-7' }),
        ]
        for (const one of sent) {
          const trace = await kept(server, one)
          const all = JSON.stringify(trace)
          expect(all).not.toMatch(/SECRET/)
          for (const secret of [token, good, proof]) expect(all).not.toContain(secret.slice(-40))
          expect(all.length).toBeLessThan(32 * 1024)
          for (const line of explanationText(trace).split('\n')) expect(line).toMatch(/^[\x20-\x7e§…]*$/)
        }
      }),
      { numRuns: 30 },
    )
  })
})

describe('what is lacked', () => {
  it.each([
    [{ scopes: 'write' }, { scope: 'read list' }, 'lacks write; scope is "read list"'],
    [{ scopes: 'write' }, {}, 'lacks write; scope is missing'],
    [
      { permissions: 'admin' },
      { claims: { permissions: ['user'] } },
      String.raw`lacks admin; permissions is "[\u0022user\u0022]"`,
    ],
    [{ roles: 'admin' }, {}, 'lacks "admin"'],
  ])('%j is told beside what the token has', async (wanted, token, seen) => {
    const sent = bearer(await issuer.accessToken(token))
    const { error } = refused(await server.authenticate(sent, server.requirements(wanted)))
    const trace = await server.trace(error.correlationId ?? '')
    expect(trace?.checks.find(({ outcome }) => outcome === 'failed')?.seen).toBe(seen)
    // Of an error nothing of the token is known.
    expect(explain(error).checks.find(({ outcome }) => outcome === 'failed')?.seen).toBe(seen.split(';')[0])
  })
})

describe('explain', () => {
  it('makes the same of the event, with the report, but for what was seen', async () => {
    const trace = await kept(server, bearer(await issuer.accessToken({ expiresIn: -60 })))
    const [event] = events.slice(-1)
    if (event === undefined) throw new Error('no event')
    const plain = ({ checks }: Trace) =>
      checks.map(({ outcome, seen, ...others }) => ({ ...others, outcome, ...(outcome === 'failed' && { seen }) }))
    expect(plain(explain(event, server.report()))).toEqual(plain(trace))
  })

  it('takes an error, and what a request was answered', async () => {
    const outcome = refused(await server.authenticate(request()))
    expect(explain(outcome)).toMatchObject({
      reason: 'credentials_missing',
      status: 401,
      correlationId: outcome.error.correlationId,
    })
    const error = await errorOf(() => server.verifyAccessToken('x'))
    expect(isAuthError(error)).toBe(true)
    expect(explain(error).checks.find((one) => one.outcome === 'failed')?.check).toBe('token form')
    expect(explanationText(explain(error))).toMatch(/^refused at .*Z: 401 token_invalid/)
  })

  it('refuses a request that was accepted', async () => {
    await server.authenticate(bearer(await issuer.accessToken()))
    const [event] = events.slice(-1)
    if (event === undefined) throw new Error('no event')
    expect((await faultOf(() => explain(event))).message).toBe(
      'explain: got a request that was let through, or something else, want a decision, or an AuthError, of a request that was refused',
    )
  })
})

describe('what is kept', () => {
  it.each([
    ['development', undefined, true],
    ['production', undefined, false],
    ['production', true, true],
    ['development', false, false],
  ])('in %s with %j: %j', async (environment, traces, isKept) => {
    vi.stubEnv('NODE_ENV', environment)
    const own = world.serve({ ...(traces !== undefined && { traces }) })
    const { error } = refused(await own.authenticate(request()))
    expect((await own.trace(error.correlationId ?? '')) !== undefined).toBe(isKept)
    expect(own.traces()).toHaveLength(isKept ? 1 : 0)
  })

  it('is nothing of requests that are accepted', async () => {
    const own = world.serve({ traces: true })
    await own.authenticate(bearer(await issuer.accessToken()))
    await own.authenticate(request(), own.optional())
    expect(own.traces()).toEqual([])
  })

  it('the newest, until they are too old', async () => {
    let id = 'a'
    const own = world.serve({ traces: { max: 2, maxAge: 60 }, correlationId: () => id })
    for (id of ['b', 'a', 'c']) await own.authenticate(request({ target: `/${id}` }))
    expect(own.traces().map((trace) => trace.correlationId)).toEqual(['c', 'a'])
    expect(await own.trace('b')).toBeUndefined()
    world.clock.advance(61)
    expect(await own.trace('a')).toBeUndefined()
    expect(own.traces()).toEqual([])
    world.clock.advance(-61)
  })

  it('so many characters at most', () => {
    const list = createTraceList({ max: 10, maxAge: 60, now: () => 0 })
    const text = 'x'.repeat(30 * 1024)
    for (let index = 0; index < 10; index++) list.put({ id: String(index), group: 'a', text })
    expect([...list.latest()]).toHaveLength(2)
    expect(list.get('9')).toEqual([text])
    expect(list.get('7')).toEqual([])
  })

  it.each([
    ['an object', 1],
    ['no number', { max: 0 }],
    ['many', { max: 10_001 }],
    ['for no time', { maxAge: 0 }],
    ['a store that is none', { store: { put: () => undefined } }],
    ['a promise of a store', { store: Promise.resolve() }],
    ['an unknown name', { most: 1 }],
  ])('%s is refused', async (_, traces) => {
    const options = { ...GOOD, traces: traces as TraceOptions } // as JavaScript might
    expect((await faultOf(() => createResourceServer(options))).message).toMatch(/^traces/)
  })
})

describe('a store that replicas share', () => {
  function memory(): TraceStore & { readonly held: Map<string, readonly string[]> } {
    const held = new Map<string, readonly string[]>()
    return {
      held,
      put: async (id, text) => void held.set(id, [...(held.get(id) ?? []), text]),
      get: async (id) => held.get(id) ?? [],
    }
  }

  it('has what one process wrote for the others', async () => {
    const store = memory()
    const [one, other] = [world.serve({ traces: { store } }), world.serve({ traces: { store } })]
    const trace = await kept(one)
    expect(await other.trace(trace.correlationId ?? '')).toEqual(trace)
    expect(await other.trace('unknown')).toBeUndefined()
    expect(other.traces()).toEqual([])
  })

  it('is asked for nothing but plain names', async () => {
    const get = vi.fn<() => string[]>(() => [])
    const own = world.serve({ traces: { store: { put: () => undefined, get } } })
    for (const id of ['', 'a b', '../x', 'x'.repeat(129), '*', 'a\n']) expect(await own.trace(id)).toBeUndefined()
    expect(get).not.toHaveBeenCalled()
  })

  it.each([
    [
      'throws',
      () => {
        throw new Error('down')
      },
    ],
    ['rejects', () => Promise.reject(new Error('down'))],
    ['never answers', () => new Promise<void>(() => undefined)],
  ])('that %s changes no answer, and keeps little', async (_, put) => {
    const calls = vi.fn<() => void | Promise<void>>(put)
    const own = world.serve({ traces: { store: { put: calls, get: () => [] } } })
    for (let sent = 0; sent < 150; sent++) expect((await own.authenticate(request())).ok).toBe(false)
    expect(own.traces()).toHaveLength(150)
    expect(calls.mock.calls.length).toBe(50)
  })

  it.each(['{}', '[]', 'null', 'x'])('that answers %s is a fault', async (text) => {
    const own = world.serve({ traces: { store: { put: () => undefined, get: () => [text] } } })
    await expect(own.trace('id')).rejects.toThrow()
  })
})

describe('an operator', () => {
  it('gets a trace, a list, or 404', async () => {
    const own = world.serve({ traces: true, correlationId: () => 'id-1' })
    const trace = await kept(own)
    const auth = {}
    const found = await own.traceResponse({ auth, id: 'id-1' })
    expect(found.status).toBe(200)
    expect(JSON.parse(found.body)).toEqual(trace)
    expect(found.headers).toEqual({
      'content-type': 'application/json; charset=utf-8',
      'content-length': String(Buffer.byteLength(found.body)),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    })
    expect(await own.traceResponse({ auth, id: 'id-2' })).toMatchObject({ status: 404, body: '{"error":"not_found"}' })
    const { checks: _, ...summary } = trace
    const list = await own.traceResponse({ auth, id: undefined })
    expect(JSON.parse(list.body)).toEqual({ traces: [summary] })
  })

  it.each([undefined, null])('gets nothing where no guard was: %j', async (auth) => {
    await expect(server.traceResponse({ auth, id: 'id-1' })).rejects.toThrow('no guard has let this request through')
  })
})
