import { Writable } from 'node:stream'

import { explanationText } from '@acme/auth-core'
import type { Trace } from '@acme/auth-core'

import { call } from '../call/call.js'
import type { WhyFlags } from '../commands/why.js'
import { printable, UsageError } from '../terminal.js'
import { isObject, isSummary, isText, listText, queryOf } from './latest.js'
import type { Answer, Terminal } from '../terminal.js'

const NONE =
  'no trace of that id is kept. In production the API keeps none without the option traces: true; it keeps the newest 500 for an hour, each process its own, unless traces.store is given'

/** Tells why an API refused a request, by the trace that it kept; or, without an id, which ones it refused lately. */
export async function why(id: string | undefined, flags: WhyFlags, terminal: Terminal): Promise<Answer> {
  if (id !== undefined && !/^[A-Za-z0-9._:-]{1,128}$/.test(id))
    throw new UsageError('ID: want the correlation id of an answer')
  if (id !== undefined && flags.where !== undefined) throw new UsageError('--where: want it without ID, for the list')
  const { url, status, value, said } = await ask(id, flags, terminal)
  if (id !== undefined && status === 404 && value?.['error'] === 'not_found')
    return { found: true, value: { status, says: NONE }, text: NONE }
  if (status === 200 && id !== undefined && isTrace(value)) {
    const lines = explanationText(value).split('\n')
    return { found: true, value, text: lines.map((line) => printable(line, 1500)).join('\n') }
  }
  const list = status === 200 && id === undefined ? value?.['traces'] : undefined
  if (Array.isArray(list) && list.every(isSummary)) return { found: true, value: list, text: listText(list) }
  const wrong = status === 400 && id === undefined ? value?.['error_description'] : undefined
  if (typeof wrong === 'string') throw new UsageError(`--where: ${printable(wrong, 500)}`)
  // Refused, or another route: what call says of that.
  terminal.stderr.write(said)
  const text = `HTTP ${status} of ${printable(url)}: no trace; want the route of traceRoute(), and a token that its guard accepts`
  return { found: true, value: { status, says: text }, text }
}

interface Asked {
  readonly url: string
  readonly status: number
  readonly value: Readonly<Record<string, unknown>> | undefined
  /** What `call` says of it. */
  readonly said: string
}

async function ask(id: string | undefined, { api, where, ...flags }: WhyFlags, terminal: Terminal): Promise<Asked> {
  const said: string[] = []
  const stderr = new Writable({
    write(chunk, _encoding, done) {
      said.push(String(chunk))
      done()
    },
  })
  const base = api.replace(/\/+$/, '')
  const url = id === undefined ? `${base}${queryOf(where ?? [])}` : `${base}/${encodeURIComponent(id)}`
  const answer = await call(url, { ...flags, method: 'GET', header: [] }, { ...terminal, stderr })
  const { status, body } = answer.value as { status: number; body: string } // what call answers
  return { url, status, value: parsed(body), said: said.join('') }
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
  const { checks, later = [] } = value ?? {}
  const isCheck = (one: unknown): boolean =>
    isObject(one) && ['check', 'clause', 'expected', 'setting', 'outcome'].every((name) => isText(one[name]))
  const isLater = (one: unknown): boolean => isObject(one) && one['later'] === undefined && isTrace(one)
  const isWhole = Array.isArray(checks) && checks.every(isCheck) && Array.isArray(later) && later.every(isLater)
  return isWhole && isSummary(value)
}
