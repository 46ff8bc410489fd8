import { Controller, Logger, Module, UseGuards } from '@nestjs/common'
import type { ExecutionContext, ModuleMetadata } from '@nestjs/common'
import { APP_GUARD, NestFactory } from '@nestjs/core'
import { ClientProxyFactory, EventPattern, MessagePattern, Payload, Transport } from '@nestjs/microservices'
import { firstValueFrom } from 'rxjs'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'

import { Auth, Auth0Guard, Auth0Module, OptionalAuth, Public, RequireAuth } from '../src/index.js'
import type { AuthContext, CredentialsRequest } from '../src/index.js'
import { freePort } from './free-port.js'
import { forTheApplication } from './transports.js'
import { createWorld } from '@acme/tests-adapters'
import type { World } from '@acme/tests-adapters'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.issuer.close())

const event = vi.fn<(subject: string) => void>()

@Controller()
class TestController {
  @Public() @MessagePattern('open') open(@Auth() auth: AuthContext | null): string {
    return nameOf(auth)
  }
  @OptionalAuth() @MessagePattern('anybody') anybody(@Auth() auth: AuthContext | null): string {
    return nameOf(auth)
  }
  @UseGuards(Auth0Guard) @MessagePattern('me') me(@Auth() auth: AuthContext): string {
    return nameOf(auth)
  }
  @RequireAuth('read') @MessagePattern('read') read(@Payload() _data: unknown, @Auth() auth: AuthContext): string {
    return nameOf(auth)
  }
  @MessagePattern('bare') bare(@Auth() auth: AuthContext | null): string {
    return nameOf(auth)
  }
  @RequireAuth() @EventPattern('event') event(@Auth() auth: AuthContext): void {
    event(nameOf(auth))
  }
}

function nameOf(auth: AuthContext | null): string {
  return auth?.subject ?? 'nobody'
}

/** Answers a message that has this authorization, in the metadata of its packet or in its data. */
type Send = (pattern: string, authorization?: string | null, data?: object) => Promise<unknown>

/** A microservice on TCP, and a client of it. */
async function start(providers: ModuleMetadata['providers'] = []): Promise<Send> {
  class TestModule {}
  Module({ imports: [Auth0Module.forRoot(world.options)], controllers: [TestController], providers })(TestModule)
  const options = { host: '127.0.0.1', port: await freePort() }
  const settings = { transport: Transport.TCP, options, logger: false, abortOnError: false } as const
  const app = await NestFactory.createMicroservice(TestModule, settings)
  await app.listen()
  onTestFinished(() => app.close())
  const client = ClientProxyFactory.create({ transport: Transport.TCP, options })
  onTestFinished(() => void client.close())
  return async (pattern, authorization, data = {}) => {
    client.setOnDispatchHook((packet) => {
      if (authorization !== null && authorization !== undefined) packet.metadata = { Authorization: authorization }
    })
    const answer = pattern === 'event' ? client.emit<unknown>(pattern, data) : client.send<unknown>(pattern, data)
    return firstValueFrom(answer, { defaultValue: undefined }).catch((reason: unknown) => ({ refused: reason }))
  }
}

const refused = (error: string): object => ({
  refused: expect.objectContaining({ status: 'error', message: expect.any(String), error, code: expect.any(String) }),
})

async function bearer(scope = 'read'): Promise<string> {
  return `Bearer ${await world.issuer.accessToken({ scope })}`
}

describe('messages on TCP', () => {
  it.each(forTheApplication)('%s: are judged by the metadata of their packets', async (_how, providers) => {
    const send = await start(providers)
    expect(await send('open')).toBe('nobody')
    expect(await send('open', await bearer())).toBe('nobody')
    expect(await send('anybody')).toBe('nobody')
    for (const pattern of ['anybody', 'me', 'read', 'bare']) {
      const answer = pattern === 'bare' && providers.length === 0 ? 'nobody' : 'user-1'
      expect([pattern, await send(pattern, await bearer())]).toEqual([pattern, answer])
    }
    expect(await send('me')).toEqual(refused('invalid_request'))
    expect(await send('read', await bearer('write'))).toEqual(refused('insufficient_scope'))
    expect(await send('anybody', 'Bearer x')).toEqual(refused('invalid_token'))
    expect(await send('bare')).toEqual(providers.length === 0 ? 'nobody' : refused('invalid_request'))
  })

  it('are not judged by their payload', async () => {
    const send = await start()
    const authorization = await bearer()
    expect(await send('me', null, { authorization, headers: { authorization } })).toEqual(refused('invalid_request'))
  })

  it('cannot prove possession: there is no method and no URL', async () => {
    const send = await start()
    const [[, authorization = ''] = []] = await world.dpop('http://127.0.0.1/')
    expect(await send('me', authorization)).toEqual({ refused: expect.objectContaining({ status: 'error' }) })
  })

  it('refused events do not reach their handler', async () => {
    vi.spyOn(Logger.prototype, 'error').mockReturnValue()
    const send = await start()
    await send('event')
    expect(await send('open')).toBe('nobody')
    expect(event).not.toHaveBeenCalled()
    await send('event', await bearer())
    expect(await send('open')).toBe('nobody')
    expect(event.mock.calls).toEqual([['user-1']])
    vi.restoreAllMocks()
  })
})

/** Of an application that keeps tokens in its payloads. */
class PayloadGuard extends Auth0Guard {
  override getRequest(context: ExecutionContext): CredentialsRequest | undefined {
    if (context.getType() !== 'rpc') return super.getRequest(context)
    const { token } = context.switchToRpc().getData<{ token?: string }>()
    return { headers: { ...(token !== undefined && { authorization: `Bearer ${token}` }) } }
  }
}

it('what getRequest of a guard for the application finds holds for decorators too', async () => {
  const send = await start([{ provide: APP_GUARD, useClass: PayloadGuard }])
  const token = await world.issuer.accessToken({ scope: 'read' })
  for (const pattern of ['anybody', 'me', 'read', 'bare']) {
    expect([pattern, await send(pattern, null, { token })]).toEqual([pattern, 'user-1'])
  }
  expect(await send('read', await bearer())).toEqual(refused('invalid_request'))
  expect(await send('read', null, { token: await world.issuer.accessToken() })).toEqual(refused('insufficient_scope'))
})
