import 'reflect-metadata'
import { Auth, Auth0Exception, Auth0Guard, Auth0Module, OptionalAuth, Public, RequireAuth } from '@acme/auth-nestjs'
import { isAuthError, memoryReplayStore, optionsFromEnvironment } from '@acme/auth-nestjs'
import type { AuthContext, AuthEvent, AuthOptions } from '@acme/auth-nestjs'
import { Controller, Get, Injectable, Module, Param, UseGuards } from '@nestjs/common'
import type { CanActivate, ExecutionContext } from '@nestjs/common'
import { APP_GUARD, NestFactory } from '@nestjs/core'

declare module '@acme/auth-nestjs' {
  interface AccessTokenClaims {
    readonly org_id?: string
  }
}

const seen: AuthEvent['type'][] = []
// What follows has no annotations: its types have to be named in the declarations.
export const organization = ({ claims }: AuthContext) => claims.org_id?.toUpperCase()
export const settings = () => ({
  ...optionsFromEnvironment(),
  dpop: { replay: memoryReplayStore() },
  onEvent: (event: AuthEvent) => seen.push(event.type),
})
export const reasonOf = (error: Auth0Exception) => (isAuthError(error.cause) ? error.cause.reason : undefined)

// Each of these is an error as long as the types are there and are not `any`.
// @ts-expect-error no such option
export const misspelt: AuthOptions = { isuer: 'https://issuer.example.com/' }
// @ts-expect-error a text, and not a number
export const numbered = ({ claims }: AuthContext): number | undefined => claims.org_id

@Injectable()
export class OwnGuard extends Auth0Guard implements CanActivate {
  override canActivate(context: ExecutionContext) {
    return super.canActivate(context)
  }
}

@Controller()
export class ItemsController {
  @Public() @Get('health') health() {
    return { status: 'ok' }
  }
  @OptionalAuth() @Get('hello') hello(@Auth() auth: AuthContext | null) {
    return { subject: auth?.subject ?? null }
  }
  @RequireAuth('read:items') @Get('items') items(@Auth() auth: AuthContext) {
    return { subject: auth.subject, organization: auth.claims.org_id }
  }
  @UseGuards(OwnGuard) @RequireAuth({ permissions: 'read:items' }) @Get('items/:id') item(@Param('id') id: string) {
    return { id }
  }
}

@Module({
  imports: [Auth0Module.forRootAsync({ useFactory: settings })],
  controllers: [ItemsController],
  providers: [{ provide: APP_GUARD, useClass: Auth0Guard }],
})
export class AppModule {}

async function main(): Promise<void> {
  const app = await NestFactory.create(AppModule, { logger: ['error'] })
  await app.listen(0, '127.0.0.1')
  process.stdout.write(`${await app.getUrl()}\n`)
}

void main()
