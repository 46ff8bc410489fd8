import { request as requestHttp } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { connect as connectHttp2 } from 'node:http2'
import { request as requestHttps } from 'node:https'
import { text } from 'node:stream/consumers'
import { connect as connectTls } from 'node:tls'

export type Header = readonly [name: string, value: string]

/** A request as it goes over the wire. */
export interface Outgoing {
  readonly method: string
  /** Scheme, host and port decide where it is sent and what Host says; the path is the request target. */
  readonly url: string
  readonly headers: readonly Header[]
  /** In place of the path of the URL. */
  readonly target?: string
  /** In place of the host of the URL. */
  readonly host?: string
  /** Whether the client comes over IPv6. Default: no. */
  readonly ipv6?: boolean
  readonly ca: string
  /** What the client shows of itself in the handshake. Default: nothing. */
  readonly tls?: { readonly key: string; readonly cert: string }
}

export interface Incoming {
  readonly status: number
  readonly body: string
}

// No proxy here: only 127.0.0.1 is trusted as one.
const CLIENT_ADDRESS = '127.0.0.9'

/** Over HTTP/1.1, on a connection of its own. */
export async function send(outgoing: Outgoing): Promise<Incoming> {
  const { protocol, port, host, pathname, search } = new URL(outgoing.url)
  const request = protocol === 'https:' ? requestHttps : requestHttp
  const headers = [['Host', outgoing.host ?? host], ...outgoing.headers].flat()
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request(
      {
        ...route(outgoing),
        port,
        method: outgoing.method,
        path: outgoing.target ?? pathname + search,
        headers,
        setHost: false,
        agent: false,
      },
      resolve,
    )
      .on('error', reject)
      .end()
  })
  return { status: response.statusCode ?? 0, body: await text(response) }
}

/** Over HTTP/2, where `:authority` says what Host said. */
export async function sendHttp2(outgoing: Outgoing): Promise<Incoming> {
  const { port, host, pathname, search, origin } = new URL(outgoing.url)
  const session = connectHttp2(origin, {
    createConnection: () => connectTls({ ...route(outgoing), port: Number(port), ALPNProtocols: ['h2'] }),
  })
  try {
    const stream = session.request({
      ...repeated(outgoing.headers),
      ':method': outgoing.method,
      ':authority': outgoing.host ?? host,
      ':path': outgoing.target ?? pathname + search,
    })
    const status = await new Promise<number>((resolve, reject) => {
      session.on('error', reject)
      stream.on('error', reject)
      stream.on('response', (headers) => resolve(Number(headers[':status'])))
    })
    return { status, body: await text(stream) }
  } finally {
    session.destroy()
  }
}

/** No name server knows the name of the API. */
function route({ url, ipv6 = false, ca, tls }: Outgoing) {
  const { hostname } = new URL(url)
  const named = !hostname.startsWith('[') && hostname !== '127.0.0.1'
  return {
    ca,
    ...tls,
    ...(named && { servername: hostname }),
    ...(ipv6 ? { host: '::1' } : { host: '127.0.0.1', localAddress: CLIENT_ADDRESS }),
  }
}

function repeated(headers: readonly Header[]): Record<string, string[]> {
  const all: Record<string, string[]> = {}
  for (const [name, value] of headers) (all[name.toLowerCase()] ??= []).push(value)
  return all
}
