import { pathOnly } from '../request/request-target.js'
import { printable } from '../util/quote.js'

const MAX_PATH = 200

/** The path of a request target, without its query, which may hold secrets: printable, and bounded. */
export function pathOf(target: unknown): string {
  return printable(pathOnly(String(target)), MAX_PATH)
}
