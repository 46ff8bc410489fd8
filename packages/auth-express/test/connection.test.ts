import { Agent, request } from 'node:http'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'

import type { RequestHandler } from 'express'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'

import { createAuth, getAuth, getOptionalAuth } from '../src/index.js'
import type { ExpressAuth } from '../src/index.js'
import { createApp, serve } from './serve.js'
import { createWorld, expired, noCredentials, send } from '@acme/tests-adapters'
import type { Header, World } from '@acme/tests-adapters'

let world: World
let auth: ExpressAuth
beforeAll(async () => {
  world = await createWorld()
  auth = createAuth(world.options)
})
afterAll(() => world.issuer.close())

const subject: RequestHandler = (req, response) => void response.send(getAuth(req).subject)

describe('HEAD', () => {
  it('is refused with all headers and no body', async () => {
    const port = await serve(createApp().get('/', auth.requireAuth(), subject))
    expect(await send(port, '/', [], 'HEAD')).toEqual({ ...noCredentials, body: '' })
    expect(await send(port, '/', await world.bearer({ expiresIn: -60 }), 'HEAD')).toEqual({ ...expired, body: '' })
  })

  it('is answered as GET is, to a proof for HEAD only', async () => {
    const port = await serve(createApp().get('/', auth.requireAuth(), subject))
    const host: Header = ['Host', 'api.test']
    const get = await send(port, '/', [host, ...(await world.dpop('http://api.test/', { method: 'GET' }))], 'HEAD')
    expect(get.status).toBe(400)
    const head = await send(port, '/', [host, ...(await world.dpop('http://api.test/', { method: 'HEAD' }))], 'HEAD')
    expect(head).toMatchObject({ status: 200, body: '' })
    expect(head.headers).toContain('content-length: 6')
  })
})

describe('a connection that is kept open', () => {
  /** One connection for the rest of the test. */
  function connection(port: number) {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    onTestFinished(() => agent.destroy())
    return (method: string, headers: Readonly<Record<string, string>>, body?: Buffer) =>
      new Promise<{ readonly status: number | undefined; readonly body: string; readonly reused: boolean }>(
        (resolve, reject) => {
          const outgoing: ClientRequest = request({ agent, host: '127.0.0.1', port, method, headers, path: '/' })
          outgoing.on('error', reject)
          outgoing.on('response', (response: IncomingMessage) => {
            const { reusedSocket: reused } = outgoing
            text(response).then((answer) => resolve({ status: response.statusCode, body: answer, reused }), reject)
          })
          outgoing.end(body)
        },
      )
  }

  it.each([0, 10, 300_000])('goes on after a refused POST whose body of %i bytes nobody read', async (size) => {
    const port = await serve(createApp().all('/', auth.requireAuth(), subject))
    const exchange = connection(port)
    const authorization = `Bearer ${await world.issuer.accessToken()}`
    expect((await exchange('POST', {}, Buffer.alloc(size, 'x'))).status).toBe(401)
    expect((await exchange('POST', {}, Buffer.alloc(size, 'x'))).status).toBe(401)
    expect(await exchange('GET', { authorization })).toEqual({ status: 200, body: 'user-1', reused: true })
    expect(await exchange('GET', {})).toMatchObject({ status: 401, reused: true })
    expect(await exchange('POST', { authorization }, Buffer.alloc(size, 'x'))).toMatchObject({
      status: 200,
      reused: true,
    })
  })

  it('remembers nothing of the request before', async () => {
    const answer: RequestHandler = (req, response) => void response.json(getOptionalAuth(req)?.subject ?? null)
    const exchange = connection(await serve(createApp().all('/', auth.optionalAuth(), answer)))
    const authorization = `Bearer ${await world.issuer.accessToken()}`
    expect(await exchange('GET', { authorization })).toEqual({ status: 200, body: '"user-1"', reused: false })
    expect(await exchange('GET', {})).toEqual({ status: 200, body: 'null', reused: true })
  })
})
