import 'reflect-metadata'
import { contractAnswer } from '@acme/auth-conformance'
import { describeCertificates } from '@acme/tests-adapters'
import type { TlsServer, TlsServerOptions } from '@acme/tests-adapters'
import { Controller, Get, Module, UseGuards } from '@nestjs/common'
import type { INestApplication, Type } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { FastifyAdapter } from '@nestjs/platform-fastify'

import { Auth, Auth0Guard, Auth0Module } from '../src/index.js'
import type { AuthContext } from '../src/index.js'

@Controller()
@UseGuards(Auth0Guard)
class AnyController {
  @Get('/any')
  any(@Auth() auth: AuthContext): unknown {
    return contractAnswer(auth)
  }
}

function moduleOf(auth: TlsServerOptions['auth']): Type {
  class CertificatesModule {}
  Module({ imports: [Auth0Module.forRoot(auth)], controllers: [AnyController] })(CertificatesModule)
  return CertificatesModule
}

async function listen(app: INestApplication): Promise<TlsServer> {
  await app.listen(0, '127.0.0.1')
  const { port } = new URL(await app.getUrl())
  return { port: Number(port), close: () => app.close() }
}

describeCertificates('Nest on Express', async ({ tls, auth }) =>
  listen(await NestFactory.create(moduleOf(auth), { httpsOptions: tls, logger: false })),
)

describeCertificates(
  'Nest on Fastify',
  async ({ tls, auth }) => {
    const adapter = new FastifyAdapter({ http2: true, https: { ...tls, allowHTTP1: true } })
    return listen(await NestFactory.create(moduleOf(auth), adapter, { logger: false }))
  },
  { http2: true },
)
