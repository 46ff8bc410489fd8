import type { Step } from './exchange.js'

/** The request for a shell. A proof in it is good once, for some minutes. */
export function curlOf({ method, url, headers }: Pick<Step, 'method' | 'url' | 'headers'>): string {
  const lines = headers.map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`)
  return [`curl -sS -i -X ${method} ${quoted(url)}`, ...lines].join(' \\\n  ')
}

/** In POSIX shells nothing is special between single quotes but these. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}
