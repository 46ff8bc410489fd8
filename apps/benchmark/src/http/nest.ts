import 'reflect-metadata'
import type { AddressInfo } from 'node:net'

import { Auth0Guard, Auth0Module } from '@acme/auth-nestjs'
import { Controller, Get, Module, UseGuards } from '@nestjs/common'
import type { CanActivate, ExecutionContext, ModuleMetadata, Type } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { AuthGuard, PassportStrategy } from '@nestjs/passport'
import { passportJwtSecret } from 'jwks-rsa'
import { ExtractJwt, Strategy } from 'passport-jwt'

import { ourOptions } from '../candidates/ours.js'
import { AUDIENCE, PATH } from '../material.js'
import type { KnownIssuer } from '../material.js'
import { createCheck } from './checks.js'
import type { RequestHeaders } from './checks.js'
import { BARE_PATH } from './setup.js'
import type { Setup } from './setup.js'

export async function listenNest(setup: Setup): Promise<number> {
  const { guard, ...metadata } = guarded(setup)
  const app = await NestFactory.create(moduleWith(guard, metadata), { logger: false, abortOnError: false })
  await app.listen(0, '127.0.0.1')
  const server = app.getHttpServer() as { address(): AddressInfo } // Node's own server
  return server.address().port
}

interface Guarded extends Pick<ModuleMetadata, 'imports' | 'providers'> {
  readonly guard: Type<CanActivate> | CanActivate
}

function guarded(setup: Setup): Guarded {
  if (setup.guard === 'ours') return { guard: Auth0Guard, imports: [Auth0Module.forRoot(ourOptions(setup.issuer))] }
  if (setup.guard === 'native') return { guard: AuthGuard('jwt'), providers: [strategyFor(setup.issuer)] }
  const check = createCheck(setup)
  return {
    guard: {
      canActivate(context: ExecutionContext): boolean | Promise<boolean> {
        const { headers } = context.switchToHttp().getRequest<{ headers: RequestHeaders }>()
        const pending = check(headers)
        return pending === undefined ? true : pending.then(() => true)
      },
    },
  }
}

function moduleWith(guard: Guarded['guard'], { imports = [], providers = [] }: Omit<Guarded, 'guard'>): Type {
  @Controller()
  class Routes {
    @Get(BARE_PATH)
    bare(): string {
      return 'ok'
    }

    @Get(PATH)
    @UseGuards(guard)
    guarded(): string {
      return 'ok'
    }
  }
  @Module({ imports, providers, controllers: [Routes] })
  class Application {}
  return Application
}

/** passport-jwt with jwks-rsa, as both describe it. */
function strategyFor({ issuer, jwksUri }: KnownIssuer): Type {
  return class JwtStrategy extends PassportStrategy(Strategy) {
    constructor() {
      super({
        jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
        secretOrKeyProvider: passportJwtSecret({ jwksUri, cache: true, rateLimit: true, jwksRequestsPerMinute: 5 }),
        issuer,
        audience: AUDIENCE,
        algorithms: ['RS256'],
      })
    }

    validate(payload: object): object {
      return payload
    }
  }
}
