import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream'
import type { Server } from '@acme/sample-api/programs'

/** A reverse proxy in front of all APIs: `/NAME/api/private` here is `/api/private` of the API with that name. */
export interface Gateway {
  readonly origin: string
  /** The base URL of an API here, without a slash at the end. */
  publicUrlOf(name: string): string
  close(): void
}

/** In this process, so that the demo needs nothing that Node does not bring. */
export async function startGateway(apis: readonly Server[]): Promise<Gateway> {
  const byPrefix = new Map(apis.map(({ name, origin }) => [prefixOf(name), origin]))
  const server = createServer((incoming, outgoing) => forward(incoming, outgoing, byPrefix))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}` // as: it listens on a TCP port
  return {
    origin,
    publicUrlOf: (name) => origin + prefixOf(name),
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

function prefixOf(name: string): string {
  return `/${name.replace('/', '-')}`
}

function forward(incoming: IncomingMessage, outgoing: ServerResponse, byPrefix: ReadonlyMap<string, string>): void {
  const [, prefix = '', path = ''] = /^(\/[^/]*)(\/.*)$/.exec(incoming.url ?? '') ?? []
  const origin = byPrefix.get(prefix)
  if (origin === undefined) return void outgoing.writeHead(404).end()
  const { method = '', headers } = incoming
  const forwarded = request(`${origin}${path}`, { method, headers: forwardedHeaders(headers, prefix) }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
    pipeline(answer, outgoing, () => undefined)
  })
  forwarded.on('error', () => (outgoing.headersSent ? outgoing.destroy() : outgoing.writeHead(502).end()))
  incoming.pipe(forwarded)
}

/** What the client says of how it came is not passed on: only this proxy knows. */
function forwardedHeaders(
  { host = '', ...headers }: IncomingMessage['headers'],
  prefix: string,
): Record<string, string> {
  const others = Object.entries(headers).filter(([name]) => !/^(?:x-)?forwarded/.test(name))
  return {
    ...Object.fromEntries(others.map(([name, value]) => [name, String(value)])),
    'x-forwarded-host': host,
    'x-forwarded-proto': 'http',
    'x-forwarded-prefix': prefix,
  }
}
