import type { ExecutionContext } from '@nestjs/common'
import type { ModulesContainer } from '@nestjs/core'

import { isObject, member } from '../object.js'

type Module = ModulesContainer extends Map<string, infer One> ? One : never

/** A gateway of the application, and what Nest serves it by: a server of `ws` or of socket.io, or a namespace of that. */
export interface Gateway {
  readonly type: ReturnType<ExecutionContext['getClass']>
  readonly module: Module
  readonly server: object
}

const SERVER = 'auth0GatewayServer'

/**
 * Has Nest give all gateways their servers, as the decorator `@WebSocketServer()` does, whose package may be missing. To be
 * called before gateways are registered.
 */
export function askForServers(modules: ModulesContainer): void {
  for (const [type] of gatewayProviders(modules)) {
    const prototype = type.prototype as object // of a class
    Reflect.defineMetadata('websockets:is_socket', true, prototype, SERVER)
    Object.defineProperty(prototype, SERVER, { value: null, writable: true, enumerable: true, configurable: true })
  }
}

/** The gateways that Nest has registered. */
export function gatewaysOf(modules: ModulesContainer): readonly Gateway[] {
  return gatewayProviders(modules).flatMap(([type, module, instance]) => {
    const server = member(instance, SERVER)
    return isObject(server) ? [{ type, module, server }] : []
  })
}

type GatewayProvider = readonly [type: Gateway['type'], module: Module, instance: unknown]

function gatewayProviders(modules: ModulesContainer): readonly GatewayProvider[] {
  return [...modules.values()].flatMap((module) =>
    [...module.providers.values()]
      .filter(({ metatype }) => isGateway(metatype))
      .map((one): GatewayProvider => [one.metatype as Gateway['type'], module, one.instance]),
  )
}

function isGateway(type: unknown): boolean {
  return (
    typeof type === 'function' &&
    isObject(type.prototype) &&
    Reflect.getMetadata('websockets:is_gateway', type) === true
  )
}
