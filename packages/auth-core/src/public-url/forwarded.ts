import { refusal } from '../outcome/errors.js'
import type { AuthError } from '../outcome/errors.js'
import { elementAddress, forwardedElements, readElement } from './forwarded-header.js'
import { headerValues, trimSpace } from '../request/resource-request.js'
import type { GivenBase } from '../options/public-url-option.js'
import type { ResourceRequest } from '../request/resource-request.js'

/** What trusted proxies say of the request as the outermost of them got it. Unchecked text. */
export interface ForwardedFields {
  /** Whether the peer is a trusted proxy; false as well when nothing was forwarded. */
  readonly trusted: boolean
  /** `Forwarded` (RFC 7239). */
  readonly standard: FamilyFields
  /** `X-Forwarded-*`. */
  readonly legacy: FamilyFields & { readonly port?: string | undefined; readonly prefix?: string | undefined }
}

interface FamilyFields {
  /** How many hops, from the peer outwards, are trusted proxies by the addresses of this family. */
  readonly hops: number
  readonly proto?: string | undefined
  readonly host?: string | undefined
}

/** What a public URL is made from. */
export interface UrlSource {
  readonly request: ResourceRequest
  readonly forwarded: ForwardedFields
  /** The option `publicUrl`, where it is given. */
  readonly base?: GivenBase
}

const NOTHING = { hops: 0 }
export const NOT_FORWARDED: ForwardedFields = { trusted: false, standard: NOTHING, legacy: NOTHING }

/**
 * Reads `Forwarded` (RFC 7239) and `X-Forwarded-*`, as far as the framework's own setting trusts the peer.
 *
 * Of a list, the entry that the outermost trusted proxy wrote counts: the n-th from the right for n trusted hops.
 * Everything left of it could be the client's own. Where a list is shorter, proxies passed it on as it was.
 *
 * Each family tells its own hops (RFC 7239 §8.1): a proxy that writes one of them may pass on what a client says in the
 * other. A family without addresses tells of one hop, the peer.
 *
 * @throws {AuthError} `url_unknown` when a header is malformed
 */
export function forwardedFields(request: ResourceRequest): ForwardedFields {
  if (!hasForwarded(request)) return NOT_FORWARDED
  const legacyHops = trustedHops(request, forwardedEntries(request, 'X-Forwarded-For'))
  if (legacyHops === 0) return NOT_FORWARDED
  return { trusted: true, standard: standardFields(request), legacy: legacyFields(request, legacyHops) }
}

const NAMES = ['forwarded', ...['proto', 'host', 'for', 'port', 'prefix'].map((name) => `x-forwarded-${name}`)]

/** Requests that come without a proxy have none of these headers: nothing else is worth looking at. */
function hasForwarded(request: ResourceRequest): boolean {
  return NAMES.some((name) => headerValues(request, name).length > 0)
}

/** The chain begins with the peer, then who it says it got the request from, and so on outwards. */
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

/** Of each parameter the outermost trusted proxy that has it: not every one writes both. */
function standardFields(request: ResourceRequest): FamilyFields {
  if (headerValues(request, 'forwarded').length === 0) return NOTHING
  const elements = forwardedElements(request)
  if (elements === undefined) throw refusal('url_unknown', 'Forwarded is malformed: a quoted string is not closed')
  if (elements.length === 0) throw isEmpty('Forwarded')
  // An element without an address is a hop of somebody unknown.
  const hops = trustedHops(request, elements.map(elementAddress))
  const trusted = elements.slice(Math.max(0, elements.length - hops)).map(readElement)
  return {
    hops,
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
