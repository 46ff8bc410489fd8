import { asFault, environmentResourceServer } from '@acme/auth-core'
import { frameworkResourceRequest } from '@acme/auth-core/node'
import type { Accepted, AuthContext, Refused, Requirements, ResourceRequest, ResourceServer } from '@acme/auth-core'
import type { FrameworkRequest } from '@acme/auth-core/node'
import { Inject, Injectable, Logger, Optional } from '@nestjs/common'
import type { CanActivate, ExecutionContext } from '@nestjs/common'
import type { ModulesContainer } from '@nestjs/core'

import { routeOf } from './access.js'
import { injectApplication, modulesOf } from './application.js'
import { Auth0Exception, hasBegun } from './exception.js'
import type { NestResponse } from './exception.js'
import { replacementOf, verdictOf } from './replaced.js'

/** The injection token of the {@link ResourceServer}. */
export const RESOURCE_SERVER: unique symbol = Symbol('@acme/auth-nestjs.resource-server')

const logger = new Logger('Auth0Guard')
const log: ResourceRequest['log'] = (level, line) => (level === 'warn' ? logger.warn(line) : logger.log(line))

// Where a developer says which proxies are trusted.
const ON_EXPRESS = { proxySetting: "app.set('trust proxy', ...)", log }
const ON_FASTIFY = { proxySetting: 'new FastifyAdapter({ trustProxy: ... })', log }

// The module names the guard, so it cannot be named here.
const homes = new WeakSet<object>()

/** Says that a module has the guard among its providers. */
export function registerHome(module: object): void {
  homes.add(module)
}

/** The platform's request. */
type NestRequest = FrameworkRequest & { auth?: AuthContext | null }

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

  /** @throws {TypeError} without Auth0Module, when the environment lacks a setting */
  constructor(@Optional() @Inject(RESOURCE_SERVER) resourceServer?: ResourceServer) {
    this.#resourceServer = resourceServer ?? withoutModule()
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const other = this.#inPlace()
    if (other !== undefined) return verdictOf(other, context)
    const { wanted } = routeOf(context, Auth0Guard)
    if (wanted.length === 0) return true
    // Elsewhere there is no Authorization header to look at; letting it pass would open the door.
    if (context.getType() !== 'http') throw new Error(`Auth0Guard guards HTTP only, not ${context.getType()}`)
    const request = context.switchToHttp().getRequest<NestRequest>()
    const response = context.switchToHttp().getResponse<NestResponse>()
    for (const one of wanted) {
      const outcome = await this.#decide(request, one)
      // Set here, so that the challenge is sent whatever exception filter answers.
      setHeaders(response, outcome.ok === true ? outcome.headers : headersOf(outcome))
      if (outcome.ok !== true) throw new Auth0Exception(outcome)
      request.auth = outcome.auth
    }
    return true
  }

  /** What a test has put in the place of this guard. Looked up once: all instances are made before the first request. */
  #inPlace(): CanActivate | undefined {
    if (this.#replacement === undefined) this.#replacement = testReplacement(modulesOf(this)) ?? null
    // A class that a test has put there may be derived from this one.
    return this.#replacement === this ? undefined : (this.#replacement ?? undefined)
  }

  /** Whatever the resource server throws, a fault is an Error without a status of its own: 500. */
  async #decide(request: NestRequest, wanted: Requirements): Promise<Accepted | Refused> {
    const setting = request.raw === undefined ? ON_EXPRESS : ON_FASTIFY
    try {
      return await this.#resourceServer.authenticate(frameworkResourceRequest(request, setting), wanted)
    } catch (fault) {
      throw asFault(fault)
    }
  }
}

injectApplication(Auth0Guard)

function testReplacement(modules: ModulesContainer | undefined): CanActivate | undefined {
  return modules && replacementOf(Auth0Guard, modules, (one) => typeof one === 'function' && homes.has(one))
}

/** Nest writes the body, and says how long it is; of which type, only where the application made it. */
function headersOf({ headers, error }: Refused): Refused['headers'] {
  const { 'content-type': contentType = '' } = headers
  return contentType.startsWith('application/json') ? error.headers : { ...error.headers, 'content-type': contentType }
}

function setHeaders(response: NestResponse, headers: Refused['headers']): void {
  // A time-out, say, may have answered already.
  if (hasBegun(response)) return
  for (const [name, value] of Object.entries(headers)) {
    // The application's own counts.
    if (name !== 'x-request-id' || response.hasHeader?.(name) !== true) response.header(name, value)
  }
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
