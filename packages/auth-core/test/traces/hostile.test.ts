import { createTestKey } from '@acme/auth-testing'
import { describe, expect, it, vi } from 'vitest'
import { explain, explanationText } from '../../src/index.js'
import type { AuthOptions, ResourceServer, Trace, TraceStore } from '../../src/index.js'
import { createTraceList } from '../../src/traces/trace-list.js'
import { AUDIENCE, bearer, createWorld, refused, request } from '../support.js'

// What somebody may do to the traces of others, or by them.

const world = await createWorld({ traces: true }, { issuer: 'https://issuer.test/' })
const { issuer, clock } = world
const stranger = await createTestKey('ES256')

/** Refused under a name that its caller chose. */
const named = (id: string, target: string): Promise<unknown> =>
  server.authenticate(request({ target, headers: ['X-Request-Id', id] }))
let server: ResourceServer = world.server
const pathsOf = (trace: Trace | undefined): (string | undefined)[] =>
  trace === undefined ? [] : [trace, ...(trace.later ?? [])].map(({ path }) => path)
const fresh = (options: Partial<AuthOptions> = {}): ResourceServer =>
  (server = world.serve({ traces: true, ...options }))

describe('a name that callers choose', () => {
  it('is that of the first refusal for good: nobody replaces the trace of another', async () => {
    fresh()
    await named('victim', '/victim')
    for (let sent = 1; sent <= 50; sent++) await named('victim', `/attack/${sent}`)
    expect(pathsOf(await server.trace('victim'))).toEqual(['/victim', '/attack/48', '/attack/49', '/attack/50'])
    expect(server.traces()).toHaveLength(4)
  })

  it('keeps what a retry under the same name was refused for', async () => {
    fresh({ dpop: { nonce: { secret: 's'.repeat(32), mode: 'required' } } })
    const headers = ['X-Request-Id', 'retried']
    refused(await server.authenticate(await world.dpopRequest({}, { headers })))
    refused(await server.authenticate(request({ headers })))
    const trace = await server.trace('retried')
    expect([trace?.reason, trace?.later?.map(({ reason }) => reason)]).toEqual([
      'nonce_required',
      ['credentials_missing'],
    ])
    const text = trace === undefined ? '' : explanationText(trace)
    expect(text).toContain('\nlater, with the same correlation id:\nrefused GET /items ')
  })

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('%s is a name as any other', async (id) => {
    fresh()
    expect(await server.trace(id)).toBeUndefined()
    await named(id, '/items')
    expect(pathsOf(await server.trace(id))).toEqual(['/items'])
  })

  it.each(['a b', '../../etc/passwd', 'a\u0000', 'x'.repeat(129), 'a/b', '%2e%2e'])(
    '%j is none: it gets another',
    async (id) => {
      fresh()
      await named(id, '/items')
      expect(server.traces().map(({ correlationId }) => correlationId)).toEqual([
        expect.stringMatching(/^[\da-f-]{36}$/),
      ])
      expect(await server.trace(id)).toBeUndefined()
    },
  )
})

