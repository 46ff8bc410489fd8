import type { AuthConnection, ConnectionTransport, ResourceServer } from '@acme/auth-core'
import type { FrameworkRequest } from '@acme/auth-core/node'
import type { ExecutionContext } from '@nestjs/common'

import { resourceRequest } from '../judge.js'
import { isObject, member } from '../object.js'

interface Kept {
  readonly connection: AuthConnection
  readonly request: object
  readonly resourceServer: ResourceServer
}

// By the client of a gateway, or the request where there is no client: of GraphQL, and of a stream of events.
const kept = new WeakMap<object, Kept>()

/** Keeps a connection for the calls that come by it. @param client - @defaultValue the request */
export function keepConnection(one: Kept, client: object = one.request): void {
  kept.set(client, one)
}

/**
 * The connection of a gateway's client, with the option `connections`, from `handleConnection(client)` on; undefined where
 * the class of the gateway is not guarded.
 * @example
 * ```ts
 * import { connectionOf, RequireAuth } from '@acme/auth-nestjs'
 * import { WebSocketGateway } from '@nestjs/websockets'
 *
 * @WebSocketGateway({ path: '/ws' })
 * @RequireAuth('read:messages')
 * export class MessagesGateway {
 *   handleConnection(client: object) {
 *     console.log(connectionOf(client)?.auth?.subject)
 *   }
 * }
 * ```
 */
export function connectionOf(client: object): AuthConnection | undefined {
  return kept.get(client)?.connection
}

/**
 * The connection that a call came by whose credentials are in a request; undefined for calls without one.
 *
 * @param resourceServer - that of the guard that asks. @defaultValue any
 */
export function connectionOfCall(
  context: ExecutionContext,
  request: object,
  resourceServer?: ResourceServer,
): AuthConnection | undefined {
  // Fastify's request is around Node's.
  const raw = member(request, 'raw') ?? request
  const client = context.getType<string>() === 'ws' ? context.switchToWs().getClient<object>() : raw
  const found = isObject(client) ? kept.get(client) : undefined
  // Guards with a getRequest of their own may have found other credentials.
  if (found?.request !== raw) return undefined
  // What another resource server has accepted is nothing to this one.
  return resourceServer === undefined || found.resourceServer === resourceServer ? found.connection : undefined
}

// Those made with the option `connections`.
const connecting = new WeakSet<ResourceServer>()

/** Says that connections of a resource server are kept. */
export function keepConnectionsOf(resourceServer: ResourceServer): void {
  connecting.add(resourceServer)
}

export function keepsConnections(resourceServer: ResourceServer): boolean {
  return connecting.has(resourceServer)
}

type Opener = (transport: ConnectionTransport) => AuthConnection

// Of requests that a guard let through.
const openers = new WeakMap<object, Opener>()

/** Lets a request that was let through be kept open as a stream of events. */
export function allowConnection(request: object, resourceServer: ResourceServer, known: FrameworkRequest): void {
  if (!connecting.has(resourceServer)) return
  openers.set(request, (transport) => resourceServer.connection(resourceRequest(known), transport))
}

export function openerOf(request: object): Opener | undefined {
  return openers.get(request)
}
