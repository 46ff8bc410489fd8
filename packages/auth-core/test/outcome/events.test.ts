import { afterEach, describe, expect, it } from 'vitest'
import { inspect } from 'node:util'
import type { DecisionEvent } from '../../src/outcome/events.js'
import { accepted, bearer, createWorld, refused, request, verdict } from '../support.js'

const world = await createWorld()
const { events, issuer, server } = world

afterEach(() => {
  events.length = 0
})

const NONE = {
  method: 'GET',
  path: '/items',
  route: undefined,
  reason: undefined,
  code: undefined,
  status: undefined,
  detail: undefined,
  cause: undefined,
  scheme: undefined,
  issuer: undefined,
  subject: undefined,
  clientId: undefined,
}

function only(): DecisionEvent {
  const [event] = events
  if (event === undefined || events.length !== 1) throw new Error(`${events.length} events`)
  return event
}

describe('decisions', () => {
  it('accepted', async () => {
    accepted(await server.authenticate(bearer(await issuer.accessToken(), { headers: ['X-Request-Id', 'id-1'] })))
    const { duration, ...event } = only()
    expect(event).toEqual({
      ...NONE,
      type: 'decision',
      outcome: 'accepted',
      correlationId: 'id-1',
      scheme: 'Bearer',
      issuer: issuer.issuer,
      subject: 'user-1',
      clientId: 'client-1',
    })
    expect(duration).toBeGreaterThanOrEqual(0)
    expect(duration).toBeLessThan(5)
  })

  it('anonymous', async () => {
    expect(await server.authenticate(request({ headers: ['X-Request-Id', 'id-2'] }), server.optional())).toEqual({
      ok: true,
      auth: null,
      headers: {},
    })
    expect(only()).toEqual({
      ...NONE,
      type: 'decision',
      outcome: 'anonymous',
      correlationId: 'id-2',
      duration: only().duration,
    })
  })

  it('refused, with the identifier of the body', async () => {
    const { body } = refused(await server.authenticate(bearer(await issuer.accessToken({ expiresIn: -60 }))))
    const event = only()
    expect(event).toEqual({
      ...NONE,
      type: 'decision',
      outcome: 'refused',
      correlationId: (JSON.parse(body) as { correlation_id: string }).correlation_id,
      duration: event.duration,
      reason: 'token_expired',
      code: 'AUTH_1001',
      status: 401,
      detail: 'expired 60 s ago; tolerance 5 s',
      scheme: 'Bearer',
    })
  })

  it.each([
    ['a query, which may hold secrets', '/items?access_token=secret#x', '/items'],
    ['what no log line can hold', '/a\r\nb\u{1b}[2Jä', '/a\\u000d\\u000ab\\u001b[2J\\u00e4'],
    ['a long path', `/${'a'.repeat(500)}`, `/${'a'.repeat(199)}…`],
    ['absolute-form', 'http://api.test/items?x', 'http://api.test/items'],
    ['nothing', '', ''],
  ])('tell the path of a request target with %s', async (_, target, path) => {
    await server.authenticate(request({ target, method: 'GE\nT' }))
    expect(only()).toMatchObject({ path, method: 'GE\\u000aT' })
  })

  it('tell the route, where the framework knows it', async () => {
    await server.authenticate({ ...request(), route: '/items/:id' })
    expect(only().route).toBe('/items/:id')
    events.length = 0
    await server.authenticate({ ...request(), route: ['/items', /x/] })
    expect(only().route).toBe(undefined)
    events.length = 0
    const throws = Object.defineProperty(request(), 'route', { get: () => JSON.parse('{') as unknown })
    expect(verdict(await server.authenticate(throws))).toBe('401 credentials_missing')
    expect(only().route).toBe(undefined)
  })

  it('refused for a requirement: says whose token it was', async () => {
    const outcome = await server.authenticate(bearer(await issuer.accessToken()), server.requirements('read:x'))
    expect(verdict(outcome)).toBe('403 scope_missing')
    expect(only()).toMatchObject({
      subject: 'user-1',
      clientId: 'client-1',
      issuer: issuer.issuer,
      detail: 'lacks read:x',
    })
  })

  it('gives two refusals two identifiers', async () => {
    const first = refused(await server.authenticate(request()))
    const second = refused(await server.authenticate(request()))
    expect(first.error.correlationId).not.toBe(second.error.correlationId)
    expect(events.map(({ correlationId }) => correlationId)).toEqual([
      first.error.correlationId,
      second.error.correlationId,
    ])
  })
})

