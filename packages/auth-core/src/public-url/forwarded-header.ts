import { refusal } from '../outcome/errors.js'
import { headerValues, trimSpace } from '../request/resource-request.js'
import type { ResourceRequest } from '../request/resource-request.js'
import { quote } from '../util/quote.js'

// RFC 7239 §4: a quoted-string is a whole parameter value, and its quote is closed.
const BALANCED_QUOTES = /^(?:[^"]|(?<==)"(?:[^"\\]|\\.)*"(?=[ \t]*(?:[;,]|$)))*$/s

/**
 * The elements of `Forwarded` (RFC 7239 §4), over all its lines. A comma in a quoted-string does not separate elements.
 *
 * Undefined when the quotes are not balanced. A client that leaves a quote open would swallow the comma after which the
 * proxy appends its element, and so the element.
 */
export function forwardedElements(request: ResourceRequest): string[] | undefined {
  const text = headerValues(request, 'forwarded').join(',')
  if (!BALANCED_QUOTES.test(text)) return undefined
  // RFC 9110 §5.6.1.2: a recipient ignores empty list elements.
  return (text.match(/(?:"(?:[^"\\]|\\.)*"|[^",]|")+/g) ?? []).map(trimSpace).filter((element) => element !== '')
}

/** Reads the parameters `proto` and `host` of an element. @throws {AuthError} `url_unknown` when it is malformed */
export function readElement(element: string): {
  readonly proto?: string | undefined
  readonly host?: string | undefined
} {
  const pairs = parsePairs(element)
  if (pairs !== undefined) return { proto: pairs.get('proto'), host: pairs.get('host') }
  const hint = 'each name once, and quotes around a value with a colon or a bracket (RFC 7239 section 4)'
  throw refusal('url_unknown', `Forwarded is malformed: ${quote(element)}, want ${hint}`)
}

/**
 * The address that the element's proxy received the request from (RFC 7239 §5.2), or `unknown` when there is none.
 *
 * Trusted hops are counted by these addresses, so they are parsed by the whole grammar. A search for `for=` would find
 * the forged one in `host="x;for=127.0.0.1"`, whose value is the client's.
 */
export function elementAddress(element: string): string {
  const node = parsePairs(element)?.get('for') ?? ''
  // RFC 7239 §6: an address, IPv6 in brackets, perhaps with a port. An obfuscated identifier (§6.3) is no address to
  // trust.
  const [, ipv6, ipv4] = /^(?:\[([0-9A-Fa-f:.]+)\]|([0-9.]+))(?::(?:\d{1,5}|_[\w.-]+))?$/.exec(node) ?? []
  return ipv6 ?? ipv4 ?? 'unknown'
}

// RFC 7239 §4: forwarded-pair, with a token or a quoted-string as value. The grammar has no white space around it, but
// many proxies write some.
const PAIR =
  /^[ \t]*([!#$%&'*+.^_`|~0-9A-Za-z-]+)=(?:([!#$%&'*+.^_`|~0-9A-Za-z-]+)|"((?:[\t\x20-\x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t\x20-\x7e\x80-\xff])*)")[ \t]*$/

function parsePairs(element: string): ReadonlyMap<string, string> | undefined {
  const pairs = new Map<string, string>()
  for (const text of element.match(/(?:"(?:[^"\\]|\\.)*"|[^";]|")+/gs) ?? []) {
    const [, name, token, quoted] = PAIR.exec(text) ?? []
    // RFC 7239 §4: parameter names are case-insensitive, and each occurs once in an element.
    if (name === undefined || pairs.has(name.toLowerCase())) return undefined
    pairs.set(name.toLowerCase(), token ?? (quoted ?? '').replace(/\\(.)/g, '$1'))
  }
  return pairs
}
