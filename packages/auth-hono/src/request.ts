import { countTrusted, nodeResourceRequest } from '@acme/auth-core/node'
import type { ResourceRequest } from '@acme/auth-core'
import type { NodeRequest, TrustFunction } from '@acme/auth-core/node'
import type { Context } from 'hono'

import { requestIdOf, routeOf, urlParts, WebRequest } from './web-request.js'

const proxySetting = 'createAuth({ trustProxy: ... })'

/** The request as it came over the wire, as far as the runtime tells. */
export function resourceRequest(c: Context, trusts: TrustFunction): ResourceRequest {
  const trustedHops = (chain: readonly string[]): number => countTrusted(chain, trusts)
  const incoming = nodeRequest(c)
  if (incoming === undefined) return new ProxiedRequest(c, trustedHops)
  // Where @hono/node-server keeps them, looking one up does not make a Headers of all.
  const { headers, url } = c.req.raw
  // A web Request may have its host in its URL alone.
  const applicationHeader = (name: string): string | null =>
    headers.get(name) ?? (name === 'host' ? urlParts(url).authority : null)
  return nodeResourceRequest(incoming, {
    trustedHops,
    proxySetting,
    applicationHeader,
    identity: identityOf(c, incoming),
    requestId: requestIdOf(c),
    get route() {
      return routeOf(c)
    },
  })
}

/** Behind proxies, on a runtime that may tell the peer. */
class ProxiedRequest extends WebRequest {
  override readonly peer: string | undefined
  override readonly trustedHops: ResourceRequest['trustedHops']
  readonly proxySetting: string = proxySetting

  constructor(c: Context, trustedHops: ResourceRequest['trustedHops']) {
    super(c)
    this.peer = peerAddress(c)
    this.trustedHops = trustedHops
  }
}

/**
 * Node's request, with the headers as they were received, as @hono/node-server hands it over in `c.env`. An application
 * may hand `c.env` on to a request that it makes itself for another path: that one is not Node's.
 */
function nodeRequest(c: Context): NodeRequest | undefined {
  const { incoming } = (c.env ?? {}) as { incoming?: NodeRequest } // absent on other runtimes
  if (!Array.isArray(incoming?.rawHeaders)) return undefined
  const { raw } = c.req
  if (carries(raw, incoming)) return incoming
  // Replaced by a middleware, to change its headers or limit its body, or by app.mount(), which cuts its prefix off.
  const same = raw.method === incoming.method && pathOf(`http://host${incoming.url}`).endsWith(pathOf(raw.url))
  return same ? incoming : undefined
}

/**
 * Node's request, which all guards share; not so for one with credentials of its own, which may be a request that the
 * application makes itself: that a proof was good for the one does not make it so for the other.
 */
function identityOf(c: Context, incoming: NodeRequest): object {
  const { raw } = c.req
  if (carries(raw, incoming)) return incoming
  return ['authorization', 'dpop'].every((name) => raw.headers.get(name) === rawHeader(incoming, name)) ? incoming : c
}

/** Where @hono/node-server keeps Node's request, in a web Request that it made. It does not hand out the symbol. */
let place: symbol | undefined

function carries(raw: Request, incoming: NodeRequest): boolean {
  if (place !== undefined && Reflect.get(raw, place) === incoming) return true
  place = Object.getOwnPropertySymbols(raw).find((symbol) => Reflect.get(raw, symbol) === incoming)
  return place !== undefined
}

function pathOf(url: string): string {
  return URL.canParse(url) ? new URL(url).pathname : url
}

function rawHeader({ rawHeaders = [] }: NodeRequest, name: string): string | null {
  const values = rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name)
  return values.length === 0 ? null : values.join(', ')
}

/** What Bun and Deno hand over as `c.env`. */
interface RuntimeEnv {
  readonly server?: RuntimeEnv
  /** Bun's server; it knows the requests that it made itself. */
  readonly requestIP?: (request: Request) => { readonly address?: unknown } | null
  /** Deno's connection. */
  readonly remoteAddr?: { readonly hostname?: unknown }
}

/** The address of the peer, where the runtime tells. Asked for as hono's own `getConnInfo` does, without importing it. */
function peerAddress(c: Context): string | undefined {
  const env = (c.env ?? {}) as RuntimeEnv // of the runtime, or bindings of the application
  const server = env.server ?? env
  // A binding may answer to any name (Workers RPC): only Bun's server is called.
  const asksBun = 'Bun' in globalThis && typeof server.requestIP === 'function'
  const address = asksBun ? server.requestIP?.(c.req.raw)?.address : env.remoteAddr?.hostname
  return typeof address === 'string' ? address : undefined
}
