import { afterEach, describe, expect, it, vi } from 'vitest'
import { memoryReplayStore } from '../../src/dpop/replay/memory-replay-store.js'
import { requirements } from '../../src/authorization/all-requirements.js'
import type { AuthOptions } from '../../src/options/auth-options.js'
import type { ShadowOptions } from '../../src/shadow/shadow-options.js'
import { createResourceServer } from '../../src/resource-server.js'
import type { ResourceServer } from '../../src/resource-server-types.js'
import { AUDIENCE, bearer, createWorld, NOW, request, verdict } from '../support.js'

const world = await createWorld()
const { issuer, events, key, clock } = world
const NEW = 'https://new.test/'
const reader = await issuer.accessToken({ scope: 'read' })

afterEach(() => {
  events.length = 0
})

const serve = (shadow: ShadowOptions, options: Partial<AuthOptions> = {}): ResourceServer =>
  world.serve({ ...options, shadow })

/** What the event of the last decision says of the settings that are tried. */
function told(): string | undefined {
  const shadow = events.at(-1)?.shadow
  return shadow && `${shadow.status} ${shadow.reason}`
}

const token = (claims: Readonly<Record<string, unknown>> = {}, more: object = {}): Promise<string> =>
  issuer.accessToken({ claims, ...more })
const schema = (validate: (value: unknown) => unknown): NonNullable<ShadowOptions['claims']> => ({
  '~standard': { version: 1, vendor: 'test', validate: validate as () => { issues: undefined } }, // or whatever a test needs
})
const issues = schema(() => ({ issues: [{ message: 'no such thing', path: ['org_id'] }] }))

describe('a request that the settings in force accept, and those that are tried would refuse', () => {
  it.each<readonly [string, ShadowOptions, Record<string, unknown>, string]>([
    ['dpop', { dpop: 'required' }, {}, '400 dpop_required'],
    ['dpop.mode', { dpop: { mode: 'required' } }, {}, '400 dpop_required'],
    ['audience', { audience: NEW }, {}, '401 token_invalid'],
    ['algorithms', { algorithms: ['RS256'] }, {}, '401 token_invalid'],
    ['tokenProfile, by a claim', { tokenProfile: 'rfc9068' }, { client_id: undefined }, '401 token_invalid'],
    ['maxTokenAge', { maxTokenAge: 60 }, { iat: NOW - 100 }, '401 token_expired'],
    ['maxTokenAge, without iat', { maxTokenAge: 60 }, { iat: undefined }, '401 token_invalid'],
    ['clockTolerance', { clockTolerance: 0 }, { exp: NOW - 2 }, '401 token_expired'],
    [
      'clockTolerance, for a requirement',
      { clockTolerance: 0, requirements: { maxAge: 60 } },
      { auth_time: NOW - 62 },
      '401 login_insufficient',
    ],
    ['claims', { claims: issues }, {}, '401 token_invalid'],
    ['requirements', { requirements: 'write' }, {}, '403 scope_missing'],
    ['requirements as an object', { requirements: { roles: 'admin' } }, {}, '403 role_missing'],
    ['requirements that were resolved', { requirements: requirements({ dpop: 'required' }) }, {}, '400 dpop_required'],
    ['an engine that says no', { requirements: { authorize: async () => false } }, {}, '403 access_denied'],
    [
      'an engine that fails',
      { requirements: { authorize: () => Promise.reject(new Error('down')) } },
      {},
      '503 policy_unavailable',
    ],
  ])('%s', async (_, shadow, claims, expected) => {
    const server = serve(shadow)
    const outcome = await server.authenticate(bearer(await token(claims)))
    expect([verdict(outcome), told()]).toEqual(['accepted', expected])
    expect(events.at(-1)).toMatchObject({ outcome: 'accepted', reason: undefined, status: undefined })
    expect(server.shadowReport()).toMatchObject({ decided: 1, refused: 1, others: 0, rows: [{ count: 1 }] })
  })

  it('a detail says what to look at, as it would of a refusal', async () => {
    await serve({ audience: NEW }).authenticate(bearer(await token()))
    expect(events.at(-1)?.shadow).toMatchObject({ code: 'AUTH_1002' })
    expect(events.at(-1)?.shadow?.detail).toMatch(
      /^aud is "https:\/\/api\.test\/", accepted is "https:\/\/new\.test\/"/,
    )
  })

  it('is told of an issuer that would not be trusted any more', async () => {
    const other = (await createWorld({}, { issuer: 'https://other.test/' })).issuer
    const fetch: typeof globalThis.fetch = (input, init) =>
      new Request(input).url.startsWith(other.issuer) ? other.fetch(input, init) : issuer.fetch(input, init)
    const server = serve({ issuers: other.issuer }, { issuers: [issuer.issuer, other.issuer], fetch })
    await server.authenticate(bearer(await other.accessToken()))
    expect(told()).toBe(undefined)
    await server.authenticate(bearer(await token()))
    expect(told()).toBe('401 token_invalid')
  })
})

