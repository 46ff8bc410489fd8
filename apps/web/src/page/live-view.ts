import type { Api } from './config.js'
import type { ConnectionState } from './connection.js'
import { find, made } from './dom.js'

const MOST_SAID = 50

/** A row for each server, and a box to choose it by. */
export function showServers(states: readonly ConnectionState[]): void {
  find('choose', HTMLElement).append(...states.map(({ api }) => boxOf(api)))
  find('connections', HTMLElement).append(...states.map(rowOf))
}

/** The names of the servers that are ticked. */
export function chosen(): string[] {
  const boxes = find('choose', HTMLElement).querySelectorAll('input')
  return [...boxes].filter(({ checked }) => checked).map(({ value }) => value)
}

export function showConnection(state: ConnectionState): void {
  const before = document.querySelector(`#connections tr[data-server="${CSS.escape(state.api.name)}"]`)
  before?.replaceWith(rowOf(state))
}

export function showSeconds(states: readonly ConnectionState[]): void {
  for (const [index, cell] of [...document.querySelectorAll('#connections .seconds')].entries()) {
    const state = states[index]
    if (state !== undefined) cell.textContent = secondsLeft(state)
  }
}

/** The newest first. */
export function showSaid({ name }: Api, { from, text }: Readonly<Record<string, unknown>>): void {
  const feed = find('feed', HTMLElement)
  feed.prepend(made('li', `${name}: ${String(from)} says ${String(text)}`))
  if (feed.children.length > MOST_SAID) feed.lastElementChild?.remove()
}

/** For nobody, what was said to one user is gone; of sessions that were ended, their ends are told. */
export function showPanel({ isOpen, isEnding }: { readonly isOpen: boolean; readonly isEnding: boolean }): void {
  find('live', HTMLElement).hidden = !isOpen && !isEnding
  for (const id of ['connecting', 'talk']) find(id, HTMLElement).hidden = !isOpen
  if (!isOpen) find('feed', HTMLElement).replaceChildren()
}

function boxOf({ name }: Api): HTMLElement {
  const label = made('label', ` ${name}`)
  const box = made('input', '')
  box.type = 'checkbox'
  box.value = name
  box.checked = true
  label.prepend(box)
  return label
}

function rowOf(state: ConnectionState): HTMLElement {
  const row = made('tr', '')
  row.dataset['server'] = state.api.name
  const name = made('th', state.api.name)
  name.scope = 'row'
  const kind = { connected: 'good', 'logged out': 'bad', closed: 'bad' }
  const className = Object.entries(kind).find(([one]) => one === state.name)?.[1]
  row.append(name, made('td', state.name, className), made('td', secondsLeft(state), 'seconds'), made('td', state.told))
  return row
}

function secondsLeft({ until }: ConnectionState): string {
  return until === undefined ? '–' : String(Math.max(0, Math.round((until - performance.now()) / 1000)))
}
