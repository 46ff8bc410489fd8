import type { AddressInfo } from 'node:net'

import { createAuth } from '@acme/auth-express'
import type { AuthContext, Authorize } from '@acme/auth-express'
import { auth0Plugin } from '@acme/auth-fastify'
import { createTestIssuer } from '@acme/auth-testing'
import express from 'express'
import fastify from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { cedar } from './cedar.js'
import { startCerbos } from './cerbos.js'
import type { Cerbos } from './cerbos.js'

const AUDIENCE = 'https://api.example.com'
const issuer = await createTestIssuer()
const options = { issuer: issuer.issuer, audience: AUDIENCE, fetch: issuer.fetch }
const closing: (() => Promise<unknown> | void)[] = []
let cerbos: Cerbos

beforeAll(async () => {
  cerbos = await startCerbos()
  closing.push(() => cerbos.close())
}, 60_000)
afterAll(() => Promise.all(closing.map(async (close) => close())))

async function onExpress(authorize: Authorize): Promise<string> {
  const app = express()
  app.use(createAuth(options).requireAuth({ authorize }), (_request, response) => void response.send('ok'))
  const server = app.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  closing.push(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}` // it listens on a TCP port
}

async function onFastify(authorize: Authorize): Promise<string> {
  const app = fastify()
  await app.register(auth0Plugin, options)
  app.all('/*', { onRequest: app.requireAuth({ authorize }) }, async () => 'ok')
  closing.push(() => app.close())
  return app.listen({ port: 0, host: '127.0.0.1' })
}

interface Asked {
  readonly path?: string
  readonly method?: string
  readonly claims?: object
}

async function ask(origin: string, { path = '/messages', method = 'GET', claims = {} }: Asked): Promise<number> {
  const token = await issuer.accessToken({ claims: { aud: AUDIENCE, ...claims } })
  const response = await fetch(origin + path, { method, headers: { authorization: `Bearer ${token}` } })
  if (response.status === 403) expect(response.headers.get('www-authenticate')).not.toMatch(/scope="/)
  return response.status
}

const rows: readonly (readonly [Asked, number])[] = [
  [{ claims: { roles: ['reader'] } }, 200],
  [{ claims: { roles: ['reader'] }, method: 'DELETE' }, 403],
  [{ claims: { roles: ['editor'], acr: 'mfa' }, method: 'DELETE' }, 200],
  [{ claims: { roles: ['editor'], acr: 'pwd' }, method: 'DELETE' }, 403],
  [{ claims: { roles: ['editor', 'reader'], acr: 'mfa' }, path: '/secret' }, 403],
  [{ claims: { roles: ['other'] } }, 403],
]

describe.each([
  ['Cedar on Express', () => onExpress(cedar)],
  ['Cedar on Fastify', () => onFastify(cedar)],
  ['Cerbos on Express', () => onExpress(cerbos.authorize)],
  ['Cerbos on Fastify', () => onFastify(cerbos.authorize)],
])('%s', (_name, start) => {
  let origin: string
  beforeAll(async () => {
    origin = await start()
  })

  it.each(rows)('%j: %i', async (asked, status) => {
    expect(await ask(origin, asked)).toBe(status)
  })
})

describe('Cerbos', () => {
  it('is asked about many requests at once', async () => {
    const caller = (role: string): AuthContext =>
      ({ subject: 'user-1', roles: [role], claims: {} }) as unknown as AuthContext // of which no more is asked
    const asked = Array.from({ length: 60 }, async (_, index) =>
      cerbos.authorize(caller(index % 2 === 0 ? 'reader' : 'other'), { method: 'GET', path: `/${index}`, raw: {} }),
    )
    expect(await Promise.all(asked)).toEqual(asked.map((_, index) => index % 2 === 0))
    // Four are under way at once; what came meanwhile goes together.
    expect(cerbos.batches.slice(-6)).toEqual([1, 1, 1, 1, 50, 6])
  })

  it('that hangs lets nobody pass, and is asked again when it is back', async () => {
    const origin = await onExpress(cerbos.authorize)
    const reader = { claims: { roles: ['reader'] } }
    cerbos.pause()
    expect(await ask(origin, reader)).toBe(503)
    cerbos.resume()
    expect(await ask(origin, reader)).toBe(200)
  })
})
