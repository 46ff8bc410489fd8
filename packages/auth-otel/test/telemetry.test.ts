import { metrics } from '@opentelemetry/api'
import { describe, expect, it } from 'vitest'

import { createTelemetry } from '../src/index.js'
import type { TelemetryOptions } from '../src/index.js'
import { METRICS } from '../src/metrics.js'
import { connection, decision, metered, REFUSED, revocation, samplesOf } from './support.js'

const DECISIONS = 'acme_auth_decisions_total'

describe('decisions', () => {
  it('are counted by outcome, reason, scheme and status', async () => {
    const telemetry = metered()
    telemetry.send(decision(), decision(), decision({ scheme: 'DPoP' }))
    telemetry.send(decision({ outcome: 'anonymous', scheme: undefined }), decision(REFUSED))
    telemetry.send(decision({ ...REFUSED, reason: 'proof_url', status: 400 }))
    telemetry.send(decision({ ...REFUSED, reason: 'proof_url', status: 401 }))
    expect(await telemetry.samples(DECISIONS)).toEqual({
      'acme_auth_outcome=accepted,acme_auth_scheme=Bearer': 2,
      'acme_auth_outcome=accepted,acme_auth_scheme=DPoP': 1,
      'acme_auth_outcome=anonymous': 1,
      'acme_auth_outcome=refused,acme_auth_reason=token_expired,acme_auth_scheme=Bearer,http_response_status_code=401': 1,
      'acme_auth_outcome=refused,acme_auth_reason=proof_url,acme_auth_scheme=Bearer,http_response_status_code=400': 1,
      'acme_auth_outcome=refused,acme_auth_reason=proof_url,acme_auth_scheme=Bearer,http_response_status_code=401': 1,
    })
  })

  it('make no series of callers, clients, issuers, methods, paths, details, and unasked of routes and tenants', async () => {
    const telemetry = metered()
    for (let index = 0; index < 3000; index += 1) {
      const own = `made-up-${index}`
      const caller = { subject: own, clientId: own, issuer: own, tenant: own, correlationId: own }
      telemetry.send(decision({ ...caller, method: own, path: own, route: own, detail: own, cause: own }))
    }
    const text = await telemetry.text()
    expect(text).not.toContain('made-up')
    expect(text).not.toContain('overflow')
    expect(await telemetry.samples(DECISIONS)).toEqual({ 'acme_auth_outcome=accepted,acme_auth_scheme=Bearer': 3000 })
  })

  it('are counted by the tenants that are listed, others together', async () => {
    const telemetry = metered({ tenants: ['a', 'b'] })
    for (const tenant of ['a', 'b', 'b', 'made-up-1', 'made-up-2', undefined]) telemetry.send(decision({ tenant }))
    const counted = 'acme_auth_outcome=accepted,acme_auth_scheme=Bearer'
    expect(await telemetry.samples(DECISIONS)).toEqual({
      [counted]: 1,
      [`${counted},acme_auth_tenant=a`]: 1,
      [`${counted},acme_auth_tenant=b`]: 2,
      [`${counted},acme_auth_tenant=other`]: 2,
    })
  })

  it('are counted by a hundred routes, others together', async () => {
    const telemetry = metered({ routes: true })
    telemetry.send(decision({ route: '/'.repeat(201) }))
    for (let index = 0; index < 300; index += 1) telemetry.send(decision({ route: `/r${index}` }))
    const counted = await telemetry.samples(DECISIONS)
    expect(Object.keys(counted)).toHaveLength(101)
    expect(counted['acme_auth_outcome=accepted,acme_auth_scheme=Bearer,http_route=/r99']).toBe(1)
    expect(counted['acme_auth_outcome=accepted,acme_auth_scheme=Bearer,http_route=other']).toBe(201)
  })

  it('by tenant, route and reason together stay in bounds, and none is lost', async () => {
    const tenants = Array.from({ length: 200 }, (_one, index) => `t${index}`)
    const telemetry = metered({ tenants, routes: true })
    for (const tenant of tenants) {
      for (let route = 0; route < 50; route += 1) {
        telemetry.send(decision({ tenant, route: `/r${route}` }), decision({ ...REFUSED, tenant, route: `/r${route}` }))
      }
    }
    const counted = await telemetry.samples(DECISIONS)
    expect(Object.keys(counted).length).toBeLessThan(2000)
    expect(Object.values(counted).reduce((sum, count) => sum + count, 0)).toBe(20_000)
    expect(await telemetry.text()).not.toContain('overflow')
  })

  it('of a tenant and of a route of the same name are told apart', async () => {
    const telemetry = metered({ tenants: ['same'], routes: true })
    telemetry.send(decision({ tenant: 'same', route: undefined }), decision({ tenant: undefined, route: 'same' }))
    const counted = 'acme_auth_outcome=accepted,acme_auth_scheme=Bearer'
    expect(await telemetry.samples(DECISIONS)).toEqual({
      [`${counted},acme_auth_tenant=same`]: 1,
      [`${counted},http_route=same`]: 1,
    })
  })

  it('are timed, one of a hundred on average or as many as are wanted, in seconds', async () => {
    const name = 'acme_auth_authenticate_duration'
    const [all, some] = [metered({ sampleDurations: 1 }), metered()]
    for (let index = 0; index < 20_000; index += 1) some.send(decision())
    all.send(decision({ duration: 0.25 }), decision({ duration: 0.5 }), decision({ ...REFUSED, duration: 0.125 }))
    expect(await all.samples(`${name}_sum`)).toEqual({
      'acme_auth_outcome=accepted': 0.75,
      'acme_auth_outcome=refused': 0.125,
    })
    expect(await all.samples(`${name}_count`)).toEqual({
      'acme_auth_outcome=accepted': 2,
      'acme_auth_outcome=refused': 1,
    })
    const timed = (await some.samples(`${name}_count`))['acme_auth_outcome=accepted'] ?? 0
    // 200 are expected, with a deviation of 8.
    expect(timed).toBeGreaterThan(120)
    expect(timed).toBeLessThan(280)
  })
})

