import { warn } from '../outcome/events.js'
import type { AuthEvent } from '../outcome/events.js'
import type { ResourceRequest } from '../request/resource-request.js'

// Chains of documentation addresses (RFC 5737, RFC 3849). No real proxy has one of these, so a setting that trusts them
// all trusts every address. With 33 hops they are longer than any count of hops that a setting would name.
const UNRELATED_CHAINS = [
  ['192.0.2.1', '198.51.100.1', '203.0.113.1'],
  ['2001:db8::1', '2001:db8:8000::1', '2001:db8:ffff::1'],
].map((addresses) => Array.from({ length: 11 }, () => addresses).flat())

/**
 * Warns once when every address is trusted as a proxy and `publicOrigins` is not set. Any client can then forge the URL
 * that its proofs are compared with, and replay proofs that were made for another server. Call the result with each
 * request that came through a trusted proxy. Trusting a number of hops does not count as trusting everybody.
 */
export function createProxyWarning(
  publicOrigins: readonly string[],
  onEvent: ((event: AuthEvent) => void) | undefined,
): (request: ResourceRequest) => void {
  let checked = publicOrigins.length > 0
  return (request) => {
    if (checked) return
    checked = true
    if (!UNRELATED_CHAINS.some((chain) => trustsAll(request, chain))) return
    const setting = request.proxySetting ?? "the framework's own setting"
    const detail = `every proxy is trusted by ${setting} and publicOrigins is not set: any client can say which URL it addressed. Name the proxies, or set publicOrigins`
    warn({ type: 'warning', code: 'every_proxy_trusted', detail }, onEvent)
  }
}

function trustsAll(request: ResourceRequest, chain: readonly string[]): boolean {
  try {
    return request.trustedHops(chain) >= chain.length
  } catch {
    // The application's trust function cannot handle these addresses. A warning must not fail the request.
    return false
  }
}
