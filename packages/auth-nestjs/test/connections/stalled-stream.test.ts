import { connect } from 'node:net'

import { Controller, Req, Sse } from '@nestjs/common'
import type { MessageEvent } from '@nestjs/common'
import { memoryRevocations } from '@acme/auth-core'
import { createWorld } from '@acme/tests-adapters'
import type { World } from '@acme/tests-adapters'
import { concat, NEVER, range } from 'rxjs'
import type { Observable } from 'rxjs'
import { map } from 'rxjs/operators'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'

import { Auth0Module, Connection, eventStream, RequireAuth } from '../../src/index.js'
import type { AuthConnection } from '../../src/index.js'
import { platforms, serve } from '../serve.js'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.issuer.close())

let isOpen = false

@Controller()
class FloodController {
  @Sse('events') @RequireAuth() events(
    @Connection() connection: AuthConnection,
    @Req() request: { readonly socket: NodeJS.EventEmitter },
  ): Observable<MessageEvent> {
    isOpen = true
    request.socket.once('close', () => (isOpen = false))
    const flood = range(0, 40).pipe(map(() => ({ data: 'x'.repeat(250_000) })))
    return eventStream(connection, concat(flood, NEVER))
  }
}

describe.each(platforms)('streams of events, on %s', (platform) => {
  it('end for a client that does not read, when its token is revoked', async () => {
    const revocation = memoryRevocations()
    const options = { ...world.options, connections: {}, revocation }
    const port = await serve(platform, { imports: [Auth0Module.forRoot(options)], controllers: [FloodController] })
    const [[name, value] = []] = await world.bearer()
    const socket = connect(port, '127.0.0.1')
    onTestFinished(() => void socket.destroy())
    socket.pause()
    socket.write(`GET /events HTTP/1.1\r\nHost: api.test\r\n${name}: ${value}\r\n\r\n`)
    await vi.waitFor(() => expect(isOpen).toBe(true))
    await revocation.revoke({ subject: 'user-1' })
    await vi.waitFor(() => expect(isOpen).toBe(false), 4000)
  })
})
