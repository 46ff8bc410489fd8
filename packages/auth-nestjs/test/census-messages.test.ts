import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { Controller, Get } from '@nestjs/common'
import type { ModuleMetadata } from '@nestjs/common'
import { APP_GUARD } from '@nestjs/core'
import { Mutation, Query, ResolveField, Resolver } from '@nestjs/graphql'
import { EventPattern, MessagePattern } from '@nestjs/microservices'
import { WsAdapter } from '@nestjs/platform-ws'
import { Test } from '@nestjs/testing'
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets'
import { describe, expect, it, onTestFinished, vi } from 'vitest'

import { expectCensus, routeCensus } from '../src/census.js'
import { Auth0Guard, Auth0Module, OptionalAuth, Public, RequireAuth } from '../src/index.js'
import { linesOf } from './census-suite.js'
import { createApp } from './serve.js'

const OPTIONS = { issuer: 'https://issuer.test/', audience: 'https://api.test/' }
const ANY = 'any valid token'
const forAll = { provide: APP_GUARD, useClass: Auth0Guard }

@WebSocketGateway({ path: '/ws' })
class Gateway {
  @SubscribeMessage('bare') bare(): void {}
  @RequireAuth('a') @SubscribeMessage('read') read(): void {}
  @Public('why') @SubscribeMessage('open') open(): void {}
  nothing(): void {}
}

@Resolver('Cat')
class CatResolver {
  @Query() bare(): void {}
  @Mutation('renamed') @RequireAuth('a') write(): void {}
  @Query() @OptionalAuth() anybody(): void {}
  @ResolveField() name(): void {}
}

@Controller()
class Messages {
  @MessagePattern({ cmd: 'bare' }) bare(_data: unknown): void {}
  @EventPattern('read') @RequireAuth('a') read(_data: unknown): void {}
}

@Controller('x')
class Planted {
  @Get() planted(): void {}
}

async function censusOf(metadata: ModuleMetadata): Promise<readonly string[]> {
  const app = await createApp('Express', { ...metadata, imports: [Auth0Module.forRoot(OPTIONS)] })
  app.useWebSocketAdapter(new WsAdapter(app))
  await app.init()
  return linesOf(app)
}

describe('a census of messages', () => {
  it.each([
    ['no guard', [], 'open'],
    ['a guard for all', [forAll], `guarded ${ANY}`],
  ] as const)('has gateways, with %s', async (_name, providers, bare) => {
    expect(await censusOf({ providers: [Gateway, ...providers] })).toEqual([
      `MESSAGE bare (/ws) ${bare}`,
      'MESSAGE open (/ws) public why',
      'MESSAGE read (/ws) guarded scope a',
    ])
  })

  it.each([
    ['no guard', [], 'open'],
    ['a guard for all', [forAll], `guarded ${ANY}`],
  ] as const)('has resolvers, with %s', async (_name, providers, bare) => {
    expect(await censusOf({ providers: [CatResolver, ...providers] })).toEqual([
      'QUERY anybody optional',
      `QUERY bare ${bare}`,
      'MUTATION renamed guarded scope a',
    ])
  })

  it.each([
    ['no guard', [], 'open'],
    // Of the HTTP application: the microservice has settings of its own.
    ['a guard for all', [forAll], 'unseen'],
  ] as const)('has microservices, with %s', async (_name, providers, bare) => {
    expect(await censusOf({ controllers: [Messages], providers: [...providers] })).toEqual([
      'EVENT read guarded scope a',
      `MESSAGE {"cmd":"bare"} ${bare}`,
    ])
  })
})

describe('a census', () => {
  it('does not call what a test has put in the place of the guard one', async () => {
    const testing = Test.createTestingModule({ imports: [Auth0Module.forRoot(OPTIONS)], controllers: [Messages] })
    const module = await testing
      .overrideGuard(Auth0Guard)
      .useValue({ canActivate: () => true })
      .compile()
    const app = module.createNestApplication()
    onTestFinished(() => app.close())
    await app.init()
    expect(linesOf(app)).toEqual(['EVENT read unseen', 'MESSAGE {"cmd":"bare"} unseen'])
  })

  it('refuses what is no application', () => {
    expect(() => routeCensus({} as never)).toThrow(/no application of Nest/)
  })

  it('is compared with a reviewed file', async () => {
    // It is not written there.
    vi.stubEnv('CI', '')
    const folder = mkdtempSync(join(tmpdir(), 'census-'))
    onTestFinished(() => {
      vi.unstubAllEnvs()
      rmSync(folder, { recursive: true })
    })
    const file = join(folder, 'census.json')
    const before = await createApp('Fastify', { imports: [Auth0Module.forRoot(OPTIONS)] })
    const after = await createApp('Fastify', { imports: [Auth0Module.forRoot(OPTIONS)], controllers: [Planted] })
    await before.init()
    await after.init()
    expectCensus(before, file, { update: true })
    expectCensus(before, file)
    expect(() => expectCensus(after, file)).toThrow(/not guarded as it was reviewed.*\n {2}GET \/x: open\n/)
  })

  it('has a reason where one is given', () => {
    for (const none of ['', ' ']) expect(() => Public(none)).toThrow(/got no reason/)
  })
})
