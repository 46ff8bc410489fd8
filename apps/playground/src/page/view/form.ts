import type { OfferedRoute } from '../../wire.js'
import { CHOICES, nameOfRoute, SERVERS } from '../choice.js'
import type { Choice } from '../choice.js'
import { FAULT_GROUPS, faultOf } from '../faults.js'
import { fill, find, h } from './dom.js'

const RADIOS = ['dpop', 'nonce', 'scheme'] as const
const SELECTS = ['route', 'fault', 'server'] as const

/** Builds the form, once. @param onChange - is told what was chosen */
export function openForm(routes: readonly OfferedRoute[], onChange: (changed: Partial<Choice>) => void): void {
  for (const name of RADIOS) fill(`choose-${name}`, ...CHOICES[name].map((value) => radio(name, value)))
  fill('choose-route', ...routes.map((route) => option(nameOfRoute(route))))
  fill('choose-server', ...SERVERS.map((server) => option(server)))
  fill(
    'choose-fault',
    ...FAULT_GROUPS.map(({ label, faults }) =>
      h('optgroup', { label }, ...faults.map((fault) => option(fault.id, fault.label))),
    ),
  )
  find('form', HTMLFormElement).addEventListener('change', ({ target }) => {
    if (target instanceof HTMLInputElement) onChange({ [target.name]: target.value })
    if (target instanceof HTMLSelectElement) onChange({ [target.id.replace('choose-', '')]: target.value })
  })
}

/** Shows what is chosen, and what cannot be chosen with it. */
export function showChoice(choice: Choice, routes: readonly OfferedRoute[]): void {
  const fault = faultOf(choice.fault)
  for (const name of RADIOS) {
    for (const input of radios(name)) {
      input.checked = input.value === choice[name]
      const isFixed = name === 'nonce' ? choice.dpop === 'disabled' : name === 'scheme' && fault.scheme !== undefined
      input.disabled = isFixed && !input.checked
    }
  }
  for (const name of SELECTS) find(`choose-${name}`, HTMLSelectElement).value = choice[name]
  const needs = routes.find((route) => nameOfRoute(route) === choice.route)?.needs
  fill('route-needs', `Wants ${needs === 'nothing' || needs === undefined ? 'no token' : needs}.`)
  fill('fault-tells', fault.tells)
}

function radios(name: string): readonly HTMLInputElement[] {
  return [...find(`choose-${name}`, HTMLElement).querySelectorAll('input')]
}

function radio(name: string, value: string): HTMLElement {
  return h('label', {}, h('input', { type: 'radio', name, value }), h('span', {}, value))
}

function option(value: string, label = value): HTMLOptionElement {
  return h('option', { value }, label)
}
