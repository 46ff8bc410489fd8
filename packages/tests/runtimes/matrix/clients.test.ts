import { createServer } from 'node:http'
import type { IncomingHttpHeaders, Server } from 'node:http'
import type { AddressInfo } from 'node:net'

import { createAuth } from '@acme/auth-hono'
import type { AuthOptions } from '@acme/auth-hono'
import { startTestIssuer } from '@acme/auth-testing'
import type { ListeningTestIssuer } from '@acme/auth-testing'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { Calls } from './clients/call-api.js'
import { runBun, runDeno, startWorker } from './start.js'

type Listener = Parameters<typeof createServer>[1]

const servers: Server[] = []
/** What came to the other origin, where a redirect leads. */
const strayed: IncomingHttpHeaders[] = []
let issuer: ListeningTestIssuer
let away: string

beforeAll(async () => {
  issuer = await startTestIssuer()
  away = await serve(({ headers }, response) => {
    strayed.push(headers)
    response.end('away')
  })
})

afterAll(async () => {
  for (const server of servers) server.close()
  await issuer.close()
})

async function serve(listener: Listener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  servers.push(server)
  await new Promise((resolve) => server.once('listening', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}` // listens on TCP
}

function startApi(dpop: NonNullable<AuthOptions['dpop']>): Promise<string> {
  const { requireAuth } = createAuth({
    issuer: issuer.issuer,
    audience: issuer.audience,
    dpop,
    onEvent: () => undefined,
  })
  const app = new Hono()
  app.get('/token', async (c) => c.text(await issuer.accessToken({ jkt: c.req.query('jkt') ?? '' })))
  app.get('/moved', (c) => c.redirect('/messages'))
  app.get('/away', (c) => c.redirect(away))
  app.get('/messages', requireAuth(), (c) => c.text('messages'))
  app.post('/messages', requireAuth(), async (c) => c.text(await c.req.text()))
  return serve(getRequestListener(app.fetch))
}

async function inWorker(api: string): Promise<string> {
  const worker = await startWorker('clients/worker.ts', {})
  try {
    const response = await worker.dispatchFetch(`http://worker.test/?api=${encodeURIComponent(api)}`)
    return await response.text()
  } finally {
    await worker.dispose()
  }
}

const RUNTIMES: readonly (readonly [name: string, run: (api: string) => Promise<string>])[] = [
  ['Bun', (api) => runBun('clients/main.ts', api)],
  ['Deno', (api) => runDeno('clients/main.ts', api)],
  ['workerd', inWorker],
]

describe.each(RUNTIMES)('the client on %s', (_name, run) => {
  const nonce = { secret: crypto.randomUUID() }

  it.each<[string, NonNullable<AuthOptions['dpop']>, string]>([
    ['wants a nonce', { mode: 'required', nonce }, 'nonce'],
    ['wants none, and has another time', { mode: 'required' }, 'clock'],
  ])('calls an API that %s', async (_, dpop, cause) => {
    strayed.length = 0
    const { answers, causes } = JSON.parse(await run(await startApi(dpop))) as Calls // that is what the program prints
    expect(answers).toEqual(['200 messages', '200 text', '200 stream', '200 request', '200 messages', '200 away'])
    expect(causes).toEqual([cause])
    expect(strayed.map(({ authorization, dpop: proof }) => [authorization, proof])).toEqual([[undefined, undefined]])
  })
})
