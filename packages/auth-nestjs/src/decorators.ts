import { optional, publicMark, requirements } from '@acme/auth-core'
import type { GuardMark, RequirementArguments } from '@acme/auth-core'
import { createParamDecorator, UseGuards } from '@nestjs/common'
import type { ExecutionContext } from '@nestjs/common'

import { declareAccess, markGuarded, routeOf } from './access.js'
import type { Access } from './access.js'
import { callerOf } from './call.js'
import { Auth0Guard, HandlerGuard } from './guard.js'
import { declareReason } from './public-reason.js'

type RouteDecorator = ClassDecorator & MethodDecorator

/**
 * Guards a controller or a route: scopes as one string, several arguments or a list, all of them required; or an
 * object. Nothing given: any valid token. Requirements add up: of several such decorators, of the controller and its
 * base classes, of the handler and those of base classes that it overrides.
 *
 * @throws {TypeError} at once, when the requirements are not of their form, and when it is applied beside `@Public` or
 * `@OptionalAuth`
 * @example
 * ```ts
 * import { Auth, RequireAuth } from '@acme/auth-nestjs'
 * import type { AuthContext } from '@acme/auth-nestjs'
 * import { Controller, Get } from '@nestjs/common'
 *
 * @Controller('messages')
 * @RequireAuth('read:messages')
 * export class MessagesController {
 *   @Get()
 *   list(@Auth() auth: AuthContext) {
 *     return { sub: auth.subject }
 *   }
 * }
 * ```
 */
export function RequireAuth(...wanted: RequirementArguments): RouteDecorator {
  return decorator(requirements(...wanted))
}

/**
 * Lets requests without credentials pass too; bad credentials are refused all the same. On a route, in place of what its
 * controller requires; on a controller, for its own routes and not for those of derived controllers.
 *
 * @throws {TypeError} when it is applied beside `@RequireAuth` or `@Public`
 * @example
 * ```ts
 * import { Auth, OptionalAuth } from '@acme/auth-nestjs'
 * import type { AuthContext } from '@acme/auth-nestjs'
 * import { Controller, Get } from '@nestjs/common'
 *
 * @Controller('greeting')
 * export class GreetingController {
 *   @Get()
 *   @OptionalAuth()
 *   greet(@Auth() auth: AuthContext | null) {
 *     return { hello: auth?.subject ?? 'stranger' }
 *   }
 * }
 * ```
 */
export function OptionalAuth(): RouteDecorator {
  return decorator(optional())
}

/**
 * Takes a route out of the guard of its controller or of the application; a controller out of that of the application,
 * but not controllers that are derived from it.
 *
 * @param why - the reason, for the census of routes, which tells where there is none
 * @throws {TypeError} when it is applied beside `@RequireAuth` or `@OptionalAuth`, and for an empty reason
 * @example
 * ```ts
 * import { Public, RequireAuth } from '@acme/auth-nestjs'
 * import { Controller, Get } from '@nestjs/common'
 *
 * @Controller()
 * @RequireAuth()
 * export class AppController {
 *   @Get('health')
 *   @Public('health checks')
 *   health() {
 *     return { status: 'ok' }
 *   }
 * }
 * ```
 */
export function Public(why?: string): RouteDecorator {
  return decorator('public', why === undefined ? undefined : publicMark(why))
}

function decorator(access: Access, mark?: GuardMark): RouteDecorator {
  return (target: object, name?: string | symbol, descriptor?: PropertyDescriptor): void => {
    const handler: unknown = descriptor?.value
    declareAccess(access, target, name, handler)
    if (mark?.kind === 'public') declareReason(mark.reason, target, name, handler)
    if (access === 'public') return
    const subject = name === undefined || typeof handler !== 'function' ? target : handler
    if (markGuarded(subject, Auth0Guard)) applyGuard(target, name, descriptor)
    // Nest forgets guards of a method when it is overridden, or another function put in its place; not those of a class.
    if (name !== undefined && markGuarded(target.constructor, HandlerGuard)) UseGuards(HandlerGuard)(target.constructor)
  }
}

function applyGuard(
  target: object,
  name: string | symbol | undefined,
  descriptor: PropertyDescriptor | undefined,
): void {
  if (name === undefined || descriptor === undefined) UseGuards(Auth0Guard)(target as Parameters<ClassDecorator>[0]) // it is a class
  else UseGuards(Auth0Guard)(target, name, descriptor)
}

/**
 * A handler's parameter: the caller, an {@link AuthContext}; null on a public route and for an anonymous request.
 * @example
 * ```ts
 * import { Auth, RequireAuth } from '@acme/auth-nestjs'
 * import type { AuthContext } from '@acme/auth-nestjs'
 * import { Controller, Get } from '@nestjs/common'
 *
 * @Controller('me')
 * @RequireAuth()
 * export class MeController {
 *   @Get()
 *   me(@Auth() auth: AuthContext) {
 *     return { sub: auth.subject }
 *   }
 * }
 * ```
 */
export const Auth: () => ParameterDecorator = createParamDecorator((_data: unknown, context: ExecutionContext) => {
  // Calls of an open and of a guarded handler may share their request.
  const open = context.getType() !== 'http' && routeOf(context, Auth0Guard).wanted.length === 0
  return open ? null : callerOf(context)
})