describe('keys', () => {
  const keys = { type: 'keys', keys: 1, detail: undefined, retryAfter: undefined } as const

  it('are counted by issuer and transition, and fetches timed', async () => {
    const telemetry = metered()
    const issuer = 'https://issuer.test/'
    telemetry.send({ ...keys, issuer, transition: 'fetched', duration: 0.25 })
    telemetry.send({ ...keys, issuer, transition: 'unavailable', duration: 5 })
    telemetry.send({ ...keys, issuer, transition: 'invalidated', duration: undefined })
    const of = (transition: string): string => `acme_auth_issuer=${issuer},acme_auth_transition=${transition}`
    expect(await telemetry.samples('acme_auth_keys_transitions_total')).toEqual({
      [of('fetched')]: 1,
      [of('unavailable')]: 1,
      [of('invalidated')]: 1,
    })
    expect(await telemetry.samples('acme_auth_keys_fetch_duration_sum')).toEqual({
      [of('fetched')]: 0.25,
      [of('unavailable')]: 5,
    })
  })

  it.each([
    ['the first twenty', {}, 21],
    ['those that are listed', { issuers: ['https://i1.test/'] }, 2],
  ])('are told apart for %s issuers', async (_which, options: TelemetryOptions, expected) => {
    const telemetry = metered(options)
    for (let index = 0; index < 50; index += 1) {
      telemetry.send({ ...keys, issuer: `https://i${index}.test/`, transition: 'fetched', duration: 0.1 })
      telemetry.send({ ...keys, type: 'introspection', issuer: `https://i${index}.test/`, transition: 'failed' })
    }
    expect(Object.keys(await telemetry.samples('acme_auth_keys_transitions_total'))).toHaveLength(expected)
    expect(Object.keys(await telemetry.samples('acme_auth_keys_fetch_duration_sum'))).toHaveLength(expected)
    expect(Object.keys(await telemetry.samples('acme_auth_introspection_transitions_total'))).toHaveLength(expected)
  })
})

describe('connections and revocations', () => {
  it('are counted: how many are open, and why they ended', async () => {
    const telemetry = metered()
    telemetry.send(...Array.from({ length: 6 }, () => connection('opened')))
    telemetry.send(connection('renewed'), connection('refused'), connection('closed', 3))
    telemetry.send(connection('expired', 60), connection('revoked', 7), connection('limited', 2))
    expect(await telemetry.samples('acme_auth_connection_open')).toEqual({ '': 2 })
    expect(await telemetry.samples('acme_auth_connection_transitions_total')).toEqual({
      'acme_auth_transition=opened': 6,
      'acme_auth_transition=renewed': 1,
      'acme_auth_transition=refused': 1,
      'acme_auth_transition=closed': 1,
      'acme_auth_transition=expired': 1,
      'acme_auth_transition=revoked': 1,
      'acme_auth_transition=limited': 1,
    })
    expect(await telemetry.samples('acme_auth_connection_duration_sum')).toEqual({
      'acme_auth_transition=closed': 3,
      'acme_auth_transition=expired': 60,
      'acme_auth_transition=revoked': 7,
      'acme_auth_transition=limited': 2,
    })
  })

  it('are told apart for twenty sources', async () => {
    const telemetry = metered()
    for (let index = 0; index < 50; index += 1) telemetry.send(revocation('revoked', `source-${index}`))
    const counted = await telemetry.samples('acme_auth_revocation_transitions_total')
    expect(Object.keys(counted)).toHaveLength(21)
    expect(counted['acme_auth_source=other,acme_auth_transition=revoked']).toBe(30)
  })
})