describe('a request that both accept', () => {
  it.each<readonly [string, ShadowOptions]>([
    ['audience', { audience: NEW }],
    ['audiences', { audience: [NEW, 'x'] }],
    ['algorithms', { algorithms: ['ES256'] }],
    ['tokenProfile', { tokenProfile: 'rfc9068' }],
    ['maxTokenAge', { maxTokenAge: 60 }],
    ['claims', { claims: schema(async () => ({})) }],
    ['requirements', { requirements: 'read' }],
    ['an engine', { requirements: { authorize: async () => true } }],
    ['a larger tolerance', { clockTolerance: 60 }],
    ['dpop disabled', { dpop: 'disabled' }],
    ['how proofs are judged', { dpop: { proofMaxAge: 0, algorithms: ['ES384'] } }],
  ])('%s', async (_, shadow) => {
    const server = serve(shadow)
    const good = await token({ aud: [AUDIENCE, NEW], scope: 'read' })
    expect(verdict(await server.authenticate(bearer(good)))).toBe('accepted')
    expect(told()).toBe(undefined)
    expect(server.shadowReport()).toMatchObject({ decided: 1, refused: 0, rows: [] })
  })

  it('an anonymous one is asked about nothing', async () => {
    const server = serve({ requirements: 'write' })
    expect(verdict(await server.authenticate(request(), server.optional()))).toBe('anonymous')
    expect([told(), server.shadowReport().decided]).toEqual([undefined, 0])
  })
})

describe('a request that the settings in force refuse is not asked about', () => {
  it.each<readonly [string, () => Promise<string>, string]>([
    ['no token', async () => 'x', '401 token_invalid'],
    ['an expired token', () => token({}, { expiresIn: -60 }), '401 token_expired'],
    ['a missing scope', () => token(), '403 scope_missing'],
    ['the audience that is tried', () => token({ aud: NEW }), '401 token_invalid'],
  ])('%s', async (_, make, expected) => {
    const asked = vi.fn<() => object>(() => ({}))
    const server = serve({ audience: NEW, claims: schema(asked) })
    expect(verdict(await server.authenticate(bearer(await make()), server.requirements('write')))).toBe(expected)
    expect([told(), server.shadowReport().decided, asked.mock.calls]).toEqual([undefined, 0, []])
  })
})

