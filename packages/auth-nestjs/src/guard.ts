import { environmentResourceServer } from '@acme/auth-core'
import { answerHeaders } from '@acme/auth-core/node'
import type { FrameworkRequest } from '@acme/auth-core/node'
import type { Accepted, Refused, Requirements, ResourceServer } from '@acme/auth-core'
import { Inject, Injectable, Optional } from '@nestjs/common'
import type { CanActivate, ExecutionContext } from '@nestjs/common'
import type { ModulesContainer } from '@nestjs/core'

import { routeOf } from './access.js'
import { injectApplication, modulesOf, platformOf } from './application.js'
import { attachCaller, rememberedRequest, rememberRequest } from './call.js'
import type { CredentialsRequest } from './call.js'
import { hasBegun } from './exception.js'
import type { NestResponse } from './exception.js'
import { allowConnection, connectionOfCall } from './connections/kept.js'
import { judge, judgeAgain, judgeConnection } from './judge.js'
import { exceptionFor } from './refusal.js'
import { RESOURCE_SERVER } from './resource-server-token.js'
import { replacementOf, verdictOf } from './replaced.js'
import { defaultRequest, frameworkRequest, notFound, responseOf } from './transport.js'

// The module names the guard, so it cannot be named here.
const homes = new WeakSet<object>()

/** Says that a module has the guard among its providers. */
export function registerHome(module: object): void {
  homes.add(module)
}

/** Whether a guard goes by another resource server. */
export let isOfAnother: (guard: Auth0Guard, resourceServer: ResourceServer) => boolean

/**
 * Lets a request pass when its access token is valid and meets the requirements of `@RequireAuth`; without one, any
 * valid token will do. For `@UseGuards(Auth0Guard)` and as `APP_GUARD`.
 *
 * @throws {Auth0Exception} when the request is refused
 */
@Injectable()
export class Auth0Guard implements CanActivate {
  readonly #resourceServer: ResourceServer
  #replacement: CanActivate | null | undefined

  static {
    // Of a guard for each request, Nest keeps an object without fields beside them.
    isOfAnother = (guard, resourceServer) => #resourceServer in guard && guard.#resourceServer !== resourceServer
  }

  /** @throws {TypeError} without Auth0Module, when the environment lacks a setting */
  constructor(@Optional() @Inject(RESOURCE_SERVER) resourceServer?: ResourceServer) {
    this.#resourceServer = resourceServer ?? withoutModule()
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const other = this.#inPlace()
    if (other !== undefined) return verdictOf(other, context)
    const { wanted } = routeOf(context, Auth0Guard)
    if (wanted.length === 0) return true
    const request = this.getRequest(context)
    if (request === undefined) throw notFound(context)
    if (this.getRequest !== Auth0Guard.prototype.getRequest) rememberRequest(context, request)
    return this.#admit(context, request, wanted)
  }

  /**
   * Where the credentials of a call are: the request of HTTP and of GraphQL, the handshake of a gateway's client, the
   * metadata of a message. To be overridden where they are elsewhere, or for a transport that is not known here. What a
   * guard for the application finds by it holds for the guards of decorators too.
   *
   * @returns undefined where there is none, which refuses
   * @example
   * ```ts
   * import { Auth0Guard } from '@acme/auth-nestjs'
   * import type { CredentialsRequest } from '@acme/auth-nestjs'
   * import { Injectable } from '@nestjs/common'
   * import type { ExecutionContext } from '@nestjs/common'
   *
   * @Injectable()
   * export class MessageGuard extends Auth0Guard {
   *   override getRequest(context: ExecutionContext): CredentialsRequest | undefined {
   *     if (context.getType() !== 'rpc') return super.getRequest(context)
   *     const { token } = context.switchToRpc().getData<{ token: string }>()
   *     return { headers: { authorization: `Bearer ${token}` } }
   *   }
   * }
   * ```
   */
  getRequest(context: ExecutionContext): CredentialsRequest | undefined {
    return rememberedRequest(context) ?? defaultRequest(context)
  }