describe('the hook', () => {
  it.each<readonly [string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('hook')
      },
    ],
    [
      'throws null',
      () => {
        throw null
      },
    ],
    ['rejects', () => Promise.reject(new Error('hook'))],
    ['never settles', () => new Promise(() => undefined)],
    ['returns a value', () => 1],
  ])('that %s does no harm', async (_, hook) => {
    const rejections: unknown[] = []
    const listener = (reason: unknown): void => void rejections.push(reason)
    process.on('unhandledRejection', listener)
    const own = world.serve({ onEvent: () => hook() })
    expect(verdict(await own.authenticate(bearer(await issuer.accessToken())))).toBe('accepted')
    expect(verdict(await own.authenticate(request()))).toBe('401 credentials_missing')
    expect(await own.authenticate(request(), own.optional())).toEqual({ ok: true, auth: null, headers: {} })
    await new Promise((resolve) => setImmediate(resolve))
    process.off('unhandledRejection', listener)
    expect(rejections).toEqual([])
  })
})

describe('no secret is in an event', () => {
  function everything(): string {
    return `${JSON.stringify(events)} ${inspect(events, { depth: 10 })}`
  }

  it('after good and bad requests of all kinds', async () => {
    const token = await issuer.accessToken({ jkt: world.key.thumbprint, scope: 'a' })
    const proof = await world.proof(token)
    const flipped = await issuer.accessToken({ signature: 'flipped' })
    const forged = await issuer.accessToken({ claims: { iss: 'https://evil.test/' } })
    const secrets = [token, proof, flipped, forged].flatMap((text) => [text].concat(text.split('.').slice(1)))
    const requests = [
      request({ authorization: `DPoP ${token}`, dpop: proof }),
      request({ authorization: `DPoP ${token}`, dpop: proof }),
      request({ authorization: `DPoP ${token}`, dpop: [proof, proof] }),
      request({ authorization: `DPoP ${token}`, dpop: `${proof}, ${proof}` }),
      request({ authorization: `DPoP ${token}`, dpop: `${proof}=` }),
      request({ authorization: `DPoP ${token}`, dpop: token }),
      request({ authorization: `DPoP ${token}`, dpop: proof, method: 'POST' }),
      request({ authorization: `DPoP ${token}`, dpop: proof, target: '/other' }),
      request({ authorization: `DPoP ${proof}`, dpop: proof }),
      request({ authorization: `DPoP ${token} ${token}` }),
      request({ authorization: `Bearer ${token}, ${token}` }),
      request({ authorization: [`Bearer ${token}`, `DPoP ${token}`] }),
      request({ authorization: `Basic ${token}` }),
      request({ authorization: `Bearer:${token}` }),
      bearer(token),
      bearer(flipped),
      bearer(forged),
      bearer(`${token}.${proof}`),
    ]
    for (const one of requests) await server.authenticate(one)
    expect(events).toHaveLength(requests.length)
    for (const secret of secrets) expect(everything()).not.toContain(secret)
  })

  it('a token sent without any scheme', async () => {
    for (const text of ['opaque-secret-0123456789', await issuer.accessToken()]) {
      expect(verdict(await server.authenticate(request({ authorization: text })))).toMatch(/^40[01] credentials_/)
      expect(everything()).not.toContain(text.slice(0, 24))
    }
  })

  it('control characters of the caller do not reach the detail', async () => {
    const texts = ['https://evil.test/\r\nadmin logged in', '\x1b[2J', 'a\u2028b']
    for (const iss of texts) await server.authenticate(bearer(await issuer.accessToken({ claims: { iss } })))
    for (const typ of texts) await server.authenticate(bearer(await issuer.accessToken({ header: { typ } })))
    for (const kid of texts) await server.authenticate(bearer(await issuer.accessToken({ header: { kid } })))
    for (const alg of texts) await server.authenticate(bearer(await issuer.accessToken({ header: { alg } })))
    for (const aud of texts) await server.authenticate(bearer(await issuer.accessToken({ claims: { aud } })))
    for (const htu of texts) await server.authenticate(await world.dpopRequest({ url: htu }))
    for (const host of texts) await server.authenticate(await world.dpopRequest({}, { host }))
    for (const htm of texts) await server.authenticate(await world.dpopRequest({ method: htm }))
    expect(events).toHaveLength(8 * texts.length)
    for (const event of events)
      expect([event.outcome, event.detail]).toEqual(['refused', expect.stringMatching(/^[\x20-\x7e…]+$/)])
  })
})
