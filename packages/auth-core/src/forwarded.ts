import { refusal } from './errors.js'
import type { AuthError } from './errors.js'
import { elementAddress, forwardedElements, readElement } from './forwarded-header.js'
import { headerValues, trimSpace } from './resource-request.js'
import type { ResourceRequest } from './resource-request.js'

/** What trusted proxies say of the request as the outermost of them got it. Unchecked text. */
export interface ForwardedFields {
  /** How many hops, from the peer outwards, are trusted proxies; 0 as well when nothing was forwarded. */
  readonly hops: number
  /** `Forwarded` (RFC 7239). */
  readonly standard: { readonly proto?: string | undefined; readonly host?: string | undefined }
  /** `X-Forwarded-*`. */
  readonly legacy: {
    readonly proto?: string | undefined
    readonly host?: string | undefined
    readonly port?: string | undefined
    readonly prefix?: string | undefined
  }
}

/** What a public URL is made from. */
export interface UrlSource {
  readonly request: ResourceRequest
  readonly forwarded: ForwardedFields
}

const NOT_FORWARDED: ForwardedFields = { hops: 0, standard: {}, legacy: {} }

/**
 * Reads `Forwarded` (RFC 7239) and `X-Forwarded-*`, as far as the framework's own setting trusts the peer.
 *
 * Of a list, the entry that the outermost trusted proxy wrote counts: the n-th from the right for n trusted hops.
 * Everything left of it could be the client's own. Where a list is shorter, proxies passed it on as it was.
 *
 * @throws {AuthError} `url_unknown` when a header is malformed
 */
export function forwardedFields(request: ResourceRequest): ForwardedFields {
  if (!hasForwarded(request)) return NOT_FORWARDED
  const elements = forwardedElements(request)
  const hops = request.trustedHops(addressChain(request, elements ?? []))
  if (hops === 0) return NOT_FORWARDED
  if (elements === undefined) throw refusal('url_unknown', 'Forwarded is malformed: a quoted string is not closed')
  return {
    hops,
    standard: standardFields(request, elements, hops),
    legacy: {
      proto: entryOf(request, 'X-Forwarded-Proto', hops),
      host: entryOf(request, 'X-Forwarded-Host', hops),
      port: entryOf(request, 'X-Forwarded-Port', hops),
      prefix: entryOf(request, 'X-Forwarded-Prefix', hops),
    },
  }
}

/** Most requests that come without a proxy have none of these headers: nothing else is worth looking at. */
export function hasForwarded({ rawHeaders }: ResourceRequest): boolean {
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? ''
    // Most names are too short, and not even looked at.
    if (name.length >= 'forwarded'.length && /^(?:x-)?forwarded/i.test(name)) return true
  }
  return false
}

/** The peer, then who it says it got the request from, and so on outwards. */
function addressChain(request: ResourceRequest, elements: readonly string[]): string[] {
  const legacy = headerValues(request, 'x-forwarded-for').join(',').split(',').map(trimSpace)
  const addresses = legacy.filter((address) => address !== '')
  const outer = addresses.length > 0 ? addresses : elements.map(elementAddress)
  return [request.peer ?? '', ...outer.toReversed()]
}

/** Of each parameter the outermost trusted proxy that has it: not every one writes both. */
function standardFields(
  request: ResourceRequest,
  elements: readonly string[],
  hops: number,
): ForwardedFields['standard'] {
  if (elements.length === 0) {
    if (headerValues(request, 'forwarded').length > 0) throw isEmpty('Forwarded')
    return {}
  }
  const trusted = elements.slice(-hops).map(readElement)
  return {
    proto: trusted.find(({ proto }) => proto !== undefined)?.proto,
    host: trusted.find(({ host }) => host !== undefined)?.host,
  }
}

/** The entries of an `X-Forwarded-*` list, over all its lines, empty ones included; it knows no quoting. */
export function forwardedEntries(request: ResourceRequest, name: string): string[] {
  const lines = headerValues(request, name.toLowerCase())
  return lines.length === 0 ? [] : lines.join(',').split(',').map(trimSpace)
}

/** The entry that the outermost trusted proxy wrote. An empty one is its own, and no reason to take the client's. */
function entryOf(request: ResourceRequest, name: string, hops: number): string | undefined {
  const entries = forwardedEntries(request, name)
  const entry = entries[Math.max(0, entries.length - hops)]
  if (entry === '') throw isEmpty(name)
  return entry
}

function isEmpty(name: string): AuthError {
  return refusal('url_unknown', `${name} is empty: let the proxy leave it out where it has nothing to say`)
}
