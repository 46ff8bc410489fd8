import type { ApplicationConfig, ModulesContainer } from '@nestjs/core'

import { Auth0Guard, HandlerGuard } from './guard.js'

type Module = ModulesContainer extends Map<string, infer One> ? One : never

/** The guards for all that an application answers. */
export function globalGuards(config: ApplicationConfig): readonly unknown[] {
  return [...config.getGlobalGuards(), ...config.getGlobalRequestGuards().map(instanceOf)]
}

/** Nest takes instances as they are, and looks classes up in the module of the handler; it drops those that it finds not. */
export function guardsOn(subject: object, module: Module): readonly unknown[] {
  const guards: unknown = Reflect.getMetadata('__guards__', subject)
  if (!Array.isArray(guards)) return []
  return guards.map((guard: unknown) => {
    const wrapper = typeof guard === 'function' ? module.injectables.get(guard) : undefined
    return wrapper === undefined ? guard : instanceOf(wrapper)
  })
}

/** A derived guard that decides by itself may let pass whom it likes. */
export function isUnchanged(guard: unknown): boolean {
  const deciding: unknown = Reflect.get(Object(guard), 'canActivate')
  return [Auth0Guard, HandlerGuard].some((one) => Reflect.get(one.prototype, 'canActivate') === deciding)
}

/** For guards of a request, what Nest keeps beside them: without fields, but of their class. */
function instanceOf({ instance }: { readonly instance: unknown }): unknown {
  return instance
}
