import type { CanActivate, ExecutionContext, Type } from '@nestjs/common'
import type { ModulesContainer } from '@nestjs/core'

type Module = ModulesContainer extends Map<string, infer One> ? One : never
type Wrapper = Module['providers'] extends Map<unknown, infer One> ? One : never

/**
 * What a test has put in the place of a guard, by `overrideGuard` or `overrideProvider`. Nest replaces one of both only:
 * what `@UseGuards` names, or what is injected. Nothing else can do so: of providers, only those of the guard's own module
 * are looked at, and what `@UseGuards` names is the class itself.
 */
export function replacementOf(
  guard: Type<CanActivate>,
  modules: ModulesContainer,
  home: (module: unknown) => boolean,
): CanActivate | undefined {
  for (const module of modules.values()) {
    const provider = home(module.metatype) ? module.providers.get(guard) : undefined
    const replaced = [module.injectables.get(guard), provider].find((one) => isReplaced(one, guard))
    if (replaced !== undefined) return replaced.instance as CanActivate // a test says that it is one
  }
  return undefined
}

function isReplaced(wrapper: Wrapper | undefined, guard: Type<CanActivate>): wrapper is Wrapper {
  return wrapper !== undefined && wrapper.metatype !== guard
}

/** What a guard answers, once it does. Guards may answer by an observable, of which the last value counts for Nest. */
export async function verdictOf(guard: CanActivate, context: ExecutionContext): Promise<boolean> {
  const answer = await guard.canActivate(context)
  if (typeof answer === 'boolean') return answer
  return new Promise((resolve, reject) => {
    let last = false
    answer.subscribe({ next: (value) => (last = value), error: reject, complete: () => resolve(last) })
  })
}
