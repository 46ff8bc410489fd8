import { Inject, Optional } from '@nestjs/common'
import type { Type } from '@nestjs/common'
import { ModulesContainer } from '@nestjs/core'

// By a symbol, so that the properties of derived classes are their own.
const MODULES: unique symbol = Symbol('@acme/auth-nestjs.modules')

interface Injected {
  readonly [MODULES]?: ModulesContainer
}

/**
 * Has Nest tell instances of a class what application they are part of. As a property: a derived class has a constructor of
 * its own, which does not hand it on.
 */
export function injectApplication(guard: Type<object>): void {
  const prototype = guard.prototype as object // of a class
  Optional()(prototype, MODULES)
  Inject(ModulesContainer)(prototype, MODULES)
}

/** All modules of the application; undefined for an instance that Nest has not made. */
export function modulesOf(instance: object): ModulesContainer | undefined {
  return (instance as Injected)[MODULES] // Nest has put it there
}
