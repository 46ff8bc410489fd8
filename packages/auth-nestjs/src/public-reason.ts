import { handlersOf } from './heritage.js'
import type { Place, RouteContext } from './access.js'

/** Why a handler or a controller is public, as `@Public('reason')` says it. */
const REASON: unique symbol = Symbol('@acme/auth-nestjs.public-reason')

/** On the function and on its name, since a decorator in between may put another function in its place. */
export function declareReason(reason: string, target: object, name?: string | symbol, handler?: unknown): void {
  if (name === undefined) return Reflect.defineMetadata(REASON, reason, target)
  Reflect.defineMetadata(REASON, reason, target, name)
  if (typeof handler === 'function') Reflect.defineMetadata(REASON, reason, handler)
}

/** Of the handler, or else of its controller; empty where nobody said it. */
export function reasonOf(context: RouteContext): string {
  const [controller, handler] = [context.getClass(), context.getHandler()]
  const [places = []] = handlersOf(controller, handler, () => false)
  const said = [...places, [controller] as const].map(own)
  return said.find((one) => one !== undefined) ?? ''
}

function own([target, name]: Place): string | undefined {
  const reason: unknown =
    name === undefined ? Reflect.getOwnMetadata(REASON, target) : Reflect.getOwnMetadata(REASON, target, name)
  return typeof reason === 'string' ? reason : undefined
}
