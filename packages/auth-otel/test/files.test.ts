import { readFileSync } from 'node:fs'

import { createResourceServer, memoryRevocations } from '@acme/auth-core'
import type { AuthConnection, ResourceRequest, RevocationListener, RevocationSource } from '@acme/auth-core'
import { introspection } from '@acme/auth-introspection'
import { createProof, createTestKey, startTestIssuer } from '@acme/auth-testing'
import type { ListeningTestIssuer } from '@acme/auth-testing'
import { eventually } from '@acme/tests-servers'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'

import { METRICS } from '../src/metrics.js'
import { parseQuery } from './promql.js'
import type { Query } from './promql.js'
import { APIS } from './servers.js'
import { metered, samplesOf } from './support.js'
import type { Metered, Sample } from './support.js'

const AUDIENCE = 'https://api.test/'

/** Requests over real sockets that bring about all that there is to count. */
async function traffic(): Promise<Metered> {
  const telemetry = metered({ sampleDurations: 1, routes: true, tenants: ['a'] })
  const { onEvent } = telemetry
  const issuer = await startTestIssuer({ audience: AUDIENCE })
  const opaqueTokens = introspection({ clientId: 'api', clientSecret: 'a-secret-of-this-api' })
  for (const [, start] of APIS) {
    const api = await start({
      issuer: issuer.issuer,
      audience: AUDIENCE,
      onEvent,
      opaqueTokens,
      shadow: { dpop: 'required' },
    })
    telemetry.observe(api.resourceServer)
    const url = `${api.url}/messages`
    const send = (headers: Record<string, string>): Promise<Response> => fetch(url, { headers })
    const scope = 'read:messages'
    const authorization = `Bearer ${await issuer.accessToken({ scope })}`
    for (let time = 0; time < 3; time += 1) await send({ authorization })
    await send({ authorization: `Bearer ${await issuer.accessToken()}` })
    const key = await createTestKey('ES256')
    const bound = await issuer.accessToken({ scope, jkt: key.thumbprint })
    const dpop = await createProof({ key, url, accessToken: bound })
    for (let time = 0; time < 2; time += 1) await send({ authorization: `DPoP ${bound}`, dpop })
    const elsewhere = await createProof({ key, url: 'https://other.test/', accessToken: bound })
    await send({ authorization: `DPoP ${bound}`, dpop: elsewhere })
    await send({ authorization: 'Bearer an-opaque-token' })
    issuer.fail('introspection', { status: 401 })
    await send({ authorization: 'Bearer another-opaque-token' })
    issuer.fail('introspection', undefined)
    await send({})
    await fetch(`${api.url}/maybe`)
    issuer.fail('all', 'reset')
    api.resourceServer.invalidate()
    await send({ authorization })
    api.resourceServer.invalidate(undefined, { drop: true })
    await send({ authorization })
    issuer.fail('all', undefined)
    await api.close()
  }
  await connections(telemetry, issuer)
  warn(telemetry)
  await issuer.close()
  return telemetry
}

/** Connections that are opened, renewed, and end in each way; revocations; and a source that fails, recovers, and is lied to. */
async function connections({ onEvent, observe, samples }: Metered, issuer: ListeningTestIssuer): Promise<void> {
  let now = Date.now() / 1000
  const revocations = memoryRevocations({ now: () => now })
  const source: { listener?: RevocationListener } & RevocationSource = {
    name: 'events',
    check: () => false,
    subscribe(listener) {
      source.listener = listener
      return () => undefined
    },
  }
  const resourceServer = createResourceServer(
    { issuer: issuer.issuer, audience: AUDIENCE, connections: {}, revocation: [revocations, source], onEvent },
    { now: () => now },
  )
  observe(resourceServer)
  const open = async (sub: string, expiresIn: number): Promise<{ connection: AuthConnection; renewed: string }> => {
    const renewed = await issuer.accessToken({ claims: { sub } })
    const request: ResourceRequest = {
      method: 'GET',
      target: '/ws',
      rawHeaders: [
        'Host',
        'api.test',
        'Authorization',
        `Bearer ${await issuer.accessToken({ expiresIn, claims: { sub } })}`,
      ],
      scheme: 'https',
      peer: '192.0.2.1',
      trustedHops: () => 0,
      identity: {},
    }
    await resourceServer.authenticate(request)
    const transport = { send: () => undefined, close: () => undefined }
    return { connection: resourceServer.connection(request, transport), renewed }
  }
  const closing = await open('a', 600)
  await closing.connection.renew({ token: closing.renewed })
  await expect(closing.connection.renew({ token: 'none' })).rejects.toThrow()
  closing.connection.closed()
  await open('b', 600)
  await revocations.revoke({ subject: 'b' }, now + 60)
  await open('c', 1)
  now += 60
  // Nothing of it is asked for: a connection ends by itself.
  await eventually('the connections end', async () => (await samples('acme_auth_connection_open'))[''] === 0)
  source.listener?.changed?.('down', 'no events')
  source.listener?.changed?.('up')
  source.listener?.rejected?.('a wrong signature')
}

