import { deepStrictEqual, match, ok, strictEqual } from 'node:assert/strict'

import { TENANT_HOSTS } from './configurations.js'
import { expectedAnswer, seenAnswer } from './expectations.js'
import type { Expected } from './expectations.js'
import { Operator, startOperator } from './operator.js'
import { sendRaw } from './raw-http.js'
import type { RawRequest, RawResponse } from './raw-http.js'
import { expiredToken, missingScope, noCredentials } from './refusals.js'
import type { ContractScenario } from './scenario.js'
import { own } from './scenarios-traces.js'
import type { ScenarioFixture } from './scenario-fixture.js'

const NOT_FOUND = '{"error":"not_found"}'

/** What this kit answers, and no more. */
function answered(response: RawResponse, status: number, body: string): void {
  deepStrictEqual(
    { status: response.status, body: response.body, headers: own(response.headers) },
    {
      status,
      body,
      headers: [
        'cache-control: no-store',
        `content-length: ${body.length}`,
        'content-type: application/json; charset=utf-8',
        'x-content-type-options: nosniff',
      ],
    },
  )
}

// Some are refused by the server or the router, before anybody looks for a trace.
const HOSTILE = [
  '..',
  '../..',
  '..%2f..%2fetc%2fpasswd',
  '%2e%2e%2f%2e%2e%2fetc%2fpasswd',
  '..%5c..%5cwindows',
  '%00',
  'victim%00',
  '%0d%0aSet-Cookie:%20a=b',
  '%E2%80%AE',
  '%ff%fe',
  '%',
  '%zz',
  '*',
  'victim*',
  'vict%69m%20',
  'victim%20OR%201=1',
  '{traces}',
  '%7Btraces%7D:texts',
  '__proto__',
  'constructor',
  'hasOwnProperty',
  'toString',
  'undefined',
  'null',
  'NaN',
  'x'.repeat(129),
  'x'.repeat(10_240),
  '%41'.repeat(3000),
] as const

interface Guarded {
  readonly name: string
  readonly headers: (operator: Operator) => Promise<RawRequest['headers']>
  readonly expected: Expected
}

const authorization = (token: string): RawRequest['headers'] => [['Authorization', `Bearer ${token}`]]

const GUARDED: readonly Guarded[] = [
  { name: 'nobody', headers: async () => [], expected: noCredentials('allowed', 'read:traces') },
  {
    name: 'who lacks the scope',
    headers: async ({ client }) => authorization(await client.issuer.accessToken({ scope: 'read:messages' })),
    expected: missingScope({ parameters: ', scope="read:traces"' }),
  },
  {
    name: 'who may read no longer',
    headers: async ({ client }) =>
      authorization(await client.issuer.accessToken({ scope: 'read:traces', expiresIn: -60 })),
    expected: expiredToken(),
  },
]

/** Asks as each of those who may not, for a trace and for the list. */
async function isGuarded(fixture: ScenarioFixture): Promise<void> {
  const operator = await startOperator(fixture)
  await operator.refused('victim')
  const { client } = operator
  for (const target of ['/internal/traces/victim', '/internal/traces', '/internal/traces/unknown']) {
    for (const { name, headers, expected } of GUARDED) {
      const answer = await operator.send(client.request(target, await headers(operator)))
      deepStrictEqual(seenAnswer(answer), expectedAnswer(expected), `${name} at ${target}`)
    }
  }
  for (const headers of [[], authorization(await client.issuer.accessToken({ scope: 'read:traces' }))]) {
    const { status, body } = await operator.send(client.request('/unguarded/victim', headers))
    deepStrictEqual([status, /checks|credentials_missing/.test(body)], [500, false], 'without a guard')
  }
}

async function findsNothing(fixture: ScenarioFixture): Promise<void> {
  const operator = await startOperator(fixture)
  await operator.refused('victim')
  for (const id of HOSTILE) {
    const { status, headers, body } = await operator.ask(`/${id}`)
    ok([400, 404, 414, 431].includes(status), `${id.slice(0, 40)}: ${status} ${body.slice(0, 200)}`)
    ok(!/checks|credentials_missing/.test(body), `${id.slice(0, 40)}: ${body.slice(0, 200)}`)
    ok(!headers.some(([name]) => name.toLowerCase() === 'set-cookie'), id)
  }
  for (const id of ['unknown', '__proto__', 'x'.repeat(100)]) answered(await operator.ask(`/${id}`), 404, NOT_FOUND)
  strictEqual((await operator.trace('victim')).correlationId, 'victim')
}

async function isPlain(fixture: ScenarioFixture): Promise<void> {
  const operator = await startOperator(fixture)
  await operator.refused('victim')
  const got = await operator.ask('/victim')
  answered(got, 200, got.body)
  const head = await operator.ask('/victim', { method: 'HEAD' })
  // RFC 9110 §9.3.2: as for GET, without the body.
  deepStrictEqual([head.status, own(head.headers), head.body], [200, own(got.headers), ''])
  // Of another page: no header that lets it read the answer (Fetch §3.2).
  const cross = await operator.ask('/victim', { headers: [['Origin', 'https://evil.test']] })
  answered(cross, 200, got.body)
  const preflight = await sendRaw(operator.client.port, {
    ...operator.client.request('/internal/traces/victim', [
      ['Origin', 'https://evil.test'],
      ['Access-Control-Request-Method', 'GET'],
      ['Access-Control-Request-Headers', 'authorization'],
    ]),
    method: 'OPTIONS',
  })
  deepStrictEqual(
    preflight.headers.filter(([name]) => /^access-control-/i.test(name)),
    [],
  )
  for (const method of ['POST', 'DELETE', 'PUT']) {
    const { status, body } = await operator.ask('/victim', { method })
    ok(status === 404 || status === 405, `${method}: ${status}`)
    ok(!body.includes('checks'), method)
  }
}

