import { requirements } from '@acme/auth-core'
import type { Requirements } from '@acme/auth-core'
import { Reflector } from '@nestjs/core'
import type { ExecutionContext } from '@nestjs/common'

/** The metadata of routes and controllers. */
export const ACCESS: unique symbol = Symbol('@acme/auth-nestjs.access')

/** What a decorator says of a route. */
export type Access = 'public' | Requirements

const reflector = new Reflector()
const anyToken = requirements()

/** All requirements that hold for a route, or none for a public one. What is nearest to the route wins. */
export function accessOf(context: ExecutionContext): readonly Requirements[] {
  const route = reflector.get<Access | undefined>(ACCESS, context.getHandler())
  const controller = reflector.get<Access | undefined>(ACCESS, context.getClass())
  const nearest = route ?? controller ?? anyToken
  if (nearest === 'public') return []
  // Requirements add up; an optional or public controller gives way to a route that requires something.
  const inherited =
    route !== undefined && !nearest.optional && controller !== 'public' && controller?.optional === false
  return inherited ? [controller, nearest] : [nearest]
}
