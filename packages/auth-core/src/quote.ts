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
  const short = text
    .slice(0, 120)
    .replace(/[^\x20-\x7e]|["\\]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
  return `"${short}${text.length > 120 ? '…' : ''}"`
}
