/**
 * What an adapter hands over: the request as it came over the wire, before any framework has interpreted it, and what the
 * application has made of its headers since.
 *
 * Node's `req.headers` silently keeps the first of two `Authorization` lines and joins others, so headers are read from the
 * raw list.
 */
export interface ResourceRequest {
  readonly method: string
  /** The request target of the request line (RFC 9112 §3.2), prefixes of mounted routers included: `/api/x?y=1`. */
  readonly target: string
  /** Names and values in turn, as received: Node's `rawHeaders`. */
  readonly rawHeaders: readonly string[]
  /**
   * A header as the application has it, by its name in lower case: `(name) => req.headers[name]`. Where that is not what
   * Node makes of the raw list, the application wrote or deleted it, and it counts in place of what came. Undefined and
   * null: there is none. @defaultValue the raw list counts
   */
  readonly applicationHeader?: (name: string) => ApplicationHeader
  /** The scheme of the connection to this process: `http` or `https`. */
  readonly scheme: string
  /** The address of the peer of that connection, where the runtime tells. */
  readonly peer: string | undefined
  /**
   * The certificate of that peer, in DER, where the connection is TLS and the runtime tells. Read only for access tokens that
   * are bound to one (RFC 8705 §3): best a getter. @defaultValue none
   */
  readonly peerCertificate?: Uint8Array | undefined
  /**
   * Given the chain of addresses that the request came through, nearest first (the peer, then the entries of
   * `X-Forwarded-For` or `Forwarded` from the right), says how many from the start are trusted proxies. Answered by
   * the framework's own setting. Asked for DPoP requests, and for certificates in a header.
   */
  readonly trustedHops: (chain: readonly string[]) => number
  /** How a developer says which proxies are trusted, such as `app.set('trust proxy', ...)`: for messages to them. */
  readonly proxySetting?: string | undefined
  /**
   * The same object for every guard that sees this request, and for no other request: authentication happens once for
   * it. It must be extensible, for what was found is kept on it.
   */
  readonly identity: object
  /** The identifier that the framework gave the request: it is then that of the answer, the event and the log. */
  readonly requestId?: unknown
  /** The pattern of the route, such as `/messages/:id`, where the framework knows it. For events only. */
  readonly route?: unknown
  /** Where a line about a refusal goes: the logger of the framework. @defaultValue the console */
  readonly log?: RequestLog | undefined
}

/** Writes one line: `warn` for what is not the client's fault. */
export type RequestLog = (level: 'info' | 'warn', line: string) => void

/** One value, several lines, or none. */
export type ApplicationHeader = string | readonly string[] | null | undefined

/** All values of a header, in order; those of the application where it wrote or deleted them. `name` is in lower case. */
export function headerValues(request: ResourceRequest, name: string): readonly string[] {
  const received = receivedValues(request.rawHeaders, name)
  if (request.applicationHeader === undefined) return received
  const own: unknown = request.applicationHeader(name) // the application may have put anything there
  // Mostly there is one line, and nobody touched it.
  if (received.length === 1 && received[0] === own) return received
  if (own === undefined || own === null) return []
  if (typeof own === 'string' && isOfNode(own, received, name)) return received
  return (Array.isArray(own) ? own : [own]).map(headerText)
}

/** A value as text: schemas make numbers of some. What no header can be is an empty one, which no check accepts. */
export function headerText(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}

/** All values of a header as they were received. `name` is in lower case. */
export function receivedValues(rawHeaders: readonly string[], name: string): readonly string[] {
  const values: string[] = []
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const candidate = rawHeaders[i]
    if (candidate?.length === name.length && candidate.toLowerCase() === name) values.push(rawHeaders[i + 1] ?? '')
  }
  return values
}

// Of the headers that are read here, those whose further lines Node drops.
const FIRST_KEPT = ['authorization', 'host']

/**
 * Whether a value is what Node makes of several lines (`http.IncomingMessage.headers`): all of them, joined, as a web
 * Headers joins them too; or the first one, of some headers, unless the server has `joinDuplicateHeaders`. Then they are
 * seen as they came: repetition is refused, not mended.
 */
function isOfNode(own: string, received: readonly string[], name: string): boolean {
  return own === received.join(', ') || (own === received[0] && FIRST_KEPT.includes(name))
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