describe('proofs', () => {
  it.each<readonly [string, ShadowOptions, string | undefined]>([
    ['dpop required', { dpop: 'required' }, undefined],
    ['dpop disabled', { dpop: 'disabled' }, '400 dpop_disabled'],
    ['a shorter age', { dpop: { proofMaxAge: 10 } }, '400 proof_time'],
    ['a shorter age, and more tolerance', { dpop: { proofMaxAge: 10, clockTolerance: 200 } }, undefined],
    ['a smaller tolerance, and the age in force', { dpop: { clockTolerance: 0 } }, undefined],
    ['another algorithm', { dpop: { algorithms: ['ES384'] } }, '400 proof_malformed'],
    ['the algorithm', { dpop: { algorithms: ['ES256'] } }, undefined],
  ])('%s', async (_, shadow, expected) => {
    const server = serve(shadow)
    expect(verdict(await server.authenticate(await world.dpopRequest({ claims: { iat: NOW - 100 } })))).toBe('accepted')
    expect(told()).toBe(expected)
  })

  it('a refusal for the proof itself has the status that is set', async () => {
    const server = serve({ dpop: { proofMaxAge: 10 } }, { dpop: { proofErrorStatus: 401 } })
    await server.authenticate(await world.dpopRequest({ claims: { iat: NOW - 100 } }))
    expect(told()).toBe('401 proof_time')
  })

  it('are not used up: the store is asked once for each request, and a replay is refused as before', async () => {
    const store = memoryReplayStore({ now: clock.now })
    const reserve = vi.spyOn(store, 'reserve')
    const server = serve({ dpop: { mode: 'required', proofMaxAge: 10 } }, { dpop: { replay: store } })
    const sent = await world.dpopRequest()
    expect(verdict(await server.authenticate(sent))).toBe('accepted')
    expect(verdict(await server.authenticate({ ...sent, identity: {} }))).toBe('400 proof_replayed')
    expect(reserve).toHaveBeenCalledTimes(2)
    expect(server.shadowReport()).toMatchObject({ decided: 1, refused: 0 })
  })
})

describe('what is tried on one route', () => {
  it('is told of that route, with or without the option', async () => {
    for (const server of [world.server, serve({ requirements: 'read' })]) {
      const sent = bearer(reader)
      const wanted = server.requirements({ scopes: 'read', shadow: 'write' })
      expect(verdict(await server.authenticate({ ...sent, route: '/items/:id' }, wanted))).toBe('accepted')
      expect(told()).toBe('403 scope_missing')
      expect(server.shadowReport().rows).toMatchObject([{ route: '/items/:id', detail: 'lacks write' }])
      server.resetShadow()
      await server.authenticate(bearer(await token({ scope: 'read write' })), wanted)
      expect([told(), server.shadowReport().refused]).toEqual([undefined, 0])
      server.resetShadow()
    }
  })

  it('changes nothing that is demanded', () => {
    const { shadow, ...tried } = requirements({ scopes: 'read', shadow: { scopes: 'write', dpop: 'required' } })
    const { shadow: none, ...plain } = requirements('read')
    expect([tried, none]).toEqual([plain, undefined])
    expect(shadow).toMatchObject({ scopes: ['write'], dpopRequired: true })
    expect(requirements({ shadow: 'write' }).anyToken).toBe(true)
  })

  it('holds for all that must hold together', async () => {
    const { server } = world
    const wanted = requirements({
      shadow: 'a',
      allOf: [{ scopes: 'read', shadow: 'b' }, requirements({ shadow: 'c' })],
    })
    await server.authenticate(bearer(reader), wanted)
    expect(events.at(-1)?.shadow?.detail).toBe('lacks a; lacks b; lacks c')
  })

  it('is counted once for a request, by whichever guard', async () => {
    const server = serve({ audience: NEW })
    const sent = bearer(await token())
    await server.authenticate(sent)
    await server.authenticate(sent, server.requirements({ shadow: 'write' }))
    expect(events.map(({ shadow }) => shadow?.reason)).toEqual(['token_invalid', 'token_invalid'])
    expect(server.shadowReport()).toMatchObject({
      decided: 1,
      refused: 1,
      rows: [{ reason: 'token_invalid', count: 1 }],
    })
  })

  it('and found by the second guard only, is counted too', async () => {
    const server = serve({ audience: AUDIENCE })
    const sent = bearer(await token())
    await server.authenticate(sent)
    await server.authenticate(sent, server.requirements({ shadow: 'write' }))
    expect(events.map(({ shadow }) => shadow?.reason)).toEqual([undefined, 'scope_missing'])
    expect(server.shadowReport()).toMatchObject({ decided: 1, refused: 1 })
  })
})

