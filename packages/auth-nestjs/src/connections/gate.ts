import { ServerResponse } from 'node:http'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'

import type {
  Accepted,
  AuthConnection,
  ConnectionTransport,
  Refused,
  Requirements,
  ResourceServer,
} from '@acme/auth-core'
import { Logger } from '@nestjs/common'

import { attachCaller } from '../call.js'
import { judge, judgeAgain, resourceRequest } from '../judge.js'
import { frameworkRequest } from '../transport.js'
import { keepConnection } from './kept.js'

const logger = new Logger('Auth0Guard')

/** Milliseconds for which a refused client may still send, so that it reads the answer. */
const LINGER = 1000

/** Judges handshakes before they are answered, and keeps the connections that become of them. */
export class Gate {
  readonly #resourceServer: ResourceServer
  readonly #platform: unknown
  readonly #headers = new WeakMap<object, Readonly<Record<string, string>>>()

  /** @param platform - Express' application, or Fastify's instance */
  constructor(resourceServer: ResourceServer, platform: unknown) {
    this.#resourceServer = resourceServer
    this.#platform = platform
  }

  /**
   * Judges a handshake, and answers it where it is refused, as the same request by HTTP.
   *
   * @param response - @defaultValue one of its own on the socket, which is closed after it
   * @returns whether the handshake may go on
   */
  async admit(
    request: IncomingMessage,
    wanted: Requirements,
    socket: Duplex,
    response?: ServerResponse,
  ): Promise<boolean> {
    const outcome = await this.#decide(request, wanted)
    // Whoever has gone is told nothing.
    if (socket.destroyed) return false
    if (outcome.ok !== true) {
      answer(outcome, response ?? responseOn(socket, request))
      return false
    }
    attachCaller(request, outcome.auth)
    this.#headers.set(request, outcome.headers)
    return true
  }

  async #decide(request: IncomingMessage, wanted: Requirements): Promise<Accepted | Answer> {
    try {
      return await judge(this.#resourceServer, frameworkRequest(request, this.#platform), wanted)
    } catch (fault) {
      logger.error(fault)
      return FAULT
    }
  }

  /** Judges a handshake that was let in before, and may be too old by now. */
  again(request: object, wanted: Requirements): Promise<Accepted | Refused> {
    return judgeAgain(this.#resourceServer, frameworkRequest(request, this.#platform), wanted)
  }

  /** What goes along with the answer to a handshake that was let in, such as a nonce. */
  headersFor(request: object): Readonly<Record<string, string>> {
    return this.#headers.get(request) ?? {}
  }

  /** Opens the connection of a client. @throws {TypeError} when its handshake did not come by this gate */
  open(request: object, client: object, transport: ConnectionTransport): AuthConnection {
    const resourceServer = this.#resourceServer
    const known = resourceRequest(frameworkRequest(request, this.#platform))
    const connection = resourceServer.connection(known, transport)
    keepConnection({ connection, request, resourceServer }, client)
    return connection
  }
}

interface Answer extends Pick<Refused, 'ok' | 'status' | 'headers' | 'body'> {}

/** As Nest answers faults. */
const FAULT: Answer = {
  ok: false,
  status: 500,
  headers: { 'content-type': 'application/json; charset=utf-8' },
  body: JSON.stringify({ statusCode: 500, message: 'Internal server error' }),
}

function answer({ status, headers, body }: Answer, response: ServerResponse): void {
  // A time-out, say, may have answered already.
  if (response.headersSent) return
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body)
}

/** Node makes no response for an upgrade. */
function responseOn(socket: Duplex, request: IncomingMessage): ServerResponse {
  const response = new ServerResponse(request)
  response.shouldKeepAlive = false
  response.assignSocket(request.socket)
  response.once('finish', () => closeInStages(socket))
  return response
}

/** What the client sends is read until it has the answer: a reset would take that from it (RFC 9112 §9.6). */
function closeInStages(socket: Duplex): void {
  const timer = setTimeout(() => socket.destroy(), LINGER)
  timer.unref()
  socket.once('close', () => clearTimeout(timer))
  socket.resume()
  socket.end()
}

/** To be called first of all: a client that resets while it is judged would end the process. */
export function bearResets(socket: Duplex): void {
  socket.on('error', () => undefined)
}