async function keepsTheFirst(fixture: ScenarioFixture): Promise<void> {
  const operator = await startOperator(fixture)
  const { client } = operator
  await operator.refused('victim', '/read')
  for (let sent = 0; sent < 10; sent++) {
    const { headers, ...others } = await client.bearer('x', `/users/${sent}`)
    await operator.send({ ...others, headers: [...headers, ['X-Request-Id', 'victim']] })
  }
  const { path, reason, later = [] } = await operator.trace('victim')
  deepStrictEqual([path, reason], ['/read', 'credentials_missing'])
  deepStrictEqual(
    later.map((one) => one.path),
    ['/users/7', '/users/8', '/users/9'],
  )
  // Whose name is none gets another.
  for (const id of ['a b', '../victim', 'x'.repeat(129), 'a"b']) {
    const { headers } = await operator.refused(id)
    match(headers.find(([name]) => name.toLowerCase() === 'x-request-id')?.[1] ?? '', /^[\da-f-]{36}$/, id)
  }
}

async function listsSome(fixture: ScenarioFixture): Promise<void> {
  const operator = await startOperator(fixture)
  const { client } = operator
  const idsOf = async (query: string): Promise<readonly string[]> => {
    const { status, body } = await operator.ask(query)
    strictEqual(status, 200, body)
    const { traces } = JSON.parse(body) as { readonly traces: readonly { readonly correlationId: string }[] } // is compared
    return traces.map(({ correlationId }) => correlationId)
  }
  const send = async (id: string, claims: Readonly<Record<string, unknown>>, target = '/any'): Promise<void> => {
    const { headers, ...others } = await client.bearer({ claims }, target)
    await operator.send({ ...others, headers: [...headers, ['X-Request-Id', id]] })
  }
  await send('1', { client_id: 'app-1', sub: 'ann', aud: 'https://other.test/' })
  await send('2', { client_id: 'app-2', sub: 'ann', exp: 1 })
  await send('3', { client_id: 'app-1', sub: 'bob' }, '/read?scope=SECRET')
  await operator.refused('4')
  deepStrictEqual(await idsOf(''), ['4', '3', '2', '1'])
  deepStrictEqual(await idsOf('?client_id=app-1'), ['3', '1'])
  deepStrictEqual(await idsOf('?client_id=app-1&subject=ann'), ['1'])
  deepStrictEqual(await idsOf('?reason=token_expired'), ['2'])
  deepStrictEqual(await idsOf('?code=AUTH_1005'), ['3'])
  deepStrictEqual(await idsOf('?path=%2Fread'), ['3'])
  deepStrictEqual(await idsOf(`?issuer=${encodeURIComponent(client.issuer.issuer)}`), ['3', '2', '1'])
  deepStrictEqual(await idsOf('?subject=__proto__'), [])
  const wrong =
    '{"error":"invalid_request","error_description":"want each of these once at most: reason, code, issuer, subject, client_id, path"}'
  for (const query of ['?client=app-1', '?code=a&code=b', '?__proto__=x', '?client_id[]=x'])
    answered(await operator.ask(query), 400, wrong)
  const { body } = await operator.ask('')
  ok(!body.includes('SECRET') && !body.includes('"checks"'), body)
}

/** Two tenants with one issuer, so that the token alone does not tell them apart. */
async function ofOneTenant(fixture: ScenarioFixture): Promise<void> {
  const cases = await fixture.startCases()
  const { client } = await startOperator(fixture, 'tenants', cases)
  const [host, other] = [TENANT_HOSTS.a, 'd.localhost']
  const operator = new Operator(client, { host })
  await operator.refused('of-a')
  const stranger = new Operator(client, { host: TENANT_HOSTS.c })
  await stranger.refused('of-c')
  await stranger.refused('same', '/users/1')
  await operator.refused('same', '/users/2')
  await new Operator(client, { host: other }).refused('of-nobody')
  const found = await operator.trace('of-a')
  strictEqual(found.correlationId, 'of-a')
  for (const id of ['of-c', 'of-nobody']) answered(await operator.ask(`/${id}`), 404, NOT_FOUND)
  const { path, later } = await operator.trace('same')
  deepStrictEqual([path, later], ['/users/2', undefined])
  const { body } = await operator.ask('')
  deepStrictEqual(
    ['of-a', 'of-c', 'of-nobody', '/users/1'].map((name) => body.includes(`"${name}"`)),
    [true, false, false, false],
  )
}

const scenarios: readonly (readonly [name: string, run: ContractScenario['run']])[] = [
  ['the route is guarded as any', isGuarded],
  ['ids that mean harm find nothing', findsNothing],
  ['the answer is JSON, for nobody else, and the same for HEAD', isPlain],
  ['nobody replaces the trace of another by sending its name', keepsTheFirst],
  ['a list is of what is asked for, or of nothing', listsSome],
  ['an operator reads what is of the own tenant', ofOneTenant],
]

/** What operators are served, and nobody else. */
export const traceEndpointScenarios: readonly ContractScenario[] = scenarios.map(([name, run]) => ({
  name,
  exclusive: false,
  run,
}))
