import { webSocketTransport } from '@acme/auth-core'
import type { Accepted, ConnectionSocket, Refused, Requirements, ResourceServer } from '@acme/auth-core'
import type { FrameworkRequest } from '@acme/auth-core/node'

import type { CredentialsRequest } from '../call.js'
import { judge, resourceRequest } from '../judge.js'
import { isObject } from '../object.js'
import { frameworkRequest } from '../transport.js'
import { keepConnection } from './kept.js'

/** What is used of the socket of a connection. */
export interface GraphqlSocket extends ConnectionSocket {
  readonly readyState: number
  once(event: 'close', listener: () => void): unknown
}

/** What graphql-ws knows of a connection. */
export interface GraphqlWsContext {
  readonly connectionParams?: Readonly<Record<string, unknown>> | undefined
  /** `socket` and `request` of `ws`. */
  readonly extra: unknown
}

/** Options of graphql-ws. */
export interface GraphqlWsOptions {
  /** Answers false where the connection is refused. */
  onConnect(context: GraphqlWsContext): Promise<boolean>
}

/** Options of mercurius for subscriptions. */
export interface MercuriusSubscription {
  /** @throws {AuthError} where the connection is refused */
  context(socket: GraphqlSocket, request: CredentialsRequest): Promise<object>
}

// "Forbidden" of graphql-ws: of its refusals the only one that its clients take for a reason to connect anew.
const FORBIDDEN = 4403
/** Try again later: registered by IANA for WebSocket. */
const LATER = 1013
const OPEN = 1

/** Authenticates connections for subscriptions, and keeps them authenticated. They have no room for messages of ours. */
export class GraphqlConnections {
  readonly #resourceServer: ResourceServer
  readonly #wanted: Requirements
  readonly #platform: () => unknown

  constructor(resourceServer: ResourceServer, wanted: Requirements, platform: () => unknown) {
    this.#resourceServer = resourceServer
    this.#wanted = wanted
    this.#platform = platform
  }

  graphqlWs(): GraphqlWsOptions {
    return {
      onConnect: async ({ extra, connectionParams }) => {
        const { socket, request } = extra as { socket: GraphqlSocket; request: CredentialsRequest } // by graphql-ws/use/ws
        const outcome = await this.#admit(socket, request, connectionParams)
        if (outcome.ok !== true)
          socket.close(codeOf(outcome), reasonOf(outcome.error.code, outcome.error.correlationId))
        return outcome.ok === true
      },
    }
  }

  mercurius(): MercuriusSubscription {
    return {
      context: async (socket, request) => {
        const outcome = await this.#admit(socket, request)
        if (outcome.ok === true) return {}
        socket.close(codeOf(outcome), reasonOf(outcome.error.code, outcome.error.correlationId))
        throw outcome.error
      },
    }
  }

  async #admit(
    socket: GraphqlSocket,
    request: CredentialsRequest,
    parameters?: Readonly<Record<string, unknown>>,
  ): Promise<Accepted | Refused> {
    const known = withParameters(frameworkRequest(request, this.#platform()), parameters)
    const outcome = await judge(this.#resourceServer, known, this.#wanted)
    if (outcome.ok === true && socket.readyState === OPEN) this.#open(socket, known)
    return outcome
  }

  #open(socket: GraphqlSocket, request: FrameworkRequest): void {
    const resourceServer = this.#resourceServer
    const transport = webSocketTransport(socket)
    let id: string | undefined
    const connection = resourceServer.connection(resourceRequest(request), {
      send: (_event, data) => {
        id = 'correlation_id' in data ? data.correlation_id : undefined
      },
      // What comes after it is no operation any more: resolvers without a decorator would carry it out.
      close: (_code, reason) => transport.close(FORBIDDEN, reasonOf(reason, id)),
    })
    keepConnection({ connection, request: request.raw ?? request, resourceServer })
    socket.once('close', () => connection.closed())
  }
}

// Bytes: RFC 6455 §5.5 leaves 125 for the code and the reason.
const LONGEST_REASON = 123

/** The code of the refusal, and where there is room its correlation id: clients are told nothing else. */
function reasonOf(code: string, id: string | undefined): string {
  const reason = `${code} ${id}`
  return id !== undefined && reason.length <= LONGEST_REASON ? reason : code
}

function codeOf({ status }: Refused): number {
  return status === 503 ? LATER : FORBIDDEN
}

/** A handshake with what the client sent after it, as the header that a browser cannot send. */
function withParameters(request: FrameworkRequest, parameters: unknown): FrameworkRequest {
  const sent = isObject(parameters) ? Object.entries(parameters) : []
  const values = sent.filter(([name]) => name.toLowerCase() === 'authorization').map(([, value]) => bearerOnly(value))
  if (values.length === 0) return request
  const own = [request.headers?.['authorization']].flat().filter((one) => one !== undefined)
  // More than one is refused: a client must not use two ways at once (RFC 6750 §2).
  return { ...request, headers: { ...request.headers, authorization: [...own, ...values] } }
}

/** A proof is for a request and its header. What is something else is refused as malformed. */
function bearerOnly(value: unknown): string {
  return typeof value === 'string' && /^bearer /i.test(value) ? value : ''
}
