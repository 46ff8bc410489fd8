type Child = Node | string | undefined

interface Attributes {
  readonly class?: string | undefined
  readonly [name: string]: string | undefined
}

/** An element; text is never taken for markup. */
export function h<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) if (value !== undefined) element.setAttribute(key, value)
  element.append(...children.filter((child) => child !== undefined))
  return element
}

/** @throws when the page has no such element of that kind */
export function find<Kind extends HTMLElement>(id: string, kind: new () => Kind): Kind {
  const element = document.getElementById(id)
  if (element instanceof kind) return element
  throw new Error(`#${id} is missing`)
}

export function fill(id: string, ...children: readonly Child[]): void {
  find(id, HTMLElement).replaceChildren(...children.filter((child) => child !== undefined))
}

export function hint(text: string): HTMLElement {
  return h('p', { class: 'hint' }, text)
}

/** Names and values. */
export function pairs(entries: readonly (readonly [name: string, value: Child])[]): HTMLElement {
  return h('dl', {}, ...entries.flatMap(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]))
}
