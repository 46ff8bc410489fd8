import { Writable } from 'node:stream'

import { explanationText } from '@acme/auth-core'
import type { Trace } from '@acme/auth-core'

import { call } from '../call/call.js'
import type { WhyFlags } from '../commands/why.js'
import { mendOfTrace } from '../mend.js'
import type { ToMend } from '../mend.js'
import { printable, UsageError } from '../terminal.js'
import { isObject, isSummary, isText, listText, queryOf } from './latest.js'
import type { Answer, Terminal } from '../terminal.js'

const NONE: ToMend = {
  says: 'no trace of that id is kept',
  fix: 'in production the API keeps none without the option traces: true; it keeps the newest 500 for an hour, each process its own, unless traces.store is given',
}

/** Tells why an API refused a request, by the trace that it kept; or, without an id, which ones it refused lately. */
export async function why(id: string | undefined, flags: WhyFlags, terminal: Terminal): Promise<Answer> {
  if (id !== undefined && !/^[A-Za-z0-9._:-]{1,128}$/.test(id))
    throw new UsageError('ID: want the correlation id of an answer')
  if (id !== undefined && flags.where !== undefined) throw new UsageError('--where: want it without ID, for the list')
  const asked = await ask(id, flags, terminal)
  return 'answer' in asked ? asked.answer : id === undefined ? listOf(asked, terminal) : traceOf(asked, terminal)
}

function traceOf(asked: Asked, terminal: Terminal): Answer {
  const { status, value } = asked
  if (status === 404 && value?.['error'] === 'not_found')
    return { found: true, value: { primary: NONE, status }, text: `${NONE.says}: ${NONE.fix}` }
  if (status !== 200 || !isTrace(value)) return noTrace(asked, terminal)
  return {
    found: true,
    value: { ...value, primary: mendOfTrace(value) ?? null },
    text: explanationText(value)
      .split('\n')
      .map((line) => printable(line, 1500))
      .join('\n'),
  }
}

function listOf(asked: Asked, terminal: Terminal): Answer {
  const { status, value } = asked
  const list = status === 200 ? value?.['traces'] : undefined
  if (Array.isArray(list) && list.every(isSummary))
    return { found: true, value: { primary: null, traces: list }, text: listText(list) }
  const wrong = status === 400 ? value?.['error_description'] : undefined
  if (typeof wrong === 'string') throw new UsageError(`--where: ${printable(wrong, 500)}`)
  return noTrace(asked, terminal)
}

/** Refused, or another route: what call says of that. */
function noTrace({ url, status, said }: Asked, terminal: Terminal): Answer {
  terminal.stderr.write(said)
  const says = `HTTP ${status} of ${printable(url)}: no trace`
  const primary = { says, fix: 'want the route of traceRoute(), and a token that its guard accepts' }
  return { found: true, value: { primary, status }, text: `${says}; ${primary.fix}` }
}

interface Asked {
  readonly url: string
  readonly status: number
  readonly value: Readonly<Record<string, unknown>> | undefined
  /** What `call` says of it. */
  readonly said: string
}

/** The answer of `call`, which says why. */
interface NotReached {
  readonly answer: Answer
}

async function ask(
  id: string | undefined,
  { api, where, ...flags }: WhyFlags,
  terminal: Terminal,
): Promise<Asked | NotReached> {
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
  const { status, body } = answer.value as { status?: number; body?: string } // what call answers
  if (status === undefined) terminal.stderr.write(said.join(''))
  return status === undefined ? { answer } : { url, status, value: parsed(body ?? ''), said: said.join('') }
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