describe('a flood', () => {
  /** So many refusals, within so many seconds. */
  async function flood(
    refusals: number,
    seconds: number,
    make: (index: number) => ReturnType<typeof request>,
  ): Promise<void> {
    for (let sent = 0; sent < refusals; sent++) {
      if (sent % Math.ceil(refusals / seconds) === 0) clock.advance(1)
      expect((await server.authenticate(make(sent))).ok).toBe(false)
    }
  }

  it('of requests without credentials leaves the traces of others', async () => {
    fresh({ traces: { max: 100 } })
    const wanted = server.requirements('read')
    await server.authenticate(bearer(await issuer.accessToken(), { headers: ['X-Request-Id', 'scope'] }), wanted)
    const other = await issuer.accessToken({ claims: { aud: 'https://other.test/' } })
    await server.authenticate(bearer(other, { headers: ['X-Request-Id', 'audience'] }))
    await flood(2000, 10, (index) => request({ headers: ['X-Request-Id', `attack-${index}`] }))
    expect((await server.trace('scope'))?.reason).toBe('scope_missing')
    expect((await server.trace('audience'))?.reason).toBe('token_invalid')
    expect(server.traces()).toHaveLength(100)
  })

  it('of one caller leaves the traces of other callers with the same check', async () => {
    fresh({ traces: { max: 50 } })
    const wanted = server.requirements('read')
    const ofVictim = bearer(await issuer.accessToken({ claims: { sub: 'victim' } }), { headers: ['X-Request-Id', 'v'] })
    await server.authenticate(ofVictim, wanted)
    const token = await issuer.accessToken({ claims: { sub: 'attacker' } })
    for (let sent = 0; sent < 150; sent++) await server.authenticate(bearer(token), wanted)
    expect((await server.trace('v'))?.subject).toBe('victim')
    expect(server.traces({ subject: 'attacker' })).toHaveLength(49)
  })

  it('of all that anybody can be refused for leaves those who have a token', async () => {
    fresh({ traces: { max: 60 } })
    await server.authenticate(
      bearer(await issuer.accessToken(), { headers: ['X-Request-Id', 'v'] }),
      server.requirements('read'),
    )
    const forged = await issuer.accessToken({ signature: 'flipped' })
    const expired = await issuer.accessToken({ expiresIn: -60, key: stranger })
    const unknown = await issuer.accessToken({ header: { kid: 'unknown' } })
    const kinds = [
      request(),
      bearer('x'),
      bearer(forged),
      bearer(expired),
      bearer(unknown),
      request({ authorization: 'Bearer' }),
    ]
    await flood(1200, 4, (index) => ({ ...(kinds[index % kinds.length] ?? request()), identity: {} }))
    expect((await server.trace('v'))?.reason).toBe('scope_missing')
  })

  it('of large tokens takes no more memory than small ones', async () => {
    fresh({ traces: { max: 500 } })
    const claims = { pad: 'x'.repeat(11_000), scope: 'ä'.repeat(300), iss: 'ö'.repeat(300) }
    const token = await issuer.accessToken({ claims })
    expect(token.length).toBeGreaterThan(14 * 1024)
    await flood(3000, 15, () => bearer(token))
    const traces = server.traces()
    expect(traces.length).toBeLessThanOrEqual(500)
    expect(JSON.stringify(traces).length).toBeLessThan(500 * 8 * 1024)
  })

  it('makes no more than so many traces of a kind within a second', async () => {
    fresh()
    for (let sent = 0; sent < 300; sent++) await server.authenticate(request())
    await server.authenticate(bearer('x'))
    expect(server.traces()).toHaveLength(201)
    clock.advance(1)
    await server.authenticate(request())
    expect(server.traces()).toHaveLength(202)
  })
})

describe('the list', () => {
  it('has room for everybody: the oldest of the largest group goes', () => {
    const list = createTraceList({ max: 4, maxAge: 60, now: () => 0 })
    const put = (id: string, group: string): void => list.put({ id, group, text: `${group}-${id}` })
    put('1', 'a')
    for (const id of ['2', '3', '4', '5', '6']) put(id, 'b')
    expect([...list.latest()]).toEqual(['b-6', 'b-5', 'b-4', 'a-1'])
    put('7', 'c')
    put('8', 'c')
    expect([...list.latest()]).toEqual(['c-8', 'c-7', 'b-6', 'a-1'])
  })

  it('keeps one that is larger than the others alone, and none that has no room at all', () => {
    const list = createTraceList({ max: 2, maxAge: 60, now: () => 0 })
    list.put({ id: '1', group: 'a', text: 'x'.repeat(20 * 1024) })
    expect([...list.latest()]).toEqual([])
    list.put({ id: '2', group: 'a', text: 'x' })
    expect(list.get('2')).toEqual(['x'])
  })

  it('forgets each at its time, of the same name too', () => {
    let time = 0
    const list = createTraceList({ max: 10, maxAge: 60, now: () => time })
    list.put({ id: 'a', group: 'g', text: 'first' })
    time = 30
    list.put({ id: 'a', group: 'g', text: 'second' })
    time = 60
    expect(list.get('a')).toEqual(['second'])
    time = 90
    expect(list.get('a')).toEqual([])
    expect([...list.latest()]).toEqual([])
  })
})

