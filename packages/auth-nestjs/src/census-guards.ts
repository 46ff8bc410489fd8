import type { GuardMark } from '@acme/auth-core'
import type { Findings } from '@acme/auth-core/review'
import type { ExecutionContext } from '@nestjs/common'
import type { ApplicationConfig, ModulesContainer } from '@nestjs/core'

import { routeOf } from './access.js'
import { globalGuards, guardsOn, isUnchanged } from './applied-guards.js'
import { Auth0Guard, HandlerGuard, testReplacement } from './guard.js'
import { reasonOf } from './public-reason.js'

type Module = ModulesContainer extends Map<string, infer One> ? One : never

/** A method of a class that Nest calls for requests, and where Nest looks its guards up. */
export interface HandlerPlace {
  readonly controller: ReturnType<ExecutionContext['getClass']>
  readonly handler: ReturnType<ExecutionContext['getHandler']>
  readonly module: Module
}

/** What of an application the guards depend on. */
export interface GuardSource {
  readonly config: ApplicationConfig
  readonly modules: ModulesContainer
}

/** What protects a handler. @param globals - whether guards of the application count; else they are in doubt */
export function findingsOf(place: HandlerPlace, { config, modules }: GuardSource, globals: boolean): Findings {
  const context = { getClass: () => place.controller, getHandler: () => place.handler }
  const { wanted, guardIsLost } = routeOf(context, Auth0Guard)
  const global = globalGuards(config)
  const own = [place.controller, place.handler].flatMap((subject) => guardsOn(subject, place.module))
  const active = globals ? [...global, ...own] : own
  const ours = (guard: unknown): boolean =>
    guard instanceof Auth0Guard || (guardIsLost && guard instanceof HandlerGuard)
  const replaced = testReplacement(modules) !== undefined
  const guards = !replaced && active.some((guard) => ours(guard) && isUnchanged(guard))
  const marks: readonly GuardMark[] =
    wanted.length === 0
      ? [{ kind: 'public', reason: reasonOf(context) }]
      : wanted.map((requirements) => ({ kind: 'guard', requirements }))
  const isPublic = wanted.length === 0
  return guards || isPublic ? { marks } : { marks: [], unsure: [...global, ...own].some(ours) || replaced }
}