/** Makes a resource server with a dangerous setting. */
function warn({ onEvent }: Metered): void {
  createResourceServer({ issuer: 'https://issuer.test/', audience: AUDIENCE, clockTolerance: 200, onEvent })
}

const telemetry = await traffic()
const samples = samplesOf(await telemetry.text())
const printed = new Map<string, Set<string>>()
for (const { name, labels } of samples) {
  const known = printed.get(name) ?? new Set()
  for (const label of Object.keys(labels)) known.add(label)
  printed.set(name, known)
}

// Those that Prometheus adds to what it reads.
const ADDED = ['job', 'instance']

/** What a query asks for, and nothing prints. */
function unknownOf({ selectors, groups }: Query): string[] {
  const problems: string[] = []
  const labels = new Set(ADDED)
  for (const { name, matchers } of selectors) {
    const found = samples.filter((sample) => name.test(sample.name))
    if (found.length === 0) problems.push(`no metric ${name}`)
    for (const sample of found) for (const label of printed.get(sample.name) ?? []) labels.add(label)
    problems.push(...matchers.flatMap((matcher) => unmatched(matcher, found)))
  }
  return [...problems, ...groups.filter((label) => !labels.has(label)).map((label) => `no label ${label}`)]
}

function unmatched(
  { label, operator, value }: Query['selectors'][number]['matchers'][number],
  found: readonly Sample[],
): string[] {
  if (ADDED.includes(label)) return []
  const values = found.map(({ labels }) => labels[label])
  if (values.every((one) => one === undefined)) return [`no label ${label}`]
  if (operator !== '=' && operator !== '!=') return [`${operator} cannot be checked`]
  return values.includes(value) ? [] : [`no ${label}="${value}"`]
}

/** The texts of all members of a name, at any depth. */
function membersOf(value: unknown, name: string): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, member]) =>
    key === name && typeof member === 'string' ? [member] : membersOf(member, name),
  )
}

const read = (file: string): string => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8')

describe('what Prometheus reads', () => {
  it('has every metric, each with no other attributes than are documented', () => {
    const names = Object.entries(METRICS).map(([name, { kind }]) => {
      const text = name.replaceAll('.', '_')
      return { counter: `${text}_total`, histogram: `${text}_bucket`, upDownCounter: text, gauge: text }[kind]
    })
    expect(names.filter((name) => !printed.has(name))).toEqual([])
    for (const [index, { attributes }] of Object.values(METRICS).entries()) {
      const documented = attributes.map((attribute) => attribute.replaceAll('.', '_'))
      const labels = [...(printed.get(names[index] ?? '') ?? [])].filter(
        (one) => !one.startsWith('otel_') && one !== 'le',
      )
      const optional = ['acme_auth_tenant']
      expect(labels.toSorted()).toEqual(documented.filter((one) => !optional.includes(one)).toSorted())
    }
  })
})