describe('observe()', () => {
  it('reports what resource servers counted, added up', async () => {
    const telemetry = metered()
    const replay = { fresh: 5, replayed: 2, failed: 1 }
    const tokenCache = { hits: 10, misses: 4, size: 3 }
    telemetry.observe({ statistics: () => ({ tokenCache, replay, opaqueTokens: undefined }) })
    telemetry.observe({ statistics: () => ({ tokenCache, replay: undefined, opaqueTokens: undefined }) })
    expect(await telemetry.samples('acme_auth_token_cache_lookups_total')).toEqual({
      'acme_auth_result=hit': 20,
      'acme_auth_result=miss': 8,
    })
    expect(await telemetry.samples('acme_auth_token_cache_tokens')).toEqual({ '': 6 })
    expect(await telemetry.samples('acme_auth_replay_checks_total')).toEqual({
      'acme_auth_result=fresh': 5,
      'acme_auth_result=replayed': 2,
      'acme_auth_result=failed': 1,
    })
    expect(await telemetry.samples('acme_auth_introspection_answers_total')).toEqual({})
  })

  it.each([undefined, null, {}, 'server'])('refuses %j', (given) => {
    expect(() => metered().observe(given as never)).toThrow('observe: want a resource server')
  })
})

describe('names', () => {
  it('can be others', async () => {
    const telemetry = metered({ names: { 'acme.auth.decisions': 'api.auth', 'acme.auth.connection.open': 'api.open' } })
    telemetry.send(decision(), connection('opened'))
    expect(await telemetry.samples('api_auth_total')).toEqual({
      'acme_auth_outcome=accepted,acme_auth_scheme=Bearer': 1,
    })
    expect(await telemetry.samples('api_open')).toEqual({ '': 1 })
    expect(await telemetry.text()).not.toContain('acme_auth_decisions')
  })

  it('and attributes are of our own, or stable conventions', () => {
    const all = Object.entries(METRICS).flatMap(([name, { attributes }]) => [name, ...attributes])
    expect(all.filter((one) => !/^acme\.auth\.[a-z_.]+$/.test(one) && !STABLE.includes(one))).toEqual([])
  })

  const STABLE = ['http.route', 'http.response.status_code', 'error.type']
})

describe('createTelemetry', () => {
  it('without an SDK does nothing', () => {
    metrics.disable()
    const { onEvent, observe } = createTelemetry()
    observe({ statistics: () => ({ tokenCache: undefined, replay: undefined, opaqueTokens: undefined }) })
    expect([decision(), connection('opened'), revocation('failed')].map(onEvent)).toEqual([
      undefined,
      undefined,
      undefined,
    ])
  })

  it.each<[string, object, string]>([
    ['an unknown option', { name: {} }, 'unknown option "name", want one of meterProvider, names'],
    ['an unknown name', { names: { 'acme.auth.decision': 'x' } }, 'unknown option "acme.auth.decision"'],
    ['an unknown option of spans', { spans: { users: true } }, 'unknown option "users", want one of user'],
    ['no sample', { sampleDurations: 0 }, 'sampleDurations: want a number, 1 at least'],
    ['NaN', { sampleDurations: Number.NaN }, 'sampleDurations: want a number, 1 at least'],
    ['thousands of tenants', { tenants: Array.from({ length: 201 }, String) }, 'want at most 200'],
  ])('refuses %s', (_what, options, message) => {
    expect(() => createTelemetry(options)).toThrow(message)
  })

  it('has all metrics in what Prometheus reads, units included', async () => {
    const text = await metered({ sampleDurations: 1 }).text()
    expect(samplesOf(text).map(({ name }) => name)).toContain('acme_auth_connection_open')
  })
})
