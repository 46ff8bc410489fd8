import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'

import { expect, it, onTestFinished } from 'vitest'

import { createFetch } from '../../src/index.js'
import { failureOf } from '../support/client.js'
import { bearer, serve } from '../support.js'
import { source, world } from './world.js'

/** A port at which nothing listens any more. */
async function deadPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // a TCP server has no other
  await new Promise((resolve) => server.close(resolve))
  return port
}

const callAt = (origin: string): typeof fetch => createFetch(source(bearer('secret-token')), { origins: [origin] })

it('no server there is a network error with its cause, and without the token', async () => {
  const origin = `http://127.0.0.1:${await deadPort()}`
  const error = await failureOf(callAt(origin)(`${origin}/path?q=secret`))
  expect(error).toMatchObject({ reason: 'network', code: 'NET_3001', cause: { code: 'ECONNREFUSED' } })
  expect(JSON.stringify(error) + (error.stack ?? '')).not.toMatch(/secret/)
})

it('of a Request as well', async () => {
  const origin = `http://127.0.0.1:${await deadPort()}`
  expect(await failureOf(callAt(origin)(new Request(origin)))).toMatchObject({ reason: 'network' })
})

it('a connection that ends before an answer', async () => {
  const { call, origin } = await world((request) => request.socket.destroy())
  expect(await failureOf(call(origin))).toMatchObject({ reason: 'network', cause: { name: 'TypeError' } })
})

it('where a redirect leads to nothing', async () => {
  const elsewhere = `http://127.0.0.1:${await deadPort()}`
  const { call, origin } = await world((_request, response) => response.writeHead(302, { location: elsewhere }).end())
  expect(await failureOf(call(origin))).toMatchObject({ reason: 'network' })
})

it('a failure of a runtime that has no TypeError for it', async () => {
  const fetch = (): Promise<never> => Promise.reject(Object.assign(new Error('secret'), { code: 'ConnectionRefused' }))
  const call = createFetch(source(bearer('t')), { origins: ['https://api.test'], fetch })
  const error = await failureOf(call('https://api.test/'))
  expect(error).toMatchObject({ reason: 'network', cause: { name: 'Error', code: 'ConnectionRefused' } })
})

it.each([
  ['GET with a body', { body: 'x' }],
  ['a method that fetch refuses', { method: 'TRACE' }],
  ['a mode that there is not', { mode: 'none' as RequestMode }],
])('a call that fetch itself refuses stays its TypeError: %s', async (_, init) => {
  const { call, origin } = await world((_request, response) => response.end())
  await expect(call(origin, init)).rejects.toThrow(TypeError)
})

it.each([
  ['aborted', (): AbortSignal => AbortSignal.abort(new Error('mine')), 'mine'],
  ['out of time', (): AbortSignal => AbortSignal.timeout(20), 'due to timeout'],
])('a signal keeps its own reason: %s', async (_, signalOf, says) => {
  const origin = await serve(() => undefined)
  const silent = callAt(origin)
  await expect(silent(origin, { signal: signalOf() })).rejects.toThrow(says)
  await expect(silent(new Request(origin, { signal: signalOf() }))).rejects.toThrow(says)
})

it('a signal that fires while the connection breaks is still the reason', async () => {
  const stop = new AbortController()
  onTestFinished(() => stop.abort())
  const { call, origin } = await world((request) => {
    stop.abort(new Error('mine'))
    request.socket.destroy()
  })
  await expect(call(origin, { signal: stop.signal })).rejects.toThrow('mine')
})
