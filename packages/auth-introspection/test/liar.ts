import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Answers a question about a token. */
export type Lie = (response: ServerResponse, token: string, request: IncomingMessage) => void

/** An issuer whose introspection endpoint says what a test wants, on a port of its own. */
export interface Liar {
  readonly issuer: string
  /** The bodies of all questions. */
  readonly questions: string[]
  /** The paths of all other requests. */
  readonly documents: string[]
  /** How many questions were open at most, at one time. */
  readonly open: { now: number; most: number }
  lie: Lie
  /** The metadata, or how it is answered. */
  metadata: Record<string, unknown> | Lie
  close(): Promise<void>
}

export const json =
  (body: unknown, status = 200): Lie =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }

export const raw =
  (body: string, headers: Record<string, string> = { 'content-type': 'application/json' }, status = 200): Lie =>
  (response) => {
    response.writeHead(status, headers).end(body)
  }

export async function startLiar(): Promise<Liar> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // listens on TCP
  const issuer = `http://127.0.0.1:${port}`
  const liar: Liar = {
    issuer,
    questions: [],
    documents: [],
    open: { now: 0, most: 0 },
    lie: json({ active: false }),
    metadata: { issuer, introspection_endpoint: `${issuer}/ask`, jwks_uri: `${issuer}/keys` },
    async close() {
      server.close()
      server.closeAllConnections()
    },
  }
  server.on('request', (request, response) => {
    if (request.url !== '/ask') {
      const { metadata } = liar
      liar.documents.push(request.url ?? '')
      return typeof metadata === 'function' ? metadata(response, '', request) : json(metadata)(response, '', request)
    }
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (chunk: string) => (body += chunk))
    request.on('end', () => {
      liar.questions.push(body)
      liar.open.now += 1
      liar.open.most = Math.max(liar.open.most, liar.open.now)
      response.on('close', () => (liar.open.now -= 1))
      liar.lie(response, new URLSearchParams(body).get('token') ?? '', request)
    })
  })
  return liar
}
