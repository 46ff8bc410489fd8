/** Names a claim or parameter and its value in a message. A missing one reads differently from a wrong one. */
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

/** A URL that came from outside, without what may be secret in it: userinfo, query and fragment (RFC 9110 §4.2.4). */
export function quoteUrl(value: unknown): string {
  if (typeof value !== 'string') return quote(value)
  return quote(withoutUserinfo(value.replace(/[?#].*$/s, '')))
}

/** RFC 9110 §4.2.4: a URL may hold a user's name and password. */
export function withoutUserinfo(url: string): string {
  return url.replace(/^([a-z\d+.-]*:)?([/\\]{2})[^/]*@/i, '$1$2(userinfo)@')
}

/**
 * As `quote`, but without quotes, for a whole message that may contain such text: printable ASCII of at most `maxLength`
 * characters.
 */
export function printable(text: string, maxLength: number): string {
  return `${escaped(text.slice(0, maxLength), /[^\x20-\x7e]/g)}${text.length > maxLength ? '…' : ''}`
}

function escaped(text: string, unsafe: RegExp): string {
  return text.replace(unsafe, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
