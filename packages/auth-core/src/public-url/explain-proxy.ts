import type { TargetUrl } from './htu.js'
import { forwardedEntries } from './forwarded.js'
import type { UrlSource } from './forwarded.js'
import { headerValues, receivedValues } from '../request/resource-request.js'
import type { GivenBase } from '../options/public-url-option.js'
import { quote } from '../util/quote.js'

const ADVICE_FOR_PUBLIC_URL =
  'let it say how clients address this API; where they use several origins, leave it out and let the proxy tell'

/** Names what the scheme was computed from. */
export function schemeSource({ forwarded: { standard, legacy }, base }: UrlSource): string {
  if (base !== undefined) return 'publicUrl'
  if (standard.proto !== undefined) return 'Forwarded'
  return legacy.proto === undefined ? 'the connection' : 'X-Forwarded-Proto'
}

/** Names what the host was computed from. */
export function hostSource({ forwarded: { standard, legacy }, base }: UrlSource): string {
  if (base !== undefined) return 'publicUrl'
  if (standard.host !== undefined) return 'Forwarded'
  return legacy.host === undefined ? 'Host' : 'X-Forwarded-Host'
}

/** Says what to change when the client claims another scheme than the computed one. */
export function adviseScheme(claimed: TargetUrl, url: TargetUrl, source: UrlSource): string {
  if (source.base !== undefined) return ADVICE_FOR_PUBLIC_URL
  const distrusted = adviseTrustOfPeer(['X-Forwarded-Proto', 'Forwarded'], source)
  if (distrusted !== undefined) return distrusted
  if (schemeSource(source) !== 'the connection') {
    const send = 'let it say how the client came; where TLS ends further out, it must pass on what it was told'
    return adviseMoreHops('X-Forwarded-Proto', claimed.scheme, source) ?? send
  }
  if (url.scheme === 'https') return 'clients must address https'
  const send =
    'no proxy says otherwise: let it send X-Forwarded-Proto (nginx: proxy_set_header X-Forwarded-Proto $scheme)'
  return `${send}${andTrust(source)}`
}

/** Says what to change when the client claims another host. */
export function adviseHost(claimed: TargetUrl, source: UrlSource): string {
  if (source.base !== undefined) return ADVICE_FOR_PUBLIC_URL
  const distrusted = adviseTrustOfPeer(['X-Forwarded-Host', 'Forwarded'], source)
  if (distrusted !== undefined) return distrusted
  if (hostSource(source) !== 'Host') {
    const send = 'let it say the host that clients address'
    return adviseMoreHops('X-Forwarded-Host', claimed.authority, source) ?? send
  }
  const send = 'a proxy may have replaced it: let it pass it on (nginx: proxy_set_header Host $host:$server_port)'
  return `${send} or send X-Forwarded-Host${andTrust(source)}`
}

/** Names what the port was computed from, and says what to change when the client claims another one. */
export function advisePort(claimed: string | undefined, url: TargetUrl, source: UrlSource): string {
  if (source.base !== undefined) return `publicUrl; ${ADVICE_FOR_PUBLIC_URL}`
  const { port } = source.forwarded.legacy
  const computed = /:(\d+)$/.exec(url.authority)?.[1]
  const host = hostSource(source)
  if (port !== undefined && host !== 'Forwarded' && Number(port) === Number(computed) && !hostHasPort(source)) {
    const why = 'it must be the port that clients address, not one behind the proxy that ends TLS'
    return `X-Forwarded-Port; ${why}: let the proxy send that, or leave the header out`
  }
  if (port !== undefined && computed !== undefined) {
    return `${host}; X-Forwarded-Port says ${quote(port)}, which counts for a host without a port only`
  }
  const distrusted = adviseTrustOfPeer(['X-Forwarded-Port', 'X-Forwarded-Host', 'Forwarded'], source)
  if (distrusted !== undefined) return `${host}; ${distrusted}`
  const keep = 'let the proxy keep the port (nginx: proxy_set_header Host $host:$server_port; $host alone drops it)'
  if (claimed !== undefined) return `${host}; ${keep} or send X-Forwarded-Port${andTrust(source)}`
  return `${host}; let the proxy pass on the host that clients address (nginx: proxy_set_header Host $host:$server_port)`
}

