import 'reflect-metadata'
import { Auth0Module, RequireAuth } from '@acme/auth-nestjs'
import { Controller, Get, Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'

class MessagesController {
  list() {
    return []
  }
}

// What compilers make of decorators.
const descriptor = Object.getOwnPropertyDescriptor(MessagesController.prototype, 'list')
Get()(MessagesController.prototype, 'list', descriptor)
RequireAuth('read:messages')(MessagesController.prototype, 'list', descriptor)
Controller('messages')(MessagesController)

class AppModule {}
const options = { issuer: 'https://issuer.example.com/', audience: 'https://api.example.com' }
Module({ imports: [Auth0Module.forRoot(options)], controllers: [MessagesController] })(AppModule)

export const createApp = () => NestFactory.create(AppModule, { logger: false })
