import type { TargetUrl } from './htu.js'
import { forwardedEntries } from './forwarded.js'
import type { UrlSource } from './forwarded.js'
import { headerValues, receivedValues } from '../request/resource-request.js'
import type { GivenBase } from '../options/public-url-option.js'
import { quote } from '../util/quote.js'

const GIVEN =
  'let it say how clients address this API; where they use several origins, leave it out and let the proxy tell'

/** Where the scheme comes from. */
export function schemeSource({ forwarded: { standard, legacy }, base }: UrlSource): string {
  if (base !== undefined) return 'publicUrl'
  if (standard.proto !== undefined) return 'Forwarded'
  return legacy.proto === undefined ? 'the connection' : 'X-Forwarded-Proto'
}

/** Where the host comes from. */
export function hostSource({ forwarded: { standard, legacy }, base }: UrlSource): string {
  if (base !== undefined) return 'publicUrl'
  if (standard.host !== undefined) return 'Forwarded'
  return legacy.host === undefined ? 'Host' : 'X-Forwarded-Host'
}

/** What to set, when a scheme is wanted that is not the computed one. */
export function adviseScheme(claimed: TargetUrl, url: TargetUrl, source: UrlSource): string {
  if (source.base !== undefined) return GIVEN
  const distrusted = untrusted(['X-Forwarded-Proto', 'Forwarded'], source)
  if (distrusted !== undefined) return distrusted
  if (schemeSource(source) !== 'the connection') {
    const send = 'let it say how the client came; where TLS ends further out, it must pass on what it was told'
    return beyond('X-Forwarded-Proto', claimed.scheme, source) ?? send
  }
  if (url.scheme === 'https') return 'clients must address https'
  const send =
    'no proxy says otherwise: let it send X-Forwarded-Proto (nginx: proxy_set_header X-Forwarded-Proto $scheme)'
  return `${send}${andTrust(source)}`
}

/** What to set, when another host is wanted. */
export function adviseHost(claimed: TargetUrl, source: UrlSource): string {
  if (source.base !== undefined) return GIVEN
  const distrusted = untrusted(['X-Forwarded-Host', 'Forwarded'], source)
  if (distrusted !== undefined) return distrusted
  if (hostSource(source) !== 'Host') {
    const send = 'let it say the host that clients address'
    return beyond('X-Forwarded-Host', claimed.authority, source) ?? send
  }
  const send = 'a proxy may have replaced it: let it pass it on (nginx: proxy_set_header Host $host:$server_port)'
  return `${send} or send X-Forwarded-Host${andTrust(source)}`
}

/** Where the port comes from, and what to set, when another one is wanted. */
export function advisePort(claimed: string | undefined, url: TargetUrl, source: UrlSource): string {
  if (source.base !== undefined) return `publicUrl; ${GIVEN}`
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
  const distrusted = untrusted(['X-Forwarded-Port', 'X-Forwarded-Host', 'Forwarded'], source)
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

/** What to set, when the paths differ by more than their form. */
export function advisePrefix(claimed: string, computed: string, source: UrlSource): string {
  if (source.base !== undefined) return adviseGivenPrefix(claimed, computed, source.base)
  const { prefix } = source.forwarded.legacy
  const from = prefix === undefined ? '' : `X-Forwarded-Prefix says ${quote(prefix)}; `
  if (claimed.endsWith(computed)) {
    const stripped = claimed.slice(0, claimed.length - computed.length)
    const strips = `a proxy may have taken off ${quote(stripped)}: let it send X-Forwarded-Prefix: ${quote(stripped)}`
    return untrusted(['X-Forwarded-Prefix'], source) ?? `${from}${strips}${andTrust(source)}`
  }
  if (computed.endsWith(claimed)) {
    const added = quote(computed.slice(0, computed.length - claimed.length))
    if (prefix !== undefined) return `${from}let the proxy leave the header out where it takes nothing off the path`
    return `${added} is in front: clients must address the whole path, and proxies must not add to it`
  }
  return `${from}the proof is for another path`
}

/** The path that the API got is known, so what the client has in front of it is, too. */
function adviseGivenPrefix(claimed: string, computed: string, { prefix }: GivenBase): string {
  const got = computed.slice(prefix.length)
  const puts = prefix === '' ? 'publicUrl has no path' : `publicUrl puts ${quote(prefix)} in front of ${quote(got)}`
  if (!claimed.endsWith(got)) return `${puts}; the proof is for another path`
  const wanted = claimed.slice(0, claimed.length - got.length)
  const end = wanted === '' ? 'have no path' : `end in ${quote(wanted)}`
  return `${puts}: if clients address ${quote(claimed)}, let it ${end}`
}

function andTrust({ request, forwarded }: UrlSource): string {
  return forwarded.trusted ? '' : `, and trust it with ${settingOf(request.proxySetting)}`
}

function settingOf(setting: string | undefined): string {
  return setting ?? "the framework's own setting"
}

/** Says so when one of these headers is there and nobody is trusted who could have written it. */
function untrusted(names: readonly string[], { request, forwarded }: UrlSource): string | undefined {
  if (forwarded.trusted) return undefined
  const name = names.find((candidate) => headerValues(request, candidate.toLowerCase()).length > 0)
  if (name === undefined) return undefined
  const says = `${name} says ${quote(headerValues(request, name.toLowerCase()).join(', '))}, but`
  const setting = settingOf(request.proxySetting)
  if (request.peer === undefined)
    return `${says} the address of the peer is not known: trust a number of hops with ${setting}`
  return `${says} the peer ${quote(request.peer)} is not trusted: if it is your proxy, trust it with ${setting}`
}

/** Says so when what is wanted stands further left than trust reaches. */
function beyond(name: string, wanted: string, { request, forwarded }: UrlSource): string | undefined {
  const { hops } = forwarded.legacy
  const entries = forwardedEntries(request, name)
  const further = entries.slice(0, Math.max(0, entries.length - hops))
  if (!further.some((entry) => entry.toLowerCase() === wanted)) return undefined
  const setting = settingOf(request.proxySetting)
  return `${name} says so further left than the ${hops} trusted by your setting: if one more is your proxy, trust it with ${setting}`
}
