import { requirements } from '@acme/auth-core'
import type { Requirements } from '@acme/auth-core'
import type { ExecutionContext } from '@nestjs/common'

import { classesOf, controllersOf, handlersOf, rememberClass } from './heritage.js'

/** What one decorator says of a class or a handler. */
export type Access = 'public' | Requirements

/** What holds for a route, all decorators together. */
export interface Route {
  /** All of them must be met; none for a public route. */
  readonly wanted: readonly Requirements[]
  /** Whether decorators guard the handler, or one that it overrides, and Nest finds no guard of theirs on it. */
  readonly guardIsLost: boolean
}

/** What was said, in order from top to bottom. On classes, on handlers, and on the names of handlers. */
const ACCESS: unique symbol = Symbol('@acme/auth-nestjs.access')

/** That the guard is applied: to a handler, or to a class and those that are derived from it. */
const GUARDED: unique symbol = Symbol('@acme/auth-nestjs.guarded')

type Kind = 'public' | 'optional' | 'required'
const DECORATORS: Readonly<Record<Kind, string>> = {
  public: '@Public',
  optional: '@OptionalAuth',
  required: '@RequireAuth',
}

const anyToken = requirements()

// Worked out once for each route, and anew after a decorator was applied.
let routes = new WeakMap<object, WeakMap<object, Route>>()

/**
 * Adds to what is said of a class or a handler. Never in place of it: two requirements are both meant, whether they are
 * stacked or composed.
 *
 * @throws {TypeError} when it contradicts what is said there already
 */
export function declareAccess(access: Access, target: object, name?: string | symbol, handler?: unknown): void {
  const subject = name === undefined ? target : handler
  if (typeof subject !== 'function') {
    throw new TypeError(`${DECORATORS[kindOf(access)]} is for controllers and methods, not for ${String(name)}`)
  }
  // The name is told as well, since a decorator in between may put another function in the handler's place.
  const places: readonly Place[] = name === undefined ? [[target]] : [[subject], [target, name]]
  for (const place of places) {
    const contrary = own(place).find((one) => kindOf(one) !== kindOf(access))
    if (contrary !== undefined) throw contradiction(access, contrary, String(name ?? subject.name))
  }
  rememberClass(name === undefined ? target : target.constructor)
  for (const place of places) define(place, [access, ...own(place)])
  routes = new WeakMap()
}

function contradiction(access: Access, contrary: Access, where: string): TypeError {
  const names = `${DECORATORS[kindOf(access)]} and ${DECORATORS[kindOf(contrary)]}`
  return new TypeError(`${where}: got ${names}, want one of them, since one would undo the other`)
}

function kindOf(access: Access): Kind {
  if (access === 'public') return 'public'
  return access.optional ? 'optional' : 'required'
}

/** Marks where the guard is applied. @returns whether it has to be: it is not twice. */
export function markGuarded(subject: object, guard: object): boolean {
  const guards: unknown = Reflect.getMetadata(GUARDED, subject)
  const before: readonly unknown[] = Array.isArray(guards) ? guards : []
  if (before.includes(guard)) return false
  Reflect.defineMetadata(GUARDED, [...before, guard], subject)
  return true
}

/**
 * What holds for a route. Requirements add up: of the handler, of those that it overrides, of the controller and of all
 * its base classes. `@Public` and `@OptionalAuth` count for the very handler or controller that they stand on.
 */
export function routeOf(context: RouteContext, guard: object): Route {
  const controller = context.getClass()
  const handler = context.getHandler()
  let known = routes.get(controller)
  if (known === undefined) routes.set(controller, (known = new WeakMap()))
  let route = known.get(handler)
  if (route === undefined) known.set(handler, (route = resolve(controller, handler, guard)))
  return route
}

/** What holds for the connections of a gateway: what its class and the bases of that say, as for a handler without decorators. */
export function wantedOfClass(named: Class): readonly Requirements[] {
  return combined(wantedBy({ handlers: [], classes: classesOf(named).map((one) => own([one])) }))
}

type Class = ReturnType<ExecutionContext['getClass']>
type Handler = ReturnType<ExecutionContext['getHandler']>

/** What of an execution context says which route it is of. */
export interface RouteContext {
  getClass(): Class
  getHandler(): Handler
}

function resolve(named: Class, handler: Handler, guard: object): Route {
  const declared = controllersOf(named, handler).map((controller) => ({
    handlers: handlersOf(controller, handler, isNamed).map((places) => distinct(places.flatMap(own))),
    classes: classesOf(controller).map((one) => own([one])),
    applied: isApplied(guard, controller),
  }))
  const guarded = declared.some(({ handlers }) => handlers.flat().some((access) => access !== 'public'))
  const applied = isApplied(guard, handler) || declared.every((one) => one.applied)
  const [first, ...others] = declared.map(wantedBy)
  // Which one it is of, nobody can tell: all that any of them wants.
  const wanted = others.length === 0 ? first : [anyToken, ...declared.flatMap(requiredOf)]
  return { wanted: combined(wanted ?? [anyToken]), guardIsLost: guarded && !applied }
}

/** Several as one, so that one answer names all that a route asks for. */
function combined(list: readonly Requirements[]): readonly Requirements[] {
  return list.length > 1 ? [requirements({ allOf: list })] : list
}

/** Both lists from the derived to its bases; the first item is what stands on the route's own handler, or controller. */
interface Declared {
  readonly handlers: readonly (readonly Access[])[]
  readonly classes: readonly (readonly Access[])[]
}

function wantedBy(declared: Declared): readonly Requirements[] {
  const ofHandler = requiredBy(declared.handlers)
  // Where the handler itself says that it is open, that is said of all its controller requires as well.
  const said = declared.handlers[0]?.[0]
  if (ofHandler.length === 0 && said !== undefined) return openness(said)
  const all = requiredOf(declared)
  return all.length > 0 ? all : openness(declared.classes[0]?.[0] ?? anyToken)
}

function requiredOf({ handlers, classes }: Declared): readonly Requirements[] {
  return distinct([...requiredBy(classes), ...requiredBy(handlers)])
}

/** From the bases to the derived, so that an answer names first what holds for most routes. */
function requiredBy(levels: readonly (readonly Access[])[]): Requirements[] {
  return levels
    .toReversed()
    .flat()
    .filter((access) => access !== 'public')
    .filter((access) => !access.optional)
}

function openness(access: Access): Requirements[] {
  return access === 'public' ? [] : [access]
}

/** Something that metadata are kept of. */
export type Place = readonly [target: object, name?: string | symbol]

/** Own metadata only: what Nest's Reflector finds on a class may be that of its base. */
function own([target, name]: Place): readonly Access[] {
  const found: unknown =
    name === undefined ? Reflect.getOwnMetadata(ACCESS, target) : Reflect.getOwnMetadata(ACCESS, target, name)
  return Array.isArray(found) ? (found as Access[]) : [] // nobody else has the symbol
}

function define([target, name]: Place, value: readonly Access[]): void {
  if (name === undefined) Reflect.defineMetadata(ACCESS, value, target)
  else Reflect.defineMetadata(ACCESS, value, target, name)
}

function isNamed(prototype: object, name: string): boolean {
  return own([prototype, name]).length > 0
}

function isApplied(guard: object, subject: object): boolean {
  const guards: unknown = Reflect.getMetadata(GUARDED, subject)
  return Array.isArray(guards) && guards.includes(guard)
}

function distinct<Item>(list: readonly Item[]): Item[] {
  return [...new Set(list)]
}
