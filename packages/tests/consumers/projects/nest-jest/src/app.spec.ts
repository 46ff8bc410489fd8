import { Controller, Get } from '@nestjs/common'
import { Test } from '@nestjs/testing'
import type { INestApplication } from '@nestjs/common'
import request from 'supertest'
import { APP_GUARD } from '@nestjs/core'
import { Auth, Auth0Guard, Auth0Module, RequireAuth } from '@acme/auth-nestjs'
import type { AuthContext } from '@acme/auth-nestjs'
import { createTestIssuer } from '@acme/auth-testing'
import type { TestIssuer } from '@acme/auth-testing'

@Controller()
class AppController {
  @RequireAuth('read:items')
  @Get('items')
  items(@Auth() auth: AuthContext) {
    return { sub: auth.subject }
  }
}
describe('app', () => {
  let app: INestApplication
  let issuer: TestIssuer
  beforeAll(async () => {
    issuer = await createTestIssuer({ issuer: 'https://issuer.test/', audience: 'https://api.test/' })
    const module = await Test.createTestingModule({
      imports: [Auth0Module.forRoot({ issuer: issuer.issuer, audience: 'https://api.test/', fetch: issuer.fetch })],
      controllers: [AppController],
      providers: [{ provide: APP_GUARD, useClass: Auth0Guard }],
    }).compile()
    app = module.createNestApplication()
    await app.init()
  })
  afterAll(() => app.close())
  it('401', () =>
    request(app.getHttpServer())
      .get('/items')
      .expect(401)
      .expect('www-authenticate', /Bearer/))
  it('403', async () => {
    await request(app.getHttpServer())
      .get('/items')
      .set('authorization', 'Bearer ' + (await issuer.accessToken({ scope: 'other' })))
      .expect(403)
  })
  it('200', async () => {
    await request(app.getHttpServer())
      .get('/items')
      .set('authorization', 'Bearer ' + (await issuer.accessToken({ scope: 'read:items' })))
      .expect(200)
  })
})
