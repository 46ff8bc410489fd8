import { warn } from '../outcome/events.js'
import type { AuthEvent } from '../outcome/events.js'
import type { ResourceRequest } from '../request/resource-request.js'

// Addresses for documentation (RFC 5737, RFC 3849): nobody's proxy has one, so only who trusts everybody trusts all.
const STRANGERS = [
  ['192.0.2.1', '198.51.100.1', '203.0.113.1'],
  ['2001:db8::1', '2001:db8:8000::1', '2001:db8:ffff::1'],
].map((addresses) => Array.from({ length: 11 }, () => addresses).flat())

/**
 * Warns once when every proxy is trusted and no `publicOrigins` are set: then any client decides which URL its proofs
 * are for. Asked with each request that came through a trusted proxy. A number of hops is not every proxy.
 */
export function createProxyWarning(
  publicOrigins: readonly string[],
  onEvent: ((event: AuthEvent) => void) | undefined,
): (request: ResourceRequest) => void {
  let settled = publicOrigins.length > 0
  return (request) => {
    if (settled) return
    settled = true
    if (!STRANGERS.some((chain) => trustsAll(request, chain))) return
    const setting = request.proxySetting ?? "the framework's own setting"
    const detail = `every proxy is trusted by ${setting} and publicOrigins is not set: any client can say which URL it addressed. Name the proxies, or set publicOrigins`
    warn({ type: 'warning', code: 'every_proxy_trusted', detail }, onEvent)
  }
}

function trustsAll(request: ResourceRequest, chain: readonly string[]): boolean {
  try {
    return request.trustedHops(chain) >= chain.length
  } catch {
    // A function of the application that cannot judge these addresses: not worth a request.
    return false
  }
}
