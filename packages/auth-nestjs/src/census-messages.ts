import type { HandlerPlace } from './census-guards.js'
import type { HttpRoute } from './census-http.js'

const OPERATIONS = ['Query', 'Mutation', 'Subscription']

/** The operation of GraphQL that a resolver's method answers. Resolvers of fields are reached through operations. */
export function operationsOf({ handler }: HandlerPlace, declared: object): readonly HttpRoute[] {
  const type = metadata(declared, 'graphql:resolver_type')
  if (typeof type !== 'string' || !OPERATIONS.includes(type)) return []
  const name = metadata(declared, 'graphql:resolver_name') ?? handler.name
  return [{ method: type.toUpperCase(), path: textOf(name) }]
}

/** The messages that a method answers: of a gateway among providers, of a microservice among controllers. */
export function messageRoutesOf(
  { controller }: HandlerPlace,
  declared: object,
  kind: 'controller' | 'provider',
): readonly HttpRoute[] {
  if (kind === 'provider') return gatewayRoutes(controller, declared)
  const type = metadata(declared, 'microservices:handler_type')
  if (type === undefined) return []
  const patterns = [metadata(declared, 'microservices:pattern')].flat()
  // Nest numbers them: 1 for messages, 2 for events.
  return patterns.map((pattern) => ({ method: type === 2 ? 'EVENT' : 'MESSAGE', path: textOf(pattern) }))
}

function gatewayRoutes(gateway: object, declared: object): readonly HttpRoute[] {
  if (
    metadata(gateway, 'websockets:is_gateway') !== true ||
    metadata(declared, 'websockets:message_mapping') !== true
  ) {
    return []
  }
  const { namespace = '', path = '' } = (metadata(gateway, 'websockets:gateway_options') ?? {}) as Settings // of @WebSocketGateway
  const port = metadata(gateway, 'port')
  const more = [port === undefined || port === 0 ? '' : `port ${textOf(port)}`, textOf(path), textOf(namespace)]
  const words = more.filter((one) => one !== '')
  const ending = words.length === 0 ? '' : ` (${words.join(', ')})`
  return [{ method: 'MESSAGE', path: `${textOf(metadata(declared, 'message'))}${ending}` }]
}

interface Settings {
  readonly namespace?: unknown
  readonly path?: unknown
}

function metadata(subject: object, key: string): unknown {
  return Reflect.getMetadata(key, subject) as unknown
}

function textOf(value: unknown): string {
  return typeof value === 'object' && value !== null && !(value instanceof RegExp)
    ? JSON.stringify(value)
    : String(value)
}
