import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

import { createAuth } from '@acme/auth-hono'
import { startTestIssuer } from '@acme/auth-testing'
import type { ListeningTestIssuer } from '@acme/auth-testing'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import type { Miniflare } from 'miniflare'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { Outcome } from './clients/credentials.js'
import { runBun, runDeno, startWorker } from './start.js'

let issuer: ListeningTestIssuer
let server: Server
let worker: Miniflare
let api: string

beforeAll(async () => {
  issuer = await startTestIssuer({ clients: [{ id: 'service', secret: 'right' }] })
  issuer.demandNonces('required')
  const auth = createAuth({
    issuer: issuer.issuer,
    audience: issuer.audience,
    dpop: { mode: 'required', nonce: { secret: crypto.randomUUID() } },
    onEvent: () => undefined,
  })
  const app = new Hono().all('/caller', auth.requireAuth(), (c) => {
    return c.text(`${c.req.method} ${c.var.auth.scheme} ${c.var.auth.clientId}`)
  })
  server = createServer(getRequestListener(app.fetch)).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  api = `http://127.0.0.1:${(server.address() as AddressInfo).port}` // listens on TCP
  worker = await startWorker('clients/credentials-worker.ts', {})
})

afterAll(async () => {
  await worker.dispose()
  server.close()
  await issuer.close()
})

/** The same Worker for all calls: what it keeps from one request must do for the next. */
async function inWorker(setting: string): Promise<string> {
  const response = await worker.dispatchFetch('http://worker.test/', { method: 'POST', body: setting })
  return response.text()
}

const RUNTIMES: readonly (readonly [name: string, run: (setting: string) => Promise<string>])[] = [
  ['Bun', (setting) => runBun('clients/credentials-main.ts', setting)],
  ['Deno', (setting) => runDeno('clients/credentials-main.ts', setting)],
  ['workerd', inWorker],
]

describe.each(RUNTIMES)('client credentials on %s', (_name, run) => {
  it.each([0, 3600, -3600])('bound tokens, nonces of issuer and API, and a clock that is %i s off', async (off) => {
    const text = await run(JSON.stringify({ issuer: issuer.issuer, audience: issuer.audience, api, off }))
    expect(JSON.parse(text) as Outcome).toEqual({
      answers: ['200 GET DPoP service', '200 POST DPoP service', '200 GET DPoP service'],
      // The answer that brings the nonce tells the time, too.
      causes: ['nonce'],
      refused: 'client_refused',
      circuit: 'closed',
    })
  })
})
