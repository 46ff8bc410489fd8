import { Writable } from 'node:stream'

import { explanationText } from '@acme/auth-core'
import type { Trace } from '@acme/auth-core'

import { call } from '../call/call.js'
import type { WhyFlags } from '../commands/why.js'
import { printable, UsageError } from '../terminal.js'
import type { Answer, Terminal } from '../terminal.js'

const NONE =
  'no trace of that id is kept. In production the API keeps none without the option traces: true; it keeps the newest 500 for an hour, each process its own, unless traces.store is given'

/** Tells why an API refused a request, by the trace that it kept. */
export async function why(id: string, { api, ...flags }: WhyFlags, terminal: Terminal): Promise<Answer> {
  if (!/^[A-Za-z0-9._:-]{1,128}$/.test(id)) throw new UsageError('ID: want the correlation id of an answer')
  const said: string[] = []
  const stderr = new Writable({
    write(chunk, _encoding, done) {
      said.push(String(chunk))
      done()
    },
  })
  const url = `${api.replace(/\/+$/, '')}/${encodeURIComponent(id)}`
  const answer = await call(url, { ...flags, method: 'GET', header: [] }, { ...terminal, stderr })
  const { status, body } = answer.value as { status: number; body: string } // what call answers
  const value = parsed(body)
  if (status === 404 && value?.['error'] === 'not_found')
    return { found: true, value: { status, says: NONE }, text: NONE }
  if (status === 200 && isTrace(value)) {
    const lines = explanationText(value).split('\n')
    return { found: true, value, text: lines.map((line) => printable(line, 1500)).join('\n') }
  }
  // Refused, or another route: what call says of that.
  terminal.stderr.write(said.join(''))
  const text = `HTTP ${status} of ${printable(url)}: no trace; want the route of traceRoute(), and a token that its guard accepts`
  return { found: true, value: { status, says: text }, text }
}

function parsed(body: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null ? { ...value } : undefined
  } catch {
    return undefined
  }
}

/** Of whatever an API answers. */
function isTrace(
  value: Readonly<Record<string, unknown>> | undefined,
): value is Readonly<Record<string, unknown>> & Trace {
  const { checks, time, status, reason, code } = value ?? {}
  const isText = (one: unknown): boolean => typeof one === 'string'
  const isCheck = (one: unknown): boolean =>
    typeof one === 'object' &&
    one !== null &&
    ['check', 'clause', 'expected', 'setting', 'outcome'].every((name) => isText(Reflect.get(one, name)))
  const isTime = typeof time === 'number' && Math.abs(time) < 8_640_000_000_000
  return (
    isTime &&
    typeof status === 'number' &&
    isText(reason) &&
    isText(code) &&
    Array.isArray(checks) &&
    checks.every(isCheck)
  )
}
