import 'reflect-metadata'
import { adapterOptions, contractAnswer } from '@acme/auth-conformance'
import type { ContractConfiguration, ContractRoute, StartContractServer } from '@acme/auth-conformance'
import {
  All,
  Controller,
  createParamDecorator,
  Get,
  Inject,
  Module,
  Param,
  Res,
  ServiceUnavailableException,
  UseGuards,
} from '@nestjs/common'
import type { INestApplication, Type } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import type { NestExpressApplication } from '@nestjs/platform-express'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import type { NestFastifyApplication } from '@nestjs/platform-fastify'

import {
  Auth,
  Auth0Guard,
  Auth0Module,
  OptionalAuth,
  Public,
  RequireAuth,
  RESOURCE_SERVER,
  sendTrace,
} from '../src/index.js'
import type { AuthContext, ResourceServer, TraceReply } from '../src/index.js'

/** A controller with one route, as if it had been written with decorators. */
function controllerOf({ path, wanted, guard, mountedAt }: ContractRoute): Type {
  class ContractController {
    answer(auth: AuthContext | null): unknown {
      return contractAnswer(auth)
    }
  }
  const route = Object.getOwnPropertyDescriptor(ContractController.prototype, 'answer') ?? {}
  All(path)(ContractController.prototype, 'answer', route)
  Auth()(ContractController.prototype, 'answer', 0)
  const access = wanted === 'optional' ? OptionalAuth() : RequireAuth(...wanted)
  access(ContractController.prototype, 'answer', route)
  if (guard === 'app-and-route') UseGuards(Auth0Guard)(ContractController)
  Controller(mountedAt ?? '/')(ContractController)
  return ContractController
}

/** The same for a route of operators. */
function traceControllerOf({ path, wanted, guard }: ContractRoute): Type {
  class TraceController {
    readonly #resourceServer: ResourceServer

    constructor(resourceServer: ResourceServer) {
      this.#resourceServer = resourceServer
    }

    answer(auth: AuthContext | null, id: string | undefined, url: string, reply: TraceReply): Promise<void> {
      return sendTrace(this.#resourceServer, reply, { auth, id, url })
    }
  }
  const { prototype } = TraceController
  const route = Object.getOwnPropertyDescriptor(prototype, 'answer') ?? {}
  Inject(RESOURCE_SERVER)(TraceController, undefined, 0)
  Get(path)(prototype, 'answer', route)
  Auth()(prototype, 'answer', 0)
  Param('id')(prototype, 'answer', 1)
  createParamDecorator((_data, context) => context.switchToHttp().getRequest<{ url: string }>().url)()(
    prototype,
    'answer',
    2,
  )
  Res()(prototype, 'answer', 3)
  if (guard !== 'none' && wanted !== 'optional') RequireAuth(...wanted)(prototype, 'answer', route)
  Controller()(TraceController)
  return TraceController
}

@Controller()
class ReadyController {
  readonly #resourceServer: ResourceServer

  constructor(@Inject(RESOURCE_SERVER) resourceServer: ResourceServer) {
    this.#resourceServer = resourceServer
  }

  @Public()
  @Get('/ready')
  async ready(): Promise<unknown> {
    const readiness = await this.#resourceServer.ready()
    if (readiness.ready) return readiness
    throw new ServiceUnavailableException(readiness)
  }
}

function moduleOf({ options, routes }: ContractConfiguration): Type {
  class ContractModule {}
  const controllers = [
    ReadyController,
    ...routes.map((one) => (one.serves === 'traces' ? traceControllerOf(one) : controllerOf(one))),
  ]
  Module({ imports: [Auth0Module.forRoot(adapterOptions(options))], controllers })(ContractModule)
  return ContractModule
}

async function listen(app: INestApplication): ReturnType<StartContractServer> {
  await app.listen(0, '127.0.0.1')
  const { port } = new URL(await app.getUrl())
  return { port: Number(port), close: () => app.close() }
}

export const startNestOnExpress: StartContractServer = async (configuration) => {
  const app = await NestFactory.create<NestExpressApplication>(moduleOf(configuration), { logger: false })
  app.disable('x-powered-by')
  // Nest answers by Express' json(), which adds one to everything.
  app.disable('etag')
  app.set('trust proxy', configuration.trustProxy)
  return listen(app)
}

export const startNestOnFastify: StartContractServer = async (configuration) => {
  const { trustProxy } = configuration
  const ids = { requestIdHeader: 'x-request-id', genReqId: () => crypto.randomUUID() }
  const adapter = new FastifyAdapter({ trustProxy, forceCloseConnections: true, ...ids })
  const app = await NestFactory.create<NestFastifyApplication>(moduleOf(configuration), adapter, { logger: false })
  return listen(app)
}
