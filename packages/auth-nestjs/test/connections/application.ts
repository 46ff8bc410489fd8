import { Controller, Get, Headers, Inject, Module, Post, Query } from '@nestjs/common'
import type { INestApplication, ModuleMetadata } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import type { ConnectionServer } from '@acme/tests-connections'

import { Auth, Auth0Module, RequireAuth, RESOURCE_SERVER } from '../../src/index.js'
import type { AuthContext, AuthOptions, IssuedTicket, ResourceServer } from '../../src/index.js'
import type { Platform } from '../serve.js'

@Controller()
export class PlainController {
  readonly #resourceServer: ResourceServer

  constructor(@Inject(RESOURCE_SERVER) resourceServer: ResourceServer) {
    this.#resourceServer = resourceServer
  }

  @Post('ticket') @RequireAuth() ticket(
    @Auth() auth: AuthContext,
    @Query('path') path: string,
    @Headers('origin') origin?: string,
  ): Promise<IssuedTicket> {
    return this.#resourceServer.issueTicket(auth, { path, origin })
  }

  @Get('plain') @RequireAuth('read:x') plain(): string {
    return 'plain'
  }
}

/** Starts an application for the connection contract. */
export async function startApplication(
  platform: Platform,
  options: AuthOptions,
  { controllers = [], providers = [], imports = [] }: ModuleMetadata,
  configure: (app: INestApplication) => void = () => undefined,
): Promise<ConnectionServer> {
  class TestModule {}
  Module({
    imports: [Auth0Module.forRoot(options), ...imports],
    controllers: [PlainController, ...controllers],
    providers,
  })(TestModule)
  const adapter =
    platform === 'Express'
      ? new ExpressAdapter()
      : new FastifyAdapter({ requestIdHeader: 'x-request-id', forceCloseConnections: true })
  const app = await NestFactory.create(TestModule, adapter, {
    logger: false,
    abortOnError: false,
    forceCloseConnections: true,
  })
  configure(app)
  await app.listen(0, '127.0.0.1')
  return { port: Number(new URL(await app.getUrl()).port), close: () => app.close() }
}
