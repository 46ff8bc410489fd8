import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict'

import { casesByArea } from './cases.js'
import type { ContractCase, ContractConfigurationName } from './contract.js'
import type { ContractFixture } from './fixture.js'
import { startOperator } from './operator.js'
import type { Operator, WireTrace } from './operator.js'
import type { RawResponse } from './raw-http.js'
import { REFUSING_CHECKS } from './refusing-checks.js'
import type { ScenarioFixture } from './scenario-fixture.js'
import type { ContractScenario } from './scenario.js'

const REPEATED = 'VAL_2002 credentials_repeated: credentials'

// Those where an operator comes with a Bearer token.
const CONFIGURATIONS: readonly ContractConfigurationName[] = [
  'allowed',
  'nonce required',
  'rfc9068',
  'introspection',
  'introspection down',
  'two issuers',
  'certificates',
  'origins',
]

/** Of the refusals of a configuration: the code, and the check that refused. */
async function refusingChecks(
  fixture: ScenarioFixture,
  name: ContractConfigurationName,
  given: ContractFixture,
): Promise<readonly string[]> {
  const operator = await startOperator(fixture, name, given)
  const found: string[] = []
  for (const one of Object.values(casesByArea).flat()) {
    if (one.configuration !== name || one.expected.error === undefined) continue
    const line = await refusingCheck(operator, one)
    if (line !== undefined) found.push(line)
  }
  return found
}

async function refusingCheck(operator: Operator, one: ContractCase): Promise<string | undefined> {
  let answer: RawResponse | undefined
  for (const request of await one.requests(operator.client)) answer = await operator.send(request)
  const id = answer === undefined ? undefined : idOf(answer)
  // The HTTP server refused it by itself.
  if (answer === undefined || id === undefined) return undefined
  const { later = [], ...first } = await operator.trace(id)
  const trace: WireTrace = later.at(-1) ?? first
  strictEqual(trace.correlationId, id, one.name)
  strictEqual(trace.status, answer.status, one.name)
  if (answer.body !== '') strictEqual(trace.code, codeOf(answer), one.name)
  const failed = trace.checks.filter(({ outcome }) => outcome === 'failed')
  strictEqual(failed.length, 1, `${one.name}: ${failed.length} checks failed`)
  ok((failed[0]?.fix ?? '').length > 10, `${one.name}: no fix`)
  return `${trace.code} ${trace.reason}: ${failed[0]?.check}`
}

function idOf({ headers }: RawResponse): string | undefined {
  return headers.find(([name]) => name.toLowerCase() === 'x-request-id')?.[1]
}

function codeOf({ body }: RawResponse): unknown {
  return (JSON.parse(body) as { readonly code?: unknown }).code // compared with that of the trace
}

/** Why a request was refused, by the id of its answer. */
export const traceScenarios: readonly ContractScenario[] = [
  {
    name: 'every refusal of the cases has one, with the check that refused and a fix',
    exclusive: false,
    async run(fixture) {
      const given = await fixture.startCases()
      const found: string[] = []
      for (const name of CONFIGURATIONS) found.push(...(await refusingChecks(fixture, name, given)))
      ok(found.length > 350, `${found.length} refusals`)
      // Servers of web requests join repeated headers: those are malformed there.
      deepStrictEqual([...new Set([...found, REPEATED])].toSorted(), REFUSING_CHECKS)
    },
  },
  {
    name: 'one is the same to the byte, on each framework',
    exclusive: false,
    async run(fixture) {
      const operator = await startOperator(fixture)
      await operator.refused('bytes', '/any?token=SECRET')
      const { body, headers } = await operator.ask('/bytes')
      deepStrictEqual(
        body.replace(/"time":[\d.]+/, '"time":0').replace(/,"route":"[^"]*"/, ''),
        JSON.stringify({
          correlationId: 'bytes',
          method: 'GET',
          path: '/any',
          time: 0,
          status: 401,
          code: 'AUTH_1003',
          reason: 'credentials_missing',
          checks: [
            {
              check: 'credentials',
              clause: 'RFC 6750 §2.1, RFC 9110 §11.6.2',
              expected: 'one Authorization header with a scheme and a token of at most 16 KiB',
              setting: '',
              outcome: 'failed',
              fix: 'send an access token in the Authorization header; see that no proxy removes it',
            },
            notReached(
              'scheme',
              'RFC 9449 §7.2',
              'an accepted scheme: Bearer DPoP',
              'dpop.mode, or dpop of requireAuth',
            ),
            notReached('requirements', 'RFC 6750 §3.1, RFC 9470 §3', 'what the route requires', 'requireAuth'),
          ],
        }).replaceAll('§', Buffer.from('§').toString('latin1')),
      )
      deepStrictEqual(own(headers), [
        'cache-control: no-store',
        `content-length: ${body.length}`,
        'content-type: application/json; charset=utf-8',
        'x-content-type-options: nosniff',
      ])
    },
  },
]

function notReached(check: string, clause: string, expected: string, setting: string): object {
  return { check, clause, expected, setting, outcome: 'not reached' }
}

const SERVER = new Set(['date', 'connection', 'keep-alive'])

/** Header lines, but for those that servers add in their own way, and ids of this request. */
export function own(headers: RawResponse['headers']): readonly string[] {
  return headers
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .filter(([name]) => !SERVER.has(name) && name !== 'x-request-id')
    .map(([name, value]) => `${name}: ${value}`)
    .toSorted()
}
