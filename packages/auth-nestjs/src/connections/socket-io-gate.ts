import { ServerResponse } from 'node:http'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'

import type { ConnectionMessages, Refused, Requirements } from '@acme/auth-core'
import { asFault } from '@acme/auth-core'

import { bearResets } from './gate.js'
import type { Gate } from './gate.js'

type Next = (error?: Error) => void

/** What is used of a server of engine.io. */
interface Engine {
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  use(middleware: (request: EngineRequest, response: object, next: Next) => void): unknown
  on(event: 'initial_headers', listener: (headers: Record<string, string>, request: object) => void): unknown
}

interface EngineRequest extends IncomingMessage {
  readonly _query?: { readonly sid?: unknown }
}

/** What is used of a server of socket.io. */
export interface IoServer {
  readonly engine: Engine
}

/** What is used of a namespace of socket.io. */
export interface Namespace {
  use(middleware: (socket: IoSocket, next: Next) => void): unknown
  prependListener(event: 'connection', listener: (socket: IoSocket) => void): unknown
}

/** What is used of a client of socket.io. */
export interface IoSocket {
  readonly request: object
  emit(event: string, data: unknown): unknown
  disconnect(close?: boolean): unknown
  on(event: 'auth0.renew', listener: (...args: unknown[]) => void): unknown
  once(event: 'disconnect', listener: () => void): unknown
}

/** Has the handshakes of a server of socket.io judged before they are answered, by polling and by upgrade. */
export function guardEngine({ engine }: IoServer, gate: Gate, wanted: Requirements): void {
  const upgrade = engine.handleUpgrade.bind(engine)
  engine.handleUpgrade = (request, socket, head) => {
    bearResets(socket)
    upgrade(request, socket, head)
  }
  engine.use((request, response, next) => {
    if (!isHandshake(request)) return next()
    // For an upgrade it is none of Node's, and has no status.
    const own = response instanceof ServerResponse ? response : undefined
    gate.admit(request, wanted, request.socket, own).then(
      (admitted) => {
        if (admitted) next()
      },
      (fault: unknown) => next(asFault(fault)),
    )
  })
  engine.on('initial_headers', (headers, request) => void Object.assign(headers, gate.headersFor(request)))
}

/** The later requests of a client carry the identifier that it got for its handshake, which engine.io knows or refuses. */
function isHandshake({ method, _query }: EngineRequest): boolean {
  return method === 'GET' && (_query?.sid === undefined || _query.sid === '')
}

/**
 * Has clients judged that join a namespace, any time after their handshake, and keeps their connections.
 *
 * @param members - who has joined one of the namespaces of a server that are guarded
 */
export function guardNamespace(namespace: Namespace, gate: Gate, wanted: Requirements, members: Members): void {
  const judged = new WeakSet<IoSocket>()
  namespace.use((socket, next) => {
    gate.again(socket.request, wanted).then(
      (outcome) => {
        if (outcome.ok !== true) return next(connectError(outcome))
        judged.add(socket)
        next()
      },
      (fault: unknown) => next(asFault(fault)),
    )
  })
  // Before the gateways hear of the client.
  namespace.prependListener('connection', (socket) => {
    const connection = openConnection(socket, gate, members)
    // A connection that is recovered is not asked by middlewares (`connectionStateRecovery`).
    if (!judged.has(socket)) connection.require(wanted).catch(() => void socket.disconnect())
  })
}

/** The namespaces that clients have joined, by their handshakes. */
export class Members {
  readonly #joined = new WeakMap<object, Set<IoSocket>>()
  readonly #areAll: boolean

  /** @param areAll - whether all namespaces of the server are guarded: else clients stay, for the sake of the others */
  constructor(areAll: boolean) {
    this.#areAll = areAll
  }

  add(socket: IoSocket): void {
    const joined = this.#joined.get(socket.request) ?? new Set()
    this.#joined.set(socket.request, joined.add(socket))
  }

  delete(socket: IoSocket): void {
    this.#joined.get(socket.request)?.delete(socket)
  }

  isLast(socket: IoSocket): boolean {
    const joined = this.#joined.get(socket.request)
    return this.#areAll && joined?.size === 1 && joined.has(socket)
  }
}

/** What the client gets as `connect_error`. */
function connectError({ error }: Refused): Error {
  return Object.assign(new Error(error.description), { data: error.toJSON() })
}

type Acknowledge = (answer: object) => void

const ANSWERS: readonly (keyof ConnectionMessages)[] = ['auth0.renewed', 'auth0.refused']
/** The code of a refusal: another renewal is going on. */
const PENDING = 'VAL_2008'

function openConnection(socket: IoSocket, gate: Gate, members: Members): ReturnType<Gate['open']> {
  // One for each message that is not answered yet: the renewal that is going on, and those that are refused for it at once.
  const waiting: (Acknowledge | undefined)[] = []
  const connection = gate.open(socket.request, socket, {
    send: (event, data) => {
      socket.emit(event, data)
      if (!ANSWERS.includes(event)) return
      const acknowledge = 'code' in data && data.code === PENDING ? waiting.pop() : waiting.shift()
      acknowledge?.({ event, data })
    },
    // With the last of its namespaces the client goes.
    close: () => void socket.disconnect(members.isLast(socket)),
  })
  members.add(socket)
  socket.on('auth0.renew', (...args) => {
    const acknowledge = args.at(-1)
    waiting.push(isAcknowledge(acknowledge) ? acknowledge : undefined)
    connection.receive({ event: 'auth0.renew', data: args[0] })
  })
  socket.once('disconnect', () => {
    members.delete(socket)
    connection.closed()
  })
  return connection
}

function isAcknowledge(value: unknown): value is Acknowledge {
  return typeof value === 'function' // socket.io makes one where the client asks for it
}