  async #admit(
    context: ExecutionContext,
    request: CredentialsRequest,
    wanted: readonly Requirements[],
  ): Promise<boolean> {
    const known = frameworkRequest(request, platformOf(this))
    const response = responseOf(context, request)
    // There is no answer any more that headers could be set on.
    const isAnswered = connectionOfCall(context, request) !== undefined
    for (const one of wanted) {
      const outcome = await this.#decide(context, known, one)
      // Set here, so that the challenge is sent whatever exception filter answers.
      if (response !== undefined)
        setHeaders(response, outcome.ok === true ? outcome.headers : headersOf(context, outcome))
      if (outcome.ok !== true) throw exceptionFor(context, outcome, isAnswered || response !== undefined)
      attachCaller(request, outcome.auth)
    }
    if (context.getType() === 'http') allowConnection(request, this.#resourceServer, known)
    return true
  }

  #decide(context: ExecutionContext, request: FrameworkRequest, wanted: Requirements): Promise<Accepted | Refused> {
    if (context.getType() === 'http') return judge(this.#resourceServer, request, wanted)
    const connection = connectionOfCall(context, request, this.#resourceServer)
    if (connection !== undefined) return judgeConnection(connection, wanted)
    return judgeAgain(this.#resourceServer, request, wanted)
  }

  /** What a test has put in the place of this guard. Looked up once: all instances are made before the first request. */
  #inPlace(): CanActivate | undefined {
    if (this.#replacement === undefined) this.#replacement = testReplacement(modulesOf(this)) ?? null
    // A class that a test has put there may be derived from this one.
    return this.#replacement === this ? undefined : (this.#replacement ?? undefined)
  }
}

injectApplication(Auth0Guard)

/** What a test has put in the place of the guard. */
export function testReplacement(modules: ModulesContainer | undefined): CanActivate | undefined {
  return modules && replacementOf(Auth0Guard, modules, (one) => typeof one === 'function' && homes.has(one))
}

/** Nest writes the body, and says how long it is; of which type, only where the application made it. */
function headersOf(context: ExecutionContext, { headers, error }: Refused): Refused['headers'] {
  const { 'content-type': contentType = '' } = headers
  // GraphQL has a body of its own.
  if (context.getType() !== 'http') return error.headers
  return contentType.startsWith('application/json') ? error.headers : { ...error.headers, 'content-type': contentType }
}

function setHeaders(response: NestResponse, headers: Refused['headers']): void {
  // A time-out, say, may have answered already.
  if (hasBegun(response)) return
  const own = answerHeaders(headers, (name) => response.hasHeader?.(name) === true)
  for (const [name, value] of own) response.header(name, value)
}

/**
 * Stands in for the guard of a handler where Nest does not find it: a derived class that overrides a handler of its base,
 * a decorator or a constructor that puts another function in its place. It is applied to the class, by the decorators of
 * its handlers, and does nothing where their own guard is at work.
 */
@Injectable()
export class HandlerGuard implements CanActivate {
  readonly #resourceServer: ResourceServer | undefined
  #guard: CanActivate | undefined

  constructor(@Optional() @Inject(RESOURCE_SERVER) resourceServer?: ResourceServer) {
    this.#resourceServer = resourceServer
  }

  canActivate(context: ExecutionContext): ReturnType<CanActivate['canActivate']> {
    if (!routeOf(context, Auth0Guard).guardIsLost) return true
    // Made when it is needed: tests that replace Auth0Guard need no settings.
    this.#guard ??= testReplacement(modulesOf(this)) ?? new Auth0Guard(this.#resourceServer)
    return this.#guard.canActivate(context)
  }
}

injectApplication(HandlerGuard)

/** @throws {TypeError} that says what to do instead where the environment is not meant to have the settings */
function withoutModule(): ResourceServer {
  try {
    return environmentResourceServer()
  } catch (error) {
    if (error instanceof TypeError) error.message += '; or import Auth0Module.forRoot(...), which gives the settings'
    throw error
  }
}
