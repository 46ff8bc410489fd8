import { optional, requirements } from '@acme/auth-core'
import type { AuthContext, RequirementArguments, Requirements } from '@acme/auth-core'
import { applyDecorators, createParamDecorator, SetMetadata, UseGuards } from '@nestjs/common'
import type { ExecutionContext } from '@nestjs/common'

import { Auth0Guard } from './guard.js'
import { ACCESS } from './access.js'

type RouteDecorator = ClassDecorator & MethodDecorator

/**
 * Guards a controller or a route: scopes as one string, several arguments or a list, all of them required; or an
 * object. Nothing given: any valid token. What is on the controller holds for its routes as well.
 *
 * @throws {TypeError} at once, when the requirements are not of their form
 */
export function RequireAuth(...wanted: RequirementArguments): RouteDecorator {
  return guarded(requirements(...wanted))
}

/** Lets requests without credentials pass too; bad credentials are refused all the same. */
export function OptionalAuth(): RouteDecorator {
  return guarded(optional())
}

/** Takes a route out of the guard of its controller or of the application. */
export function Public(): RouteDecorator {
  return SetMetadata(ACCESS, 'public')
}

function guarded(access: Requirements): RouteDecorator {
  return applyDecorators(SetMetadata(ACCESS, access), UseGuards(Auth0Guard))
}

/** A handler's parameter: the caller, an {@link AuthContext}; null on a public route and for an anonymous request. */
export const Auth: () => ParameterDecorator = createParamDecorator((_data: unknown, context: ExecutionContext) => {
  const { auth } = context.switchToHttp().getRequest<{ auth?: AuthContext | null }>()
  return auth ?? null
})
