import { Inject, Optional } from '@nestjs/common'
import type { Type } from '@nestjs/common'
import { ExternalContextCreator, HttpAdapterHost, ModulesContainer } from '@nestjs/core'
import type { ApplicationConfig } from '@nestjs/core'

import { member } from './object.js'

// By symbols, so that the properties of derived classes are their own.
const MODULES: unique symbol = Symbol('@acme/auth-nestjs.modules')
const HTTP: unique symbol = Symbol('@acme/auth-nestjs.http')
const CONTEXTS: unique symbol = Symbol('@acme/auth-nestjs.contexts')

interface Injected {
  readonly [MODULES]?: ModulesContainer
  readonly [HTTP]?: HttpAdapterHost
  readonly [CONTEXTS]?: ExternalContextCreator
}

/**
 * Has Nest tell instances of a class what application they are part of. As properties: a derived class has a constructor of
 * its own, which does not hand them on.
 */
export function injectApplication(guard: Type<object>): void {
  const prototype = guard.prototype as object // of a class
  Optional()(prototype, MODULES)
  Inject(ModulesContainer)(prototype, MODULES)
  Optional()(prototype, HTTP)
  Inject(HttpAdapterHost)(prototype, HTTP)
  Optional()(prototype, CONTEXTS)
  Inject(ExternalContextCreator)(prototype, CONTEXTS)
}

/** The settings of the application, which Nest hands out to nobody: those that guards of its own handlers go by. */
export function settingsOf(instance: object): ApplicationConfig | undefined {
  const creator = (instance as Injected)[CONTEXTS] // Nest has put it there
  return member(member(creator, 'guardsContextCreator'), 'config') as ApplicationConfig | undefined // its only kind
}

/** All modules of the application; undefined for an instance that Nest has not made. */
export function modulesOf(instance: object): ModulesContainer | undefined {
  return (instance as Injected)[MODULES] // Nest has put it there
}

/** Express' application or Fastify's instance; undefined where there is no HTTP server. */
export function platformOf(instance: object): unknown {
  const { httpAdapter } = (instance as Injected)[HTTP] ?? {} // Nest has put it there
  return httpAdapter?.getInstance<unknown>()
}

/** Adds a middleware to the platform; nothing where there is no HTTP server. */
export function useOnPlatform(instance: object, middleware: (...args: never) => void): void {
  const { httpAdapter } = (instance as Injected)[HTTP] ?? {} // Nest has put it there
  httpAdapter?.use(middleware)
}
