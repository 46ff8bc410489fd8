import { refusal } from './errors.js'
import { headerValues } from './resource-request.js'
import type { ResourceRequest } from './resource-request.js'
import { quote } from './quote.js'

/** What trusted proxies say of the request as they got it. Unchecked text. */
export interface ForwardedFields {
  readonly proto: string | undefined
  readonly host: string | undefined
  readonly prefix: string | undefined
  /** The header family that was read. */
  readonly family: string
  /** Whether a trusted proxy said anything. */
  readonly trusted: boolean
}

const NOTHING: Readonly<Record<string, undefined>> = {}

/**
 * Reads `Forwarded` (RFC 7239) and `X-Forwarded-*`, as far as the framework's own setting trusts the peer.
 *
 * Of a list, the entry that the outermost trusted proxy wrote counts: the n-th from the right for n trusted hops.
 * Everything left of it could be the client's own.
 *
 * @throws {AuthError} `url_unknown` when both families are there and differ, or a header is malformed
 */
export function forwardedFields(request: ResourceRequest): ForwardedFields {
  if (!hasForwarded(request)) return NOT_FORWARDED
  const elements = forwardedElements(request)
  const hops = request.trustedHops(addressChain(request, elements ?? []))
  if (hops === 0) return NOT_FORWARDED

  if (elements === undefined) throw refusal('url_unknown', 'Forwarded is malformed')
  const standard = elements.length === 0 ? NOTHING : parseElement(entryOf(elements, hops))
  const proto = entryOf(list(request, 'x-forwarded-proto'), hops)
  const host = entryOf(list(request, 'x-forwarded-host'), hops)
  requireAgreement('proto', standard['proto'], proto)
  requireAgreement('host', standard['host'], host)
  return {
    proto: standard['proto'] ?? proto,
    host: standard['host'] ?? host,
    prefix: entryOf(list(request, 'x-forwarded-prefix'), hops),
    family: elements.length > 0 ? 'Forwarded' : 'X-Forwarded-*',
    trusted: true,
  }
}

const NOT_FORWARDED: ForwardedFields = {
  proto: undefined,
  host: undefined,
  prefix: undefined,
  family: '',
  trusted: false,
}

/** Most requests that come without a proxy have none of these headers: nothing else is worth looking at. */
function hasForwarded({ rawHeaders }: ResourceRequest): boolean {
  return rawHeaders.some((name, index) => index % 2 === 0 && /^(?:x-)?forwarded/i.test(name))
}

/** Two proxies that tell different stories cannot both be believed. */
function requireAgreement(name: string, standard: string | undefined, legacy: string | undefined): void {
  if (standard === undefined || legacy === undefined || standard.toLowerCase() === legacy.toLowerCase()) return
  throw refusal('url_unknown', `Forwarded ${name}=${quote(standard)}, but X-Forwarded says ${quote(legacy)}`)
}

/** The peer, then who it says it got the request from, and so on outwards. */
function addressChain(request: ResourceRequest, elements: readonly string[]): string[] {
  const legacy = list(request, 'x-forwarded-for')
  const outer = legacy.length > 0 ? legacy : elements.map((element) => nodeAddress(forParameter(element)))
  return [request.peer ?? '', ...outer.toReversed()]
}

/** The `for` of an element, leniently: it only tells how far trust reaches, and an unreadable one ends it. */
function forParameter(element: string): string {
  const [, quoted, token = ''] = /(?:^|;)\s*for=(?:"([^"\\]*)"|([^;"\s]*))/i.exec(element) ?? []
  return quoted ?? token
}

/** RFC 7239 §6: an address without its port; IPv6 stands in brackets. */
function nodeAddress(node: string): string {
  const [, bracketed, plain] = /^(?:\[([0-9A-Fa-f:.]+)\]|([0-9.]+))(?::\w+)?$/.exec(node) ?? []
  return bracketed ?? plain ?? 'unknown'
}

// RFC 7239 §4: a quoted string is a whole value, and closed.
const QUOTING = /^(?:[^"]|(?<==)"(?:[^"\\]|\\.)*"(?=[ \t]*(?:[;,]|$)))*$/s

/**
 * The elements of `Forwarded`, over all its lines; commas in quoted strings do not separate. Undefined when the quoting
 * is not balanced: with an open quote a client could hide the comma behind which a proxy adds its element.
 */
function forwardedElements(request: ResourceRequest): string[] | undefined {
  const text = headerValues(request, 'forwarded').join(',')
  if (!QUOTING.test(text)) return undefined
  return (text.match(/(?:"(?:[^"\\]|\\.)*"|[^",]|")+/g) ?? [])
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
}

/** The entries of an `X-Forwarded-*` list, over all its lines; it knows no quoting. */
function list(request: ResourceRequest, name: string): string[] {
  return headerValues(request, name)
    .join(',')
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
}

/** The entry that the outermost of the trusted hops wrote; where there are fewer, the proxies passed it on as it was. */
function entryOf(entries: readonly string[], hops: number): string | undefined {
  return entries[Math.max(0, entries.length - hops)]
}

// RFC 7239 §4: forwarded-pair, with a token or a quoted-string as value.
const PAIR = /^\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+)=(?:([!#$%&'*+.^_`|~0-9A-Za-z-]+)|"((?:[^"\\]|\\.)*)")\s*$/s

function parseElement(element: string | undefined): Readonly<Record<string, string | undefined>> {
  const pairs = new Map<string, string>()
  // §4: parameter names are case-insensitive and occur once.
  for (const text of element?.match(/(?:"(?:[^"\\]|\\.)*"|[^";]|")+/g) ?? []) {
    const [, name, token, quoted] = PAIR.exec(text) ?? []
    if (name === undefined || pairs.has(name.toLowerCase()))
      throw refusal('url_unknown', `Forwarded is malformed: ${quote(element)}`)
    pairs.set(name.toLowerCase(), token ?? (quoted ?? '').replace(/\\(.)/gs, '$1'))
  }
  return { proto: pairs.get('proto'), host: pairs.get('host') }
}
