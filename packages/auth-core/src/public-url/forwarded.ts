import { refusal } from '../outcome/errors.js'
import type { AuthError } from '../outcome/errors.js'
import { elementAddress, forwardedElements, readElement } from './forwarded-header.js'
import { headerValues, trimSpace } from '../request/resource-request.js'
import type { GivenBase } from '../options/public-url-option.js'
import type { ResourceRequest } from '../request/resource-request.js'

/** The request as the outermost trusted proxy received it, by the forwarding headers. The text is unchecked. */
export interface ForwardedFields {
  /** Whether the peer is a trusted proxy. Also false when the request has no forwarding header. */
  readonly trusted: boolean
  /** `Forwarded` (RFC 7239). */
  readonly standard: FamilyFields
  /** `X-Forwarded-*`. */
  readonly legacy: FamilyFields & { readonly port?: string | undefined; readonly prefix?: string | undefined }
}

interface FamilyFields {
  /** The number of trusted hops, from the peer outwards, by the addresses in this family of headers. */
  readonly hops: number
  readonly proto?: string | undefined
  readonly host?: string | undefined
}

/** What a public URL is computed from. */
export interface UrlSource {
  readonly request: ResourceRequest
  readonly forwarded: ForwardedFields
  /** The option `publicUrl`, if set. */
  readonly base?: GivenBase
}

const NO_FIELDS = { hops: 0 }
export const NOT_FORWARDED: ForwardedFields = { trusted: false, standard: NO_FIELDS, legacy: NO_FIELDS }

/**
 * Reads `Forwarded` (RFC 7239) and `X-Forwarded-*`, as far as the framework's own setting trusts the peer.
 *
 * Each proxy appends an entry to a list. With n trusted hops, the n-th entry from the right counts, which the outermost
 * trusted proxy wrote. The client can forge everything left of it (RFC 7239 §8.1). Where a list has fewer than n
 * entries, some proxies passed it on unchanged, and the leftmost entry counts.
 *
 * Hops are counted separately for each family of headers: a proxy that writes one family may pass on what the client
 * sent in the other. A family without addresses has one hop, the peer.
 *
 * @throws {AuthError} `url_unknown` when a header is malformed
 */
export function forwardedFields(request: ResourceRequest): ForwardedFields {
  if (!hasForwarded(request)) return NOT_FORWARDED
  const legacyHops = trustedHops(request, forwardedEntries(request, 'X-Forwarded-For'))
  if (legacyHops === 0) return NOT_FORWARDED
  return { trusted: true, standard: standardFields(request), legacy: legacyFields(request, legacyHops) }
}

const FORWARDING_HEADERS = [
  'forwarded',
  ...['proto', 'host', 'for', 'port', 'prefix'].map((name) => `x-forwarded-${name}`),
]

/** A fast path for requests without a proxy, which have none of these headers. */
function hasForwarded(request: ResourceRequest): boolean {
  return FORWARDING_HEADERS.some((name) => headerValues(request, name).length > 0)
}

/** Asks the framework how many addresses it trusts, in a chain from the peer outwards. */
function trustedHops(request: ResourceRequest, addresses: readonly string[]): number {
  const outer = addresses.filter((address) => address !== '').toReversed()
  return request.trustedHops([request.peer ?? '', ...outer])
}

function legacyFields(request: ResourceRequest, hops: number): ForwardedFields['legacy'] {
  return {
    hops,
    proto: entryOf(request, 'X-Forwarded-Proto', hops),
    host: entryOf(request, 'X-Forwarded-Host', hops),
    port: entryOf(request, 'X-Forwarded-Port', hops),
    prefix: entryOf(request, 'X-Forwarded-Prefix', hops),
  }
}

/** For each parameter, the outermost trusted element that has it: a proxy may write `proto` alone, or `host` alone. */
function standardFields(request: ResourceRequest): FamilyFields {
  if (headerValues(request, 'forwarded').length === 0) return NO_FIELDS
  const elements = forwardedElements(request)
  if (elements === undefined) throw refusal('url_unknown', 'Forwarded is malformed: a quoted string is not closed')
  if (elements.length === 0) throw emptyHeader('Forwarded')
  // An element without an address still is a hop, by an unknown proxy: leaving it out would shift all others.
  const hops = trustedHops(request, elements.map(elementAddress))
  const trusted = elements.slice(Math.max(0, elements.length - hops)).map(readElement)
  return {
    hops,
    proto: trusted.find(({ proto }) => proto !== undefined)?.proto,
    host: trusted.find(({ host }) => host !== undefined)?.host,
  }
}

/**
 * The entries of an `X-Forwarded-*` list, over all its lines. Empty entries count as hops. These lists have no quoting.
 */
export function forwardedEntries(request: ResourceRequest, name: string): string[] {
  const lines = headerValues(request, name.toLowerCase())
  return lines.length === 0 ? [] : lines.join(',').split(',').map(trimSpace)
}

/**
 * The entry that the outermost trusted proxy wrote. Falling back from an empty one would take an entry of the client.
 */
function entryOf(request: ResourceRequest, name: string, hops: number): string | undefined {
  const entries = forwardedEntries(request, name)
  const entry = entries[Math.max(0, entries.length - hops)]
  if (entry === '') throw emptyHeader(name)
  return entry
}

function emptyHeader(name: string): AuthError {
  return refusal('url_unknown', `${name} is empty: let the proxy leave it out where it has nothing to say`)
}
