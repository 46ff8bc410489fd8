import type { ExecutionContext } from '@nestjs/common'

type Class = ReturnType<ExecutionContext['getClass']>
type Handler = ReturnType<ExecutionContext['getHandler']>

/**
 * A controller and all its base classes, the derived one first. Prototypes tell of classes too: a class decorator that
 * puts a proxy in the place of a class leaves the prototype alone.
 */
export function classesOf(controller: Class): readonly object[] {
  const classes = new Set<object>()
  for (const one of chain(controller)) if (one !== Function.prototype && one !== Object.prototype) classes.add(one)
  for (const prototype of chain(controller.prototype)) {
    const constructor = constructorOf(prototype)
    if (constructor !== undefined) classes.add(constructor)
  }
  return [...classes]
}

// Of decorators, which are applied once for each class: bounded by the code of the application.
const decorated: WeakRef<Class>[] = []

/** Tells of a class with decorators, for {@link controllersOf}. */
export function rememberClass(target: object): void {
  if (typeof target === 'function' && !decorated.some((one) => one.deref() === target)) {
    decorated.push(new WeakRef(target as Class)) // decorators are given classes
  }
}

/**
 * The controllers that a route may be of. Nest names the `constructor` of the instance: where a mixin or a proxy has
 * written another over that of a class with decorators, it is that class.
 */
export function controllersOf(named: Class, handler: Handler): readonly Class[] {
  const disguised = decorated
    .map((one) => one.deref())
    .filter((one) => one !== undefined)
    .filter((one) => one !== named && constructorOf(one.prototype) === named)
    .filter((one) => namesOf(handler, chain(one.prototype)).length > 0)
  return disguised.length === 0 ? [named] : disguised
}

/** What tells of one handler: its function, and its name in the prototype that declares it. */
export type Declaration = readonly (readonly [target: object, name?: string])[]

/**
 * A handler and those that it overrides in base classes, the derived one first.
 *
 * @throws {Error} when the class has handlers of which something is said, and this may or may not be one of them
 */
export function handlersOf(
  controller: Class,
  handler: Handler,
  isNamed: (prototype: object, name: string) => boolean,
): readonly Declaration[] {
  const prototypes = chain(controller.prototype)
  const names = namesOf(handler, prototypes)
  const all = prototypes.flatMap((one) => Object.getOwnPropertyNames(one).map((name) => [one, name] as const))
  if (names.length === 0 && all.some((one) => isNamed(...one))) {
    throw new Error(`${controller.name} has no handler that is ${handler.name || 'a function without a name'}`)
  }
  const declared = prototypes.map((prototype) => names.flatMap((name) => declaration(prototype, name)))
  const [nearest = [], ...overridden] = declared.filter((one) => one.length > 0)
  return [[[handler], ...nearest], ...overridden]
}

/**
 * Under which names a class has a handler. One that its constructor put in the place of the method, bound to the
 * instance, has the name of the method.
 */
function namesOf(handler: Handler, prototypes: readonly object[]): readonly string[] {
  const all = prototypes.flatMap((one) => Object.getOwnPropertyNames(one).map((name) => [one, name] as const))
  const found = all.filter(([prototype, name]) => methodOf(prototype, name) === handler)
  const byName = [handler.name, handler.name.replace(/^bound /, '')]
  const named = all.filter(([prototype, name]) => byName.includes(name) && methodOf(prototype, name) !== undefined)
  return [...new Set((found.length > 0 ? found : named).map(([, name]) => name))]
}

function declaration(prototype: object, name: string): Declaration {
  const method = methodOf(prototype, name)
  return method === undefined ? [] : [[method], [prototype, name]]
}

function methodOf(prototype: object, name: string): object | undefined {
  const value: unknown = Object.getOwnPropertyDescriptor(prototype, name)?.value
  return typeof value === 'function' ? value : undefined
}

function constructorOf(prototype: unknown): object | undefined {
  return isObject(prototype) ? methodOf(prototype, 'constructor') : undefined
}

/** An object and its prototypes, but for that of all objects. */
function chain(first: unknown): readonly object[] {
  const found: object[] = []
  for (let one = first; isObject(one) && one !== Object.prototype; one = Object.getPrototypeOf(one)) found.push(one)
  return found
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}