describe('does no harm', () => {
  const broken = {
    'a schema that throws': schema(() => {
      throw new Error('broken\nschema')
    }),
    'a schema that rejects': schema(() => Promise.reject(new Error('broken\nschema'))),
    'a schema that throws no Error': schema(() => {
      // oxlint-disable-next-line no-throw-literal -- as a library may
      throw 'broken\nschema'
    }),
  }
  it.each(Object.entries(broken))('%s is a fault of the shadow alone', async (_, claims) => {
    const server = serve({ claims })
    expect(verdict(await server.authenticate(bearer(await token())))).toBe('accepted')
    expect(told()).toBe('500 fault')
    expect(events.at(-1)?.shadow?.detail).not.toContain('\n')
    expect(server.shadowReport().rows).toMatchObject([{ reason: 'fault', count: 1 }])
  })

  it('a predicate that throws', async () => {
    const server = serve({
      requirements: {
        claims: {
          sub: () => {
            throw new Error('broken')
          },
        },
      },
    })
    expect(verdict(await server.authenticate(bearer(await token())))).toBe('accepted')
    expect(told()).toBe('500 fault')
  })

  it('a schema that never answers holds a request for a tenth of a second, not for its own limit', async () => {
    const server = serve({ claims: schema(() => new Promise(() => undefined)) })
    const started = performance.now()
    expect(verdict(await server.authenticate(bearer(await token())))).toBe('accepted')
    expect(performance.now() - started).toBeLessThan(2000)
    expect(events.at(-1)?.shadow).toEqual({
      reason: 'fault',
      code: undefined,
      status: 500,
      detail: 'no answer within 0.1 s',
    })
  })

  it('the outcome is the same, to the byte and the header', async () => {
    const plain = world.serve()
    const shadowed = serve({ dpop: 'required', audience: NEW, requirements: 'write' })
    const tokens = [await token(), 'x', await token({ aud: 'x' }), await issuer.accessToken({ jkt: key.thumbprint })]
    for (const one of tokens) {
      const parts = { headers: ['X-Request-Id', 'id-1'] }
      const [before, now] = [
        await plain.authenticate(bearer(one, parts)),
        await shadowed.authenticate(bearer(one, parts)),
      ]
      const seen = (outcome: typeof now): unknown =>
        outcome.ok ? { ...outcome, auth: { ...outcome.auth } } : { ...outcome, error: outcome.error.toJSON() }
      expect(seen(now)).toEqual(seen(before))
    }
  })

  it('asks the issuer nothing more', async () => {
    const fetched = vi.fn<typeof globalThis.fetch>(issuer.fetch)
    const server = serve({ audience: NEW, dpop: { mode: 'required', proofMaxAge: 1 } }, { fetch: fetched })
    await server.authenticate(await world.dpopRequest())
    const requests = fetched.mock.calls.length
    await world.serve({ fetch: fetched }).authenticate(await world.dpopRequest())
    expect(fetched.mock.calls.length).toBe(2 * requests)
  })
})

it('with tenants, rows name the tenant', async () => {
  const tenants = [{ id: 'a', hosts: ['api.test'], issuer: issuer.issuer, audience: AUDIENCE }]
  const options = { tenants, shadow: { requirements: 'write' }, fetch: issuer.fetch }
  const server = createResourceServer(options, { now: clock.now })
  await server.authenticate(bearer(await token()))
  expect(server.shadowReport().rows).toMatchObject([{ tenant: 'a', reason: 'scope_missing' }])
})