describe('no token is shown', () => {
  const failedOf = ({ checks }: Trace) => checks.find(({ outcome }) => outcome === 'failed')
  async function traceOf(sent: ReturnType<typeof request>, wanted = server.requirements()): Promise<Trace> {
    const { error } = refused(await server.authenticate(sent, wanted))
    const trace = await server.trace(error.correlationId ?? '')
    if (trace === undefined) throw new Error('no trace')
    return trace
  }

  it('in a path, a claim, a header of a token, or what names a caller', async () => {
    fresh()
    const inner = await issuer.accessToken()
    const token = (claims: object, header = {}): Promise<string> =>
      issuer.accessToken({ claims: { ...claims }, header })
    const sent = [
      request({ target: `/verify/${inner}/x` }),
      bearer(await token({ aud: inner })),
      bearer(await token({ iss: inner })),
      bearer(await token({ sub: inner, client_id: inner, scope: `a ${inner}` })),
      bearer(await token({}, { kid: inner })),
      bearer(await token({}, { typ: inner })),
      bearer(`${inner} x`),
      request({ authorization: inner }),
      request({ authorization: `Basic ${inner}` }),
    ]
    for (const one of sent) {
      const trace = await traceOf(one, server.requirements('read'))
      const text = `${JSON.stringify(trace)}\n${explanationText(trace)}`
      expect(text).not.toMatch(/eyJ[\w-]{10}/)
      for (const part of inner.split('.')) expect(text).not.toContain(part.slice(0, 30))
    }
  })

  it('nor userinfo, query, nonce or identifier of a proof', async () => {
    fresh()
    for (const claims of [
      { htu: 'https://user:SECRET-1@api.test/items' },
      { htu: 'https://api.test/it ems?token=SECRET-2#SECRET-3' },
      { htu: '//user:SECRET-1@api.test/items?SECRET-2' },
      { htu: 'https://other.test/items?token=SECRET-2#SECRET-3' },
      { nonce: 'SECRET-4', htm: 'POST' },
      { jti: 'SECRET-5', iat: 1 },
      { ath: 'SECRET-6' },
    ]) {
      expect(JSON.stringify(await traceOf(await world.dpopRequest({ claims })))).not.toContain('SECRET')
    }
  })

  it('nor the query and userinfo of a target that is a whole URL', async () => {
    fresh()
    const { rawHeaders, ...others } = await world.dpopRequest()
    const target = 'http://user:SECRET-1@api.test/items?token=SECRET-2'
    const trace = await traceOf({ ...others, rawHeaders, target })
    expect(trace.reason).toBe('url_unknown')
    expect(JSON.stringify(trace)).not.toContain('SECRET-')
  })

  it('nor what a fault of the issuer, or of an engine, says of its credentials', async () => {
    const fault = (): Promise<never> => Promise.reject(new Error('connect https://api:SECRET-1@idp.test failed'))
    const cause = new Error('Authorization: Basic SECRET-2')
    const faults: Partial<AuthOptions>[] = [
      { fetch: fault },
      { opaqueTokens: { introspect: () => Promise.reject(new Error('invalid_client', { cause })) } },
      { revocation: { name: 'test', check: fault } },
    ]
    for (const options of faults) {
      fresh(options)
      const token = options.opaqueTokens === undefined ? await issuer.accessToken() : 'opaque'
      const trace = await traceOf(bearer(token))
      expect(trace.status).toBe(503)
      expect(JSON.stringify(trace)).not.toContain('SECRET-2')
      if (options.fetch !== undefined) expect(failedOf(trace)?.seen).toContain('https://issuer.test/')
    }
  })
})

describe('explain', () => {
  it.each([new Error('down'), null, undefined, 'x', 7, {}, [], { error: new Error('x') }, { error: 'x', status: 401 }])(
    'takes a decision, and not %j',
    (given) => {
      expect(() => explain(given as never)).toThrow(/^explain: got (?:something else|a request that was let through)/) // as JavaScript might
    },
  )

  it('a fault of the application leaves no trace: the framework reports it', async () => {
    fresh()
    const wanted = server.requirements({
      authorize: () => {
        throw new TypeError('bug')
      },
    })
    const { error, status } = refused(await server.authenticate(bearer(await issuer.accessToken()), wanted))
    expect([status, error.reason]).toEqual([503, 'policy_unavailable'])
    expect(server.traces()[0]?.reason).toBe('policy_unavailable')
  })
})

describe('an operator of a tenant', () => {
  const options = { issuer: 'https://issuer.test/', audience: AUDIENCE }
  const tenants = { of: () => tenant, resolve: (id: string) => (id === 'unknown' ? undefined : options) }
  let tenant = 'a'

  async function asked(auth: object, id?: string): Promise<{ status: number; body: string }> {
    return server.traceResponse({ auth, id })
  }

  it('reads what is of that tenant, and of nobody else', async () => {
    const { onEvent: _, ...none } = { onEvent: undefined }
    server = world.serve({ traces: true, issuer: undefined, audience: undefined, tenants, ...none })
    for (tenant of ['a', 'b', 'unknown']) {
      await server.authenticate(request({ target: `/${tenant}`, headers: ['X-Request-Id', `id-${tenant}`] }))
      await server.authenticate(request({ target: `/${tenant}`, headers: ['X-Request-Id', 'same'] }))
    }
    expect((await asked({ tenant: 'a' }, 'id-a')).status).toBe(200)
    for (const id of ['id-b', 'id-unknown']) expect((await asked({ tenant: 'a' }, id)).status).toBe(404)
    expect((await asked({ tenant: 'a' }, 'same')).body).not.toContain('"/b"')
    expect((await asked({ tenant: 'b' }, 'same')).body).toMatch(/^(?!.*"\/a").*"\/b"/)
    const { body } = await asked({ tenant: 'a' })
    expect([body.includes('"/a"'), body.includes('"/b"'), body.includes('"/unknown"')]).toEqual([true, false, false])
    for (const auth of [{}, { tenant: undefined }, { tenant: 7 }, { tenant: '' }, { tenant: ['a'] }]) {
      expect((await asked(auth, 'id-a')).status).toBe(404)
      expect(await asked(auth)).toMatchObject({ status: 200, body: '{"traces":[]}' })
    }
  })

  it('whose name a trace cannot show as it is reads nothing', async () => {
    server = world.serve({ traces: true, issuer: undefined, audience: undefined, tenants })
    for (tenant of ['ä', '\\u00e4'])
      await server.authenticate(request({ headers: ['X-Request-Id', tenant === 'ä' ? 'umlaut' : 'escaped'] }))
    expect((await asked({ tenant: 'ä' }, 'umlaut')).status).toBe(404)
    expect((await asked({ tenant: 'ä' }, 'escaped')).status).toBe(404)
  })
})

