/**
 * What an adapter hands over: the request as it came over the wire, before any framework has interpreted it.
 *
 * Node's `req.headers` silently keeps the first of two `Authorization` lines and joins others, so headers are read
 * from the raw list only.
 */
export interface ResourceRequest {
  readonly method: string
  /** The request target of the request line (RFC 9112 §3.2), prefixes of mounted routers included: `/api/x?y=1`. */
  readonly target: string
  /** Names and values in turn, as received: Node's `rawHeaders`. */
  readonly rawHeaders: readonly string[]
  /** The scheme of the connection to this process: `http` or `https`. */
  readonly scheme: string
  /** The address of the peer of that connection, where the runtime tells. */
  readonly peer: string | undefined
  /**
   * Given the chain of addresses that the request came through, nearest first (the peer, then the entries of
   * `X-Forwarded-For` or `Forwarded` from the right), says how many from the start are trusted proxies. Answered by
   * the framework's own setting. Asked for DPoP requests only.
   */
  readonly trustedHops: (chain: readonly string[]) => number
  /** How a developer says which proxies are trusted, such as `app.set('trust proxy', ...)`: for messages to them. */
  readonly proxySetting?: string | undefined
  /**
   * The same object for every guard that sees this request, and for no other request: authentication happens once for
   * it. It must be extensible, for what was found is kept on it.
   */
  readonly identity: object
}

/** All values of a header, in order. `name` is in lower case. */
export function headerValues(request: ResourceRequest, name: string): string[] {
  const values: string[] = []
  const { rawHeaders } = request
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const candidate = rawHeaders[i]
    if (candidate?.length === name.length && candidate.toLowerCase() === name) values.push(rawHeaders[i + 1] ?? '')
  }
  return values
}

/** Without optional white space (RFC 9110 §5.6.3) at its ends: other characters that JavaScript trims are content. */
export function trimSpace(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && isSpace(text[start])) start++
  while (end > start && isSpace(text[end - 1])) end--
  return text.slice(start, end)
}

function isSpace(character: string | undefined): boolean {
  return character === ' ' || character === '\t'
}

/** The part of Node's `IncomingMessage` that is read here, so that no Node type is needed. */
export interface NodeRequest {
  readonly method?: string | undefined
  readonly url?: string | undefined
  readonly rawHeaders: readonly string[]
  readonly socket?:
    | { readonly remoteAddress?: string | undefined; readonly encrypted?: boolean | undefined }
    | undefined
}

/**
 * The {@link ResourceRequest} of a request that arrived at Node's HTTP server.
 * `target` overrides `incoming.url` for frameworks that rewrite it.
 */
export function nodeResourceRequest(
  incoming: NodeRequest,
  options: { readonly target?: string } & Pick<ResourceRequest, 'trustedHops' | 'proxySetting'>,
): ResourceRequest {
  return new PlainNodeRequest(incoming, options)
}

/** Reads only what is asked for: of a request with a Bearer token, nothing but its headers. */
export abstract class NodeResourceRequest implements ResourceRequest {
  declare readonly rawHeaders: readonly string[]
  declare readonly proxySetting: string | undefined
  declare readonly identity: NodeRequest

  constructor(incoming: NodeRequest, proxySetting: string | undefined) {
    this.rawHeaders = incoming.rawHeaders
    this.proxySetting = proxySetting
    this.identity = incoming
  }

  abstract get target(): string
  abstract trustedHops(chain: readonly string[]): number

  get method(): string {
    return this.identity.method ?? ''
  }

  get scheme(): string {
    return this.identity.socket?.encrypted === true ? 'https' : 'http'
  }

  get peer(): string | undefined {
    return this.identity.socket?.remoteAddress
  }
}

type NodeRequestOptions = Parameters<typeof nodeResourceRequest>[1]

class PlainNodeRequest extends NodeResourceRequest {
  readonly #options: NodeRequestOptions

  // Held: see TokenAuthContext.
  static readonly held: ResourceRequest = new PlainNodeRequest({ rawHeaders: [] }, { trustedHops: () => 0 })

  constructor(incoming: NodeRequest, options: NodeRequestOptions) {
    super(incoming, options.proxySetting)
    this.#options = options
  }

  get target(): string {
    return this.#options.target ?? this.identity.url ?? ''
  }

  trustedHops(chain: readonly string[]): number {
    return this.#options.trustedHops(chain)
  }
}

const SAFE_ID = /^[A-Za-z0-9._:-]{1,128}$/

/** The caller's `X-Request-Id` when it is one plain token, else a new identifier. */
export function correlationId(request: ResourceRequest): string {
  const given = headerValues(request, 'x-request-id')
  const [id] = given
  return id !== undefined && given.length === 1 && SAFE_ID.test(id) ? id : crypto.randomUUID()
}
