import { printable } from '../util/quote.js'

const MAX_PATH = 200

/** The path of a request target, without its query, which may hold secrets: printable, and bounded. */
export function pathOf(target: unknown): string {
  const [path = ''] = String(target).split(/[?#]/, 1)
  return printable(path, MAX_PATH)
}