describe('a list', () => {
  it('is of one client, issuer, user, reason, code or path, or of several of them', async () => {
    fresh()
    const wanted = server.requirements('read')
    for (const client of ['app-1', 'app-2'])
      for (const sub of ['ann', 'bob'])
        await server.authenticate(bearer(await issuer.accessToken({ claims: { client_id: client, sub } })), wanted)
    await server.authenticate(
      bearer(await issuer.accessToken({ claims: { client_id: undefined, azp: 'app-2' }, expiresIn: -60 }), {
        target: '/x?q',
      }),
    )
    await server.authenticate(request())
    const count = async (query: string): Promise<number> => {
      const { body } = await server.traceResponse({ auth: {}, id: undefined, url: `/traces${query}` })
      return (JSON.parse(body) as { traces: unknown[] }).traces.length // as it answers
    }
    expect(await count('')).toBe(6)
    expect(await count('?client_id=app-1')).toBe(2)
    expect(await count('?client_id=app-2')).toBe(3)
    expect(await count('?client_id=app-1&subject=ann')).toBe(1)
    expect(await count('?reason=token_expired')).toBe(1)
    expect(await count('?code=AUTH_1005')).toBe(4)
    expect(await count('?path=%2Fx')).toBe(1)
    expect(await count('?issuer=https%3A%2F%2Fissuer.test%2F')).toBe(5)
    expect(await count('?client_id=__proto__')).toBe(0)
    expect(server.traces({ clientId: 'app-1', reason: 'scope_missing' })).toHaveLength(2)
  })

  it.each(['?client=app-1', '?code=a&code=b', '?__proto__=x', '?clientId=x', '?limit=1', '?auth0_ticket=x'])(
    'is not given for %j, which would be all of it',
    async (query) => {
      fresh()
      const { status, body } = await server.traceResponse({ auth: {}, id: undefined, url: `/traces${query}` })
      expect([status, body]).toEqual([
        400,
        '{"error":"invalid_request","error_description":"want each of these once at most: reason, code, issuer, subject, client_id, path"}',
      ])
    },
  )

  it('answers the newest 100', async () => {
    fresh()
    for (let sent = 1; sent <= 120; sent++) await named(`id-${sent}`, '/items')
    const { body } = await server.traceResponse({ auth: {}, id: undefined })
    const { traces } = JSON.parse(body) as { traces: Trace[] } // as it answers
    expect([traces.length, traces[0]?.correlationId, traces.at(-1)?.correlationId]).toEqual([100, 'id-120', 'id-21'])
  })
})

describe('a store of all replicas', () => {
  it('adds what other replicas refused under the same name', async () => {
    const held = new Map<string, string[]>()
    const store: TraceStore = {
      put: (id, text) => void held.set(id, [...(held.get(id) ?? []), text]),
      get: (id) => held.get(id) ?? [],
    }
    const [one, two] = [world.serve({ traces: { store } }), world.serve({ traces: { store } })]
    for (server of [one, two]) {
      clock.advance(1)
      await named('same', server === one ? '/one' : '/two')
    }
    for (const replica of [one, two]) expect(pathsOf(await replica.trace('same'))).toEqual(['/one', '/two'])
  })

  it('that is down does not hide what this process knows', async () => {
    const get = vi.fn<() => Promise<never>>(() => Promise.reject(new Error('down')))
    fresh({ traces: { store: { put: () => undefined, get } } })
    await named('known', '/items')
    expect(pathsOf(await server.trace('known'))).toEqual(['/items'])
    await expect(server.trace('unknown')).rejects.toThrow('down')
  })

  it('is told the check, by which it makes room', async () => {
    const put = vi.fn<TraceStore['put']>()
    fresh({ traces: { store: { put, get: () => [] } } })
    await named('a', '/items')
    await server.authenticate(bearer('x'))
    expect(put.mock.calls.map(([, , , kind]) => kind)).toEqual(['credentials', 'token form'])
  })
})
