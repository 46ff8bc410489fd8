import { refusal } from '../outcome/errors.js'
import { headerValues, trimSpace } from '../request/resource-request.js'
import type { ResourceRequest } from '../request/resource-request.js'
import { quote } from '../util/quote.js'

// RFC 7239 §4: a quoted string is a whole value, and closed.
const QUOTING = /^(?:[^"]|(?<==)"(?:[^"\\]|\\.)*"(?=[ \t]*(?:[;,]|$)))*$/s

/**
 * The elements of `Forwarded` (RFC 7239 §4), over all its lines; commas in quoted strings do not separate. Undefined
 * when the quoting is not balanced: with an open quote a client could hide the comma behind which a proxy adds its
 * element.
 */
export function forwardedElements(request: ResourceRequest): string[] | undefined {
  const text = headerValues(request, 'forwarded').join(',')
  if (!QUOTING.test(text)) return undefined
  // RFC 9110 §5.6.1.2: empty elements do not count.
  return (text.match(/(?:"(?:[^"\\]|\\.)*"|[^",]|")+/g) ?? []).map(trimSpace).filter((element) => element !== '')
}

/** What an element says of the request as its proxy got it. @throws {AuthError} `url_unknown` when it is malformed */
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
 * The address that an element's proxy got the request from, `unknown` when it does not say. It tells how far trust
 * reaches, so it is read by the whole grammar: of `host="x;for=127.0.0.1"` the client has written every character.
 */
export function elementAddress(element: string): string {
  const node = parsePairs(element)?.get('for') ?? ''
  // §6: an address with or without a port; IPv6 stands in brackets. Obfuscated identifiers are nobody's address.
  const [, ipv6, ipv4] = /^(?:\[([0-9A-Fa-f:.]+)\]|([0-9.]+))(?::(?:\d{1,5}|_[\w.-]+))?$/.exec(node) ?? []
  return ipv6 ?? ipv4 ?? 'unknown'
}

// §4: forwarded-pair, with a token or a quoted-string as value. White space around it is what many proxies write.
const PAIR =
  /^[ \t]*([!#$%&'*+.^_`|~0-9A-Za-z-]+)=(?:([!#$%&'*+.^_`|~0-9A-Za-z-]+)|"((?:[\t\x20-\x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t\x20-\x7e\x80-\xff])*)")[ \t]*$/

function parsePairs(element: string): ReadonlyMap<string, string> | undefined {
  const pairs = new Map<string, string>()
  for (const text of element.match(/(?:"(?:[^"\\]|\\.)*"|[^";]|")+/gs) ?? []) {
    const [, name, token, quoted] = PAIR.exec(text) ?? []
    // §4: parameter names are case-insensitive and occur once.
    if (name === undefined || pairs.has(name.toLowerCase())) return undefined
    pairs.set(name.toLowerCase(), token ?? (quoted ?? '').replace(/\\(.)/g, '$1'))
  }
  return pairs
}
