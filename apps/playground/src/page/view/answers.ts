import type { Exchange } from '../exchange.js'
import type { Outcome } from '../verdict.js'
import { fill, find, h } from './dom.js'

/** A row: what one of the five has answered. */
export interface Row {
  readonly server: string
  /** Undefined before anything was sent. */
  readonly exchange: Exchange | undefined
  readonly outcome: Outcome | undefined
  /** What differs from the other servers. */
  readonly differs: readonly string[]
}

export function showAnswers(rows: readonly Row[], onSelect: (server: string) => void): void {
  fill('answers', ...rows.map((row) => rowOf(row, onSelect)))
}

function rowOf({ server, exchange, outcome, differs }: Row, onSelect: (server: string) => void): HTMLElement {
  const select = h('button', { type: 'button', class: 'link', 'data-server': server }, server)
  select.addEventListener('click', () => onSelect(server))
  const ms = exchange === undefined ? '' : exchange.last.answer.ms.toFixed(1)
  return h(
    'tr',
    // On a phone it does not look like a table, and is one all the same.
    { role: 'row', 'data-row': server, class: differs.length > 0 ? 'differs' : undefined },
    h('th', { role: 'rowheader', scope: 'row' }, select),
    h('td', { role: 'cell' }, outcome === undefined ? '–' : pill(outcome.status)),
    h(
      'td',
      { role: 'cell' },
      ...(exchange === undefined || outcome === undefined ? ['–'] : answerOf(exchange, outcome, differs)),
    ),
    h('td', { role: 'cell', class: 'number' }, ms),
  )
}

function answerOf({ steps }: Exchange, { error, code, check }: Outcome, differs: readonly string[]): HTMLElement[] {
  const before = steps.slice(0, -1).map(({ answer }) => String(answer.status))
  const first =
    error === '' ? [h('span', {}, 'let through')] : [h('code', {}, error), h('code', { class: 'muted' }, code)]
  const lines = [h('span', { class: 'line' }, ...first)]
  if (check !== '') lines.push(h('span', { class: 'line muted' }, `fails at: ${check}`))
  if (before.length > 0) lines.push(h('span', { class: 'line muted' }, `after ${before.join(', ')}`))
  if (differs.length > 0) lines.push(h('span', { class: 'line bad' }, `≠ differs in ${differs.join(', ')}`))
  return lines
}

/** A status, by its class of meaning. */
export function pill(status: string): HTMLElement {
  const kind = status.startsWith('2') ? 'good' : status.startsWith('4') ? 'bad' : 'fault'
  return h('span', { class: `pill ${kind}` }, status)
}

export function showSelected(server: string): void {
  for (const row of find('answers', HTMLElement).querySelectorAll('tr')) {
    const isSelected = row.dataset['row'] === server
    row.classList.toggle('selected', isSelected)
    row.querySelector('button')?.setAttribute('aria-pressed', String(isSelected))
  }
}

/** On a phone the answers are below the form: whoever has sent something wants to see them. */
export function bringIntoView(): void {
  const { bottom } = find('verdict', HTMLElement).getBoundingClientRect()
  if (bottom <= window.innerHeight) return
  const isCalm = matchMedia('(prefers-reduced-motion: reduce)').matches
  find('results', HTMLElement).scrollIntoView({ behavior: isCalm ? 'auto' : 'smooth' })
}

export function showVerdict(text: string, kind: 'good' | 'bad' | 'quiet' = 'quiet'): void {
  const verdict = find('verdict', HTMLElement)
  verdict.textContent = text
  verdict.className = kind
}
