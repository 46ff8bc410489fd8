import { fileURLToPath } from 'node:url'

import { Metadata } from '@grpc/grpc-js'
import { Controller, Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { ClientProxyFactory, GrpcMethod, Transport } from '@nestjs/microservices'
import { firstValueFrom } from 'rxjs'
import type { Observable } from 'rxjs'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'

import { Auth, Auth0Module, Public, RequireAuth } from '../src/index.js'
import type { AuthContext } from '../src/index.js'
import { freePort } from './free-port.js'
import { forTheApplication } from './transports.js'
import { createWorld } from '@acme/tests-adapters'
import type { World } from '@acme/tests-adapters'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.issuer.close())

@Controller()
class TestController {
  @Public() @GrpcMethod('Tests', 'Open') open(@Auth() auth: AuthContext | null): object {
    return { name: auth?.subject ?? 'nobody' }
  }
  @RequireAuth('read') @GrpcMethod('Tests', 'Read') read(@Auth() auth: AuthContext): object {
    return { name: auth.subject }
  }
}

interface Tests {
  open(data: object, metadata: Metadata): Observable<unknown>
  read(data: object, metadata: Metadata): Observable<unknown>
}

it.each(forTheApplication)('%s: calls of gRPC are judged by their metadata', async (_how, providers) => {
  class TestModule {}
  Module({ imports: [Auth0Module.forRoot(world.options)], controllers: [TestController], providers })(TestModule)
  const protoPath = fileURLToPath(new URL('fixtures/test.proto', import.meta.url))
  const options = { package: 'test', protoPath, url: `127.0.0.1:${await freePort()}` }
  const settings = { transport: Transport.GRPC, options, logger: false, abortOnError: false } as const
  const app = await NestFactory.createMicroservice(TestModule, settings)
  await app.listen()
  onTestFinished(() => app.close())
  const client = ClientProxyFactory.create({ transport: Transport.GRPC, options })
  onTestFinished(() => client.close())
  const tests = client.getService<Tests>('Tests')
  const call = async (method: keyof Tests, authorization?: string): Promise<unknown> => {
    const metadata = new Metadata()
    if (authorization !== undefined) metadata.add('authorization', authorization)
    return firstValueFrom(tests[method]({}, metadata)).catch((reason: unknown) => reason)
  }
  const token = `Bearer ${await world.issuer.accessToken({ scope: 'read' })}`

  expect(await call('open')).toEqual({ name: 'nobody' })
  expect(await call('read', token)).toEqual({ name: 'user-1' })
  expect(await call('read')).toMatchObject({ code: 16, details: 'An access token is required' })
  expect(await call('read', 'Bearer x')).toMatchObject({ code: 16 })
  expect(await call('read', `Bearer ${await world.issuer.accessToken()}`)).toMatchObject({ code: 7 })
  expect(await call('read', 'Bearer')).toMatchObject({ code: 3 })
})
