import { ConflictException, Controller, Get, Header, Res, UseGuards } from '@nestjs/common'
import type { ModuleMetadata, Type } from '@nestjs/common'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { Auth0Guard, Auth0Module, RequireAuth } from '../src/index.js'
import { platforms, serve } from './serve.js'
import { createWorld, NONCE_SECRET, send } from '@acme/tests-adapters'
import type { Answer, World } from '@acme/tests-adapters'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.issuer.close())

const NONCE = expect.stringMatching(/^dpop-nonce: [\x21\x23-\x5B\x5D-\x7E]+$/)

@Controller()
@RequireAuth()
class TestController {
  @Get('value') value(): string {
    return 'done'
  }
  @Get('response') response(@Res() response: { send(body: string): unknown }): void {
    response.send('done')
  }
  @Get('error') error(): never {
    throw new ConflictException()
  }
  @Get('caching') @Header('Cache-Control', 'private') caching(): string {
    return 'done'
  }
  @Get('two') @UseGuards(Auth0Guard) @RequireAuth() @RequireAuth() two(): string {
    return 'done'
  }
}

function metadata(controller: Type = TestController): ModuleMetadata {
  const options = { ...world.options, dpop: { nonce: { secret: NONCE_SECRET } } }
  return { imports: [Auth0Module.forRoot(options)], controllers: [controller] }
}

/** The answer to a request whose nonce is ageing. */
async function answerOf(port: number, path: string, nonce?: string): Promise<Answer> {
  const proof = { nonce: nonce ?? (await world.ageingNonce()) }
  const headers = await world.dpop(`http://127.0.0.1:${port}${path}`, proof)
  return send(port, path, [...headers, ['Origin', 'https://app.test']])
}

function named(answer: Answer, ...names: readonly string[]): string[] {
  return answer.headers.filter((header) => names.includes(header.slice(0, header.indexOf(':'))))
}

describe.each(platforms)('on %s', (platform) => {
  it.each([
    ['/value', 200],
    ['/response', 200],
    ['/two', 200],
    ['/error', 409],
  ])('a fresh nonce comes with the answer: %s', async (path, status) => {
    const answer = await answerOf(await serve(platform, metadata()), path)
    expect(answer.status).toBe(status)
    expect(named(answer, 'dpop-nonce', 'cache-control')).toEqual(['cache-control: no-store', NONCE])
  })

  it('none comes with a Bearer token', async () => {
    const answer = await send(await serve(platform, metadata()), '/value', await world.bearer())
    expect([answer.status, named(answer, 'dpop-nonce', 'cache-control')]).toEqual([200, []])
  })

  it('what a handler says of caching stands', async () => {
    const answer = await answerOf(await serve(platform, metadata()), '/caching')
    expect(named(answer, 'dpop-nonce', 'cache-control')).toEqual(['cache-control: private', NONCE])
  })

  it.each([
    ['a challenge', 401, 'forged'],
    ['a success', 200, undefined],
  ])('with CORS enabled a browser can read the nonce of %s', async (_name, status, nonce) => {
    const exposedHeaders = ['WWW-Authenticate', 'DPoP-Nonce']
    const port = await serve(platform, metadata(), (app) =>
      app.enableCors({ origin: 'https://app.test', exposedHeaders }),
    )
    const answer = await answerOf(port, '/value', nonce)
    expect(answer.status).toBe(status)
    expect(named(answer, 'access-control-expose-headers', 'dpop-nonce')).toEqual([
      expect.stringMatching(/^access-control-expose-headers: WWW-Authenticate, ?DPoP-Nonce$/),
      NONCE,
    ])
  })
})

// On Fastify such a request does not come to its guards.
it('a request that was answered before the decision still reaches its handler on Express', async () => {
  const reached = new Promise<void>((resolve) => {
    @Controller()
    class LateController {
      @Get() @RequireAuth() handle(): void {
        resolve()
      }
    }
    const late = (_request: unknown, response: { end(body: string): void }, next: () => void): void => {
      response.end('too late')
      next()
    }
    void serve('Express', metadata(LateController), (app) => void app.use(late)).then((port) => answerOf(port, '/'))
  })
  await reached
})
