import { keepShape } from '../util/keep-shape.js'
import { headerText, receivedValues } from '../request/resource-request.js'
import type { ApplicationHeader, ResourceRequest } from '../request/resource-request.js'

/** The part of Node's `IncomingMessage` that is read here, so that no Node type is needed. */
export interface NodeRequest {
  readonly method?: string | undefined
  readonly url?: string | undefined
  /** Missing or empty where something only looks like a request of Node: then `headers` are read. */
  readonly rawHeaders?: readonly string[] | undefined
  /** As Node makes them of the raw list, unless the application has changed them since. */
  readonly headers?: NodeHeaders | undefined
  readonly socket?: NodeSocket | null | undefined
}

/** The part of Node's `Socket` and `TLSSocket` that is read here. */
export interface NodeSocket {
  readonly remoteAddress?: string | undefined
  readonly encrypted?: boolean | undefined
  getPeerX509Certificate?(): { readonly raw: Uint8Array } | undefined
}

/** Values by names in lower case; a list is several lines. */
export type NodeHeaders = Readonly<Record<string, string | readonly string[] | undefined>>

/** How a request at Node's HTTP server is read. */
export interface NodeRequestOptions extends Pick<
  ResourceRequest,
  'trustedHops' | 'proxySetting' | 'applicationHeader' | 'requestId' | 'route' | 'log'
> {
  /** For frameworks that rewrite `incoming.url`. @defaultValue `incoming.url` */
  readonly target?: string
  /** See {@link ResourceRequest.identity}. @defaultValue `incoming` */
  readonly identity?: object
}

/**
 * The {@link ResourceRequest} of a request that arrived at Node's HTTP server, or at something that looks like it.
 * @example
 * ```ts
 * import { createServer } from 'node:http'
 *
 * import { createResourceServer } from '@acme/auth-core'
 * import { nodeResourceRequest } from '@acme/auth-core/node'
 *
 * const resourceServer = createResourceServer({ issuer: 'https://issuer.example.com/', audience: 'https://api.example.com' })
 * // Before a WebSocket handshake.
 * const server = createServer().on('upgrade', async (incoming, socket) => {
 *   socket.on('error', () => socket.destroy())
 *   const outcome = await resourceServer.authenticate(nodeResourceRequest(incoming, { trustedHops: () => 0 }))
 *   if (!outcome.ok) socket.end(`HTTP/1.1 ${outcome.status} Refused\r\n\r\n`)
 * })
 * ```
 */
export function nodeResourceRequest(incoming: NodeRequest, options: NodeRequestOptions): ResourceRequest {
  return new PlainNodeRequest(incoming, options)
}

/** Reads only what is asked for: of a request with a Bearer token, nothing but its headers. */
export abstract class NodeResourceRequest implements ResourceRequest {
  declare readonly rawHeaders: readonly string[]
  declare readonly proxySetting: string | undefined
  declare readonly identity: object
  readonly #incoming: NodeRequest
  /** Undefined where there is no other list than the raw one. */
  readonly #headers: NodeHeaders | undefined

  constructor(
    incoming: NodeRequest,
    headers: NodeHeaders | undefined,
    { proxySetting, identity }: Pick<NodeRequestOptions, 'proxySetting' | 'identity'>,
  ) {
    const { rawHeaders = [] } = incoming
    const emulated = rawHeaders.length === 0 && headers !== undefined
    this.rawHeaders = emulated ? listed(headers) : rawHeaders
    this.#headers = emulated ? undefined : headers
    this.#incoming = incoming
    this.proxySetting = proxySetting
    this.identity = identity ?? incoming
  }

  abstract get target(): string
  abstract trustedHops(chain: readonly string[]): number

  applicationHeader(name: string): ApplicationHeader {
    return this.#headers === undefined ? receivedValues(this.rawHeaders, name) : this.#headers[name]
  }

  get method(): string {
    return this.#incoming.method ?? ''
  }

  get scheme(): string {
    return this.#incoming.socket?.encrypted === true ? 'https' : 'http'
  }

  get peer(): string | undefined {
    return this.#incoming.socket?.remoteAddress
  }

  get peerCertificate(): Uint8Array | undefined {
    return this.#incoming.socket?.getPeerX509Certificate?.()?.raw
  }
}

/**
 * A raw list for a request that has none: emulations of Node's HTTP server (for functions in a cloud) fill in `headers`
 * alone, not all of them with names in lower case. What they have joined by commas stays one value.
 */
function listed(headers: NodeHeaders): readonly string[] {
  return Object.entries(headers).flatMap(([name, given]) =>
    (Array.isArray(given) ? given : [given]).flatMap((value: unknown) =>
      value === undefined || value === null ? [] : [name, headerText(value)],
    ),
  )
}

class PlainNodeRequest extends NodeResourceRequest {
  readonly #incoming: NodeRequest
  readonly #options: NodeRequestOptions

  static {
    keepShape(new PlainNodeRequest({ rawHeaders: [] }, { trustedHops: () => 0 }))
  }

  constructor(incoming: NodeRequest, options: NodeRequestOptions) {
    super(incoming, incoming.headers, options)
    this.#incoming = incoming
    this.#options = options
  }

  get target(): string {
    return this.#options.target ?? this.#incoming.url ?? ''
  }

  get requestId(): unknown {
    return this.#options.requestId
  }

  get route(): unknown {
    return this.#options.route
  }

  get log(): ResourceRequest['log'] {
    return this.#options.log
  }

  override applicationHeader(name: string): ApplicationHeader {
    const own = this.#options.applicationHeader
    return own === undefined ? super.applicationHeader(name) : own(name)
  }

  trustedHops(chain: readonly string[]): number {
    return this.#options.trustedHops(chain)
  }
}
