import 'reflect-metadata'
import { Auth0Module, RequireAuth } from '@acme/auth-nestjs'
import { Controller, Get, Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'

/** A guarded `/me` on Nest. */
export async function createNest(options) {
  class MeController {
    me() {
      return {}
    }
  }
  // What compilers make of decorators.
  const descriptor = Object.getOwnPropertyDescriptor(MeController.prototype, 'me')
  Get()(MeController.prototype, 'me', descriptor)
  RequireAuth()(MeController.prototype, 'me', descriptor)
  Controller('me')(MeController)
  class AppModule {}
  Module({ imports: [Auth0Module.forRoot(options)], controllers: [MeController] })(AppModule)
  const app = await NestFactory.create(AppModule, { logger: false })
  app.set('trust proxy', 'loopback')
  await app.listen(0, '127.0.0.1')
  return app
}
