import type { Trace, TraceCheck } from './trace-types.js'

const MARKS = { passed: 'ok  ', failed: 'FAIL', 'not reached': '-   ' } as const

/**
 * A trace for people: the one finding first, then the checks. The same trace makes the same text.
 * @example
 * ```ts
 * import { createResourceServer, explanationText } from '@acme/auth-core'
 *
 * const resourceServer = createResourceServer({ domain: 'tenant.auth0.com', audience: 'https://api.example.com' })
 * for (const trace of resourceServer.traces()) console.log(explanationText(trace))
 * ```
 */
export function explanationText(trace: Trace): string {
  const failed = trace.checks.find(({ outcome }) => outcome === 'failed')
  return [
    `${what(trace)}: ${trace.status} ${trace.reason} (${trace.code})`,
    ...finding(failed),
    '',
    ...lines(trace),
    ...(trace.later ?? []).flatMap((one) => ['', 'later, with the same correlation id:', explanationText(one)]),
  ].join('\n')
}

const REFUSED = { renewal: 'a renewal of ', message: 'a message of ', end: 'to go on with ' } as const

function what({ connection, method, path, time, correlationId }: Trace): string {
  const of = connection === undefined ? '' : REFUSED[connection]
  const request = method === undefined ? 'refused' : `refused ${of}${method} ${path ?? ''}`
  const id = correlationId === undefined ? '' : `, correlation id ${correlationId}`
  return `${request} at ${new Date(time * 1000).toISOString().slice(0, 19)}Z${id}`
}

function finding(failed: TraceCheck | undefined): readonly string[] {
  if (failed === undefined) return []
  const { check, clause, expected, seen, setting, fix } = failed
  return [
    `  check     ${check} (${clause})`,
    `  expected  ${expected}`,
    ...(seen === undefined ? [] : [`  seen      ${seen}`]),
    ...(setting === '' ? [] : [`  setting   ${setting}`]),
    ...(fix === undefined ? [] : [`  fix       ${fix}`]),
  ]
}

function lines({ checks }: Trace): readonly string[] {
  const width = Math.max(...checks.map(({ check }) => check.length))
  return checks.map(({ check, outcome, seen }) =>
    `${MARKS[outcome]}  ${check.padEnd(width)}  ${outcome === 'passed' ? (seen ?? '') : ''}`.trimEnd(),
  )
}
