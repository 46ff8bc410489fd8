/** A claim or parameter and what is in it, for a message: a missing one is told from a wrong one. */
export function stated(name: string, value: unknown): string {
  return value === undefined ? `${name} is missing` : `${name} is ${quote(value)}`
}

/**
 * Makes text that came from outside fit for one log line: printable ASCII in double quotes, at most 120 characters,
 * so that it can neither forge a line nor send control sequences to a terminal.
 */
export function quote(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value))
  return `"${escaped(text.slice(0, 120), /[^\x20-\x7e]|["\\]/g)}${text.length > 120 ? '…' : ''}"`
}

/** The same for a message that may hold such text: without the quotes, and so long at most. */
export function printable(text: string, most: number): string {
  return `${escaped(text.slice(0, most), /[^\x20-\x7e]/g)}${text.length > most ? '…' : ''}`
}

function escaped(text: string, what: RegExp): string {
  return text.replace(what, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
