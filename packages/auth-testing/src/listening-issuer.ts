import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

import { LocalIssuer } from './issuer.js'
import { NAMES, type TestIssuerOptions } from './issuer-options.js'
import { createTestKey } from './keys.js'
import { MAX_BODY_BYTES } from './parameters.js'
import type { TestIssuer } from './test-issuer.js'
import { rejectUnknown } from './unknown-options.js'

/** Options of {@link startTestIssuer}. */
export interface ListeningTestIssuerOptions extends Omit<TestIssuerOptions, 'issuer'> {
  /** Default 0: any free port. */
  port?: number
}

/** A {@link TestIssuer} behind a socket. Its own `fetch` still answers in process. */
export interface ListeningTestIssuer extends TestIssuer {
  /** Stops listening and ends every connection, those that stall included. */
  close(): Promise<void>
}

/**
 * Starts an issuer on 127.0.0.1; its identifier is `http://127.0.0.1:PORT/`.
 *
 * @throws the system's error, such as `EADDRINUSE`, when the port cannot be had
 * @example
 * ```ts
 * import { startTestIssuer } from '@acme/auth-testing'
 *
 * const issuer = await startTestIssuer({ audience: 'https://api.example.com' })
 * console.log(issuer.issuer, await issuer.accessToken())
 * await issuer.close()
 * ```
 */
export async function startTestIssuer(options: ListeningTestIssuerOptions = {}): Promise<ListeningTestIssuer> {
  rejectUnknown('startTestIssuer', options, ['port', ...NAMES.filter((name) => name !== 'issuer')])
  const key = await createTestKey(options.algorithm ?? 'ES256')
  const server = createServer()
  server.listen(options.port ?? 0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address() as AddressInfo // as: a listening TCP server has no other kind
  const origin = `http://127.0.0.1:${address.port}`
  const issuer = new LocalIssuer(key, { ...options, issuer: `${origin}/` })
  server.on('request', (incoming, outgoing) => void relay(issuer, origin, incoming, outgoing))
  return Object.assign(issuer, { close: () => close(server) })
}

async function relay(
  issuer: TestIssuer,
  origin: string,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const gone = new AbortController()
  outgoing.on('close', () => gone.abort())
  try {
    const body = await readBody(incoming)
    if (body === undefined) outgoing.writeHead(413, { connection: 'close' }).end()
    else await send(await issuer.fetch(origin + (incoming.url ?? ''), init(incoming, body, gone.signal)), outgoing)
  } catch {
    incoming.socket.resetAndDestroy()
  }
}

/** `undefined` when there is too much of it. */
async function readBody(incoming: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of incoming.iterator({ destroyOnReturn: false })) {
    const bytes = chunk as Buffer // as: without setEncoding() a request yields buffers
    size += bytes.length
    if (size > MAX_BODY_BYTES) return undefined
    chunks.push(bytes)
  }
  return Buffer.concat(chunks)
}

function init(incoming: IncomingMessage, body: Buffer, signal: AbortSignal): RequestInit {
  const method = incoming.method ?? 'GET'
  const headers = Object.entries(incoming.headersDistinct).flatMap(([name, values = []]) =>
    values.map((value): [string, string] => [name, value]),
  )
  // Fetch standard: a request with one of these has no body.
  const hasBody = method !== 'GET' && method !== 'HEAD' && body.length > 0
  return { method, headers, redirect: 'manual', signal, ...(hasBody && { body }) }
}

async function send(response: Response, outgoing: ServerResponse): Promise<void> {
  outgoing.writeHead(response.status, Object.fromEntries(response.headers))
  outgoing.flushHeaders()
  if (response.body) await pipeline(Readable.fromWeb(response.body), outgoing)
  else outgoing.end()
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    // A second close finds a server that is closed already: as good.
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
