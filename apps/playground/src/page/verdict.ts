import type { Trace } from '@acme/auth-core'

import type { Answer } from '../wire.js'
import type { Exchange } from './exchange.js'

/** What is compared between the servers. */
export interface Outcome {
  readonly status: string
  readonly error: string
  readonly code: string
  /** Of the trace: which check refused. */
  readonly check: string
}

/** The members of a refusal's body. */
export function refusalOf({ body }: Answer): { readonly error: string; readonly code: string; readonly id: string } {
  const { error, code, correlation_id } = objectOf(body)
  return { error: textOf(error), code: textOf(code), id: textOf(correlation_id) }
}

export function outcomeOf({ last }: Pick<Exchange, 'last'>, trace: Trace | null | undefined): Outcome {
  const { error, code } = refusalOf(last.answer)
  const check = trace?.checks.find(({ outcome }) => outcome === 'failed')?.check ?? ''
  return { status: String(last.answer.status), error, code, check }
}

/** What most servers say of each: who says something else differs. */
export function usual(outcomes: readonly Outcome[]): Outcome {
  return {
    status: mostOften(outcomes.map(({ status }) => status)),
    error: mostOften(outcomes.map(({ error }) => error)),
    code: mostOften(outcomes.map(({ code }) => code)),
    check: mostOften(outcomes.map(({ check }) => check)),
  }
}

/** @returns whether all say the same */
export function agree(outcomes: readonly Outcome[]): boolean {
  return new Set(outcomes.map((one) => JSON.stringify(one))).size <= 1
}

function mostOften(values: readonly string[]): string {
  const count = (value: string): number => values.filter((one) => one === value).length
  return values.reduce((best, value) => (count(value) > count(best) ? value : best), values[0] ?? '')
}

function objectOf(body: string): Readonly<Record<string, unknown>> {
  try {
    return { ...Object(JSON.parse(body)) } as Readonly<Record<string, unknown>> // of whatever it is
  } catch {
    return {}
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