describe('connections', () => {
  it('are counted by all that becomes of them', async () => {
    expect(await telemetry.samples('acme_auth_connection_transitions_total')).toEqual({
      'acme_auth_transition=opened': 3,
      'acme_auth_transition=renewed': 1,
      'acme_auth_transition=refused': 1,
      'acme_auth_transition=closed': 1,
      'acme_auth_transition=expired': 1,
      'acme_auth_transition=revoked': 1,
    })
  })
})

describe('the dashboard', () => {
  const dashboard: unknown = JSON.parse(read('dashboards/acme-auth.json'))
  const queries = membersOf(dashboard, 'expr').map((text) => text.replaceAll('$job', '.*'))

  it('has one query at least for each metric', () => {
    const selectors = queries.flatMap((text) => parseQuery(text).selectors)
    const unused = [...printed.keys()].filter((name) => /^acme_auth_.*(?<!_sum|_count|_info)$/.test(name))
    expect(unused.filter((name) => !selectors.some((selector) => selector.name.test(name)))).toEqual([])
  })

  it.each(queries)('asks for what is there: %s', (text) => {
    expect(unknownOf(parseQuery(text))).toEqual([])
  })

  it('shows labels in legends that its queries keep', () => {
    const targets = JSON.stringify(dashboard).matchAll(/"expr":"((?:[^"\\]|\\.)*)","legendFormat":"([^"]*)"/g)
    for (const [, query = '', legend = ''] of targets) {
      const { groups } = parseQuery(JSON.parse(`"${query}"`) as string) // what was just written as JSON
      for (const [, label] of legend.matchAll(/\{\{(\w+)\}\}/g)) expect(groups).toContain(label)
    }
  })

  it('asks for values of a label that is there', () => {
    const [definition = ''] = membersOf(dashboard, 'definition')
    expect(definition).toBe('label_values(acme_auth_decisions_total, job)')
    expect(printed.has('acme_auth_decisions_total')).toBe(true)
  })
})

describe('the alerts', () => {
  interface Rule {
    readonly alert: string
    readonly expr: string
    readonly for?: string
    readonly labels: { readonly severity: string }
    readonly annotations: { readonly summary: string; readonly description?: string }
  }
  const { groups } = parse(read('alerts/acme-auth.yaml')) as { groups: { name: string; rules: Rule[] }[] } // checked below
  const rules = groups.flatMap((group) => group.rules)

  it('are some, each with a severity, a summary and a name of its own', () => {
    expect(rules.length).toBeGreaterThan(10)
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length)
    for (const { alert, labels, annotations, ...rule } of rules) {
      expect(alert).toMatch(/^Auth[A-Za-z]+$/)
      expect(['critical', 'warning', 'info']).toContain(labels.severity)
      expect(annotations.summary).toMatch(/\w/)
      expect(Object.keys(rule).filter((name) => !['expr', 'for'].includes(name))).toEqual([])
    }
  })

  it.each(rules.map((rule) => [rule.alert, rule] as const))(
    '%s asks for what is there',
    (_name, { expr, annotations }) => {
      const query = parseQuery(expr)
      expect(unknownOf(query)).toEqual([])
      for (const [, label] of JSON.stringify(annotations).matchAll(/\$labels\.(\w+)/g))
        expect(query.groups).toContain(label)
    },
  )
})

describe('the reader of queries', () => {
  it.each([
    ['sum by (nope) (rate(acme_auth_decisions_total[5m]))', 'no label nope'],
    ['rate(acme_auth_decision_total[5m])', 'no metric /^acme_auth_decision_total$/'],
    ['acme_auth_decisions_total{acme_auth_outcome="denied"}', 'no acme_auth_outcome="denied"'],
    ['acme_auth_decisions_total{outcome="refused"}', 'no label outcome'],
    [
      '{__name__=~"acme_auth_authenticate_duration_seconds"}',
      'no metric /^(?:acme_auth_authenticate_duration_seconds)$/',
    ],
  ])('finds what is wrong with %s', (text, problem) => {
    expect(unknownOf(parseQuery(text))).toContain(problem)
  })

  it.each(['summ(acme_auth_decisions_total)', 'a{b=~c}', 'a ? b', '{a="b"}'])('refuses %s', (text) => {
    expect(() => parseQuery(text)).toThrow(text)
  })
})
