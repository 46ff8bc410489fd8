import type { ClientEvent, FetchEvent } from '@acme/auth-client'

import type { Answer } from './calls.js'
import { find, made } from './dom.js'

const MOST_EVENTS = 50

const DID: Readonly<Record<FetchEvent['cause'], string>> = {
  nonce: 'a proof with the nonce of the server',
  clock: 'a proof with the time of the server',
  refresh: 'another token',
  insufficient_scope: 'more scopes',
  insufficient_user_authentication: 'a stronger login',
  wait: 'waited as told',
}

/** Who is logged in; undefined for nobody. */
export function showUser(subject: string | undefined): void {
  const isIn = subject !== undefined
  find('who', HTMLElement).textContent = isIn ? `Logged in as ${subject}` : 'Nobody is logged in'
  find('log-in', HTMLElement).hidden = isIn
  for (const id of ['log-out', 'token', 'calls']) find(id, HTMLElement).hidden = !isIn
  // What the APIs said to one user is not for the next.
  if (!isIn) showAnswers([])
}

export function showToken(token: { readonly scopes: string; readonly key: string; readonly expires: string }): void {
  for (const [id, text] of Object.entries(token)) find(id, HTMLElement).textContent = text
}

export function showProblem(text: string | undefined): void {
  const problem = find('problem', HTMLElement)
  problem.hidden = text === undefined
  problem.textContent = text ?? ''
}

export function showBusy(isBusy: boolean): void {
  find('answers', HTMLElement).ariaBusy = String(isBusy)
  // Not `disabled`, which would take the focus away.
  for (const button of find('actions', HTMLElement).children) button.ariaDisabled = String(isBusy)
}

export function showAnswers(answers: readonly Answer[]): void {
  find('answers', HTMLElement).replaceChildren(...answers.map(rowOf))
}

function rowOf({ api, status, text, did }: Answer): HTMLElement {
  const row = made('tr', '')
  const name = made('th', api.name)
  name.scope = 'row'
  const isGood = status !== undefined && status < 300
  row.append(name, made('td', String(status ?? 'none'), isGood ? 'good' : 'bad'), made('td', text))
  row.append(made('td', did.map((cause) => DID[cause]).join(', then ') || 'nothing'))
  return row
}

/** The newest first. */
export function tell(text: string): void {
  const events = find('events', HTMLElement)
  events.prepend(made('li', `${new Date().toLocaleTimeString()}  ${text}`))
  if (events.children.length > MOST_EVENTS) events.lastElementChild?.remove()
}

export function describeFetch({ cause, status, origin }: FetchEvent): string {
  return `${new URL(origin).host} answered ${status}: ${DID[cause]}`
}

export function describeEvent(event: ClientEvent): string {
  switch (event.type) {
    case 'granted':
      return `tokens by ${event.grant}`
    case 'failed':
      return `no tokens by ${event.grant}: ${event.error.code} ${event.error.reason}`
    case 'adopted':
      return 'tokens of another tab were taken over'
    case 'session_ended':
      return 'the issuer has ended the session'
    case 'store_failed':
      return `tokens were not stored: ${event.error.code}`
    case 'circuit':
      return `the circuit to the issuer is ${event.circuit}`
  }
}