function hostHasPort({ request, forwarded: { legacy } }: UrlSource): boolean {
  const [authority] = receivedValues(request.rawHeaders, ':authority')
  const host = legacy.host ?? authority ?? headerValues(request, 'host')[0] ?? ''
  return /:\d+$/.test(host)
}

/**
 * Says what to change when the paths differ by more than their spelling: a proxy may have cut off or added a prefix.
 */
export function advisePrefix(claimed: string, computed: string, source: UrlSource): string {
  if (source.base !== undefined) return adviseConfiguredPrefix(claimed, computed, source.base)
  const { prefix } = source.forwarded.legacy
  const from = prefix === undefined ? '' : `X-Forwarded-Prefix says ${quote(prefix)}; `
  if (claimed.endsWith(computed)) {
    const stripped = claimed.slice(0, claimed.length - computed.length)
    const strips = `a proxy may have taken off ${quote(stripped)}: let it send X-Forwarded-Prefix: ${quote(stripped)}`
    return adviseTrustOfPeer(['X-Forwarded-Prefix'], source) ?? `${from}${strips}${andTrust(source)}`
  }
  if (computed.endsWith(claimed)) {
    const added = quote(computed.slice(0, computed.length - claimed.length))
    if (prefix !== undefined) return `${from}let the proxy leave the header out where it takes nothing off the path`
    return `${added} is in front: clients must address the whole path, and proxies must not add to it`
  }
  return `${from}the proof is for another path`
}

/**
 * The same with `publicUrl` set: the received path is known, so the prefix that the client puts in front of it is known
 * too.
 */
function adviseConfiguredPrefix(claimed: string, computed: string, { prefix }: GivenBase): string {
  const received = computed.slice(prefix.length)
  const puts =
    prefix === '' ? 'publicUrl has no path' : `publicUrl puts ${quote(prefix)} in front of ${quote(received)}`
  if (!claimed.endsWith(received)) return `${puts}; the proof is for another path`
  const wanted = claimed.slice(0, claimed.length - received.length)
  const end = wanted === '' ? 'have no path' : `end in ${quote(wanted)}`
  return `${puts}: if clients address ${quote(claimed)}, let it ${end}`
}

function andTrust({ request, forwarded }: UrlSource): string {
  return forwarded.trusted ? '' : `, and trust it with ${settingOf(request.proxySetting)}`
}

function settingOf(setting: string | undefined): string {
  return setting ?? "the framework's own setting"
}

/** Advice for a request that has one of these headers, from a peer that is not trusted to write it. */
function adviseTrustOfPeer(names: readonly string[], { request, forwarded }: UrlSource): string | undefined {
  if (forwarded.trusted) return undefined
  const name = names.find((candidate) => headerValues(request, candidate.toLowerCase()).length > 0)
  if (name === undefined) return undefined
  const says = `${name} says ${quote(headerValues(request, name.toLowerCase()).join(', '))}, but`
  const setting = settingOf(request.proxySetting)
  if (request.peer === undefined)
    return `${says} the address of the peer is not known: trust a number of hops with ${setting}`
  return `${says} the peer ${quote(request.peer)} is not trusted: if it is your proxy, trust it with ${setting}`
}

/** Advice for a claimed value that a proxy further out has written, beyond the trusted hops. */
function adviseMoreHops(name: string, wanted: string, { request, forwarded }: UrlSource): string | undefined {
  const { hops } = forwarded.legacy
  const entries = forwardedEntries(request, name)
  const untrusted = entries.slice(0, Math.max(0, entries.length - hops))
  if (!untrusted.some((entry) => entry.toLowerCase() === wanted)) return undefined
  const setting = settingOf(request.proxySetting)
  return `${name} says so further left than the ${hops} trusted by your setting: if one more is your proxy, trust it with ${setting}`
}
