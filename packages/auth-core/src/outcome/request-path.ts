import { pathOnly } from '../request/request-target.js'
import { printable, withoutUserinfo } from '../util/quote.js'

const MAX_PATH = 200

/** The path of a request target, without its query, which may hold secrets: printable, and bounded. */
export function pathOf(target: unknown): string {
  const path = pathOnly(String(target))
  // Absolute-form (RFC 9112 §3.2.2).
  return printable(path.startsWith('/') ? path : withoutUserinfo(path), MAX_PATH)
}
