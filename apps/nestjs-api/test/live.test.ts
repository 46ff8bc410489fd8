import { once } from 'node:events'

import { createProof, createTestKey, startTestIssuer } from '@acme/auth-testing'
import { startLiveSuite } from '@acme/sample-api/suite'
import type { LiveSuite, SecurityEvent, SuiteTools } from '@acme/sample-api/suite'
import { createClient } from 'graphql-ws'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'

const issuer = await startTestIssuer({ audience: 'https://api.example.com' })
const key = await createTestKey('ES256')
const tools: SuiteTools = {
  issuer: issuer.issuer,
  audience: issuer.audience,
  thumbprint: key.thumbprint,
  accessToken: (options) => issuer.accessToken(options),
  proof: (options) => createProof({ key, ...options }),
}
const main = new URL('../dist/main.js', import.meta.url)
const securityEvent: SecurityEvent = (sub) =>
  issuer.securityEvent({ subject: { format: 'iss_sub', iss: issuer.issuer, sub } })

async function suiteOn(platform: 'express' | 'fastify'): Promise<LiveSuite & { platform: string }> {
  return { platform, ...(await startLiveSuite({ main, env: { NEST_PLATFORM: platform }, tools, securityEvent })) }
}

const suites = [await suiteOn('express'), await suiteOn('fastify')]

afterAll(async () => {
  for (const { close } of suites) close()
  await issuer.close()
})

describe.each(suites)('on $platform', ({ sample, tests }) => {
  const bearer = async (scope: string): Promise<Record<string, string>> => ({
    authorization: `Bearer ${await issuer.accessToken({ scope })}`,
  })

  // Without the last one, which stops the process: this file has its own, with a subscription besides.
  test.each(tests.slice(0, -1))('$name', async ({ run }) => {
    const { actual, expected } = await run()
    expect(actual).toEqual(expected)
  })

  test('GET /ws without a handshake', async () => {
    const response = await fetch(`${sample.origin}/ws`, { headers: await bearer('read:messages') })
    expect([response.status, response.headers.get('upgrade')]).toEqual([426, 'websocket'])
  })

  async function query(fields: string, headers: Record<string, string> = {}): Promise<object> {
    const response = await fetch(`${sample.origin}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query: fields }),
    })
    const body = (await response.json()) as object
    return { status: response.status, challenge: response.headers.get('www-authenticate'), ...body }
  }

  test('GraphQL: queries', async () => {
    const fields = '{ me { sub scheme issuer scopes } messages { id from } }'
    expect(await query(fields, await bearer('read:messages'))).toEqual({
      status: 200,
      challenge: null,
      data: {
        me: { sub: 'user-1', scheme: 'Bearer', issuer: issuer.issuer, scopes: ['read:messages'] },
        messages: ['ada', 'grace', 'alan'].map((from, at) => ({ id: String(at + 1), from })),
      },
    })
    // GraphQL has a status of its own: each refusal is told beside what was not refused.
    expect(await query('{ me { sub } }')).toMatchObject({
      status: 200,
      challenge: expect.stringMatching(/^Bearer /) as string,
      data: null,
      errors: [{ extensions: { code: 'UNAUTHENTICATED', auth_code: 'AUTH_1003' } }],
    })
    expect(await query('{ messages { id } }', await bearer('other'))).toMatchObject({
      challenge: expect.stringContaining('scope="read:messages"') as string,
      data: null,
      errors: [{ extensions: { code: 'FORBIDDEN', auth_code: 'AUTH_1005' } }],
    })
  })

  test.each([
    ['no JSON', '{', 400],
    ['too long', JSON.stringify({ query: `{ me { sub } } #${' '.repeat(70_000)}` }), 413],
  ])('GraphQL: content that is %s', async (_what, body, status) => {
    const headers = { 'content-type': 'application/json', ...(await bearer('read:messages')) }
    const response = await fetch(`${sample.origin}/graphql`, { method: 'POST', headers, body })
    expect([response.status, await response.json()]).toEqual([status, { error: 'bad_request' }])
  })

  test('GraphQL: a subscription, by a token that may listen until it is revoked, and by one that may not', async () => {
    const token = { authorization: `Bearer ${await issuer.accessToken({ scope: WRITER, claims: { sub: 'ada' } })}` }
    const listener = subscribe(sample.origin, token)
    const stranger = subscribe(sample.origin, await bearer('write:messages'))
    const nobody = subscribe(sample.origin, {})
    nobody.first.catch(() => undefined)
    expect(await nobody.closed).toMatchObject({
      code: 4403,
      reason: expect.stringMatching(/^AUTH_1003 \S+$/) as string,
    })
    expect(await stranger.first).toMatchObject({ errors: [{ extensions: { code: 'FORBIDDEN' } }] })

    const writer = await connect(sample.origin, await bearer(WRITER))
    await sayUntil(writer, listener.first)
    expect(await listener.first).toEqual({ data: { said: { from: 'user-1', text: 'hello' } } })
    await fetch(`${sample.origin}/api/logout-everywhere`, { method: 'POST', headers: token })
    expect(await listener.closed).toMatchObject({ code: 4403 })
  })

  test('stops on SIGTERM, with WebSockets, subscriptions and streams open', async () => {
    const headers = await bearer(WRITER)
    const socket = await connect(sample.origin, headers)
    const stream = await fetch(`${sample.origin}/events`, { headers })
    const listener = subscribe(sample.origin, headers)
    await sayUntil(socket, listener.first)
    const ended = Promise.all([once(socket, 'close'), stream.text().catch(() => undefined), listener.closed])
    expect(await sample.stop('SIGTERM')).toBe(0)
    const [[code], , closed] = await ended
    expect([code, closed]).toMatchObject([1001, { code: 1001 }])
  })
})

const WRITER = 'read:messages write:messages'

type SentHeaders = Readonly<Record<string, string>>

async function connect(origin: string, headers: SentHeaders): Promise<WebSocket> {
  const socket = new WebSocket(`${origin.replace('http', 'ws')}/ws`, { headers })
  onTestFinished(() => socket.terminate())
  await once(socket, 'open')
  return socket
}

/** Nothing tells when a subscription begins. */
async function sayUntil(socket: WebSocket, heard: Promise<unknown>): Promise<void> {
  const isHeard = heard.then(() => true)
  do socket.send(JSON.stringify({ event: 'say', data: 'hello' }))
  while (!(await Promise.race([isHeard, once(socket, 'message').then(() => false)])))
}

interface Subscribed {
  readonly first: Promise<unknown>
  readonly closed: Promise<unknown>
}

function subscribe(origin: string, headers: SentHeaders): Subscribed {
  class Socket extends WebSocket {
    constructor(url: string, protocol: string) {
      super(url, protocol, { headers })
    }
  }
  let close: (event: unknown) => void = () => undefined
  const closed = new Promise((resolve) => (close = resolve))
  const client = createClient({
    url: `${origin.replace('http', 'ws')}/graphql`,
    webSocketImpl: Socket,
    retryAttempts: 0,
    lazy: false,
    onNonLazyError: () => undefined,
    on: { closed: close },
  })
  onTestFinished(() => void client.dispose())
  const events = client.iterate({ query: 'subscription { said { from text } }' })
  return { first: events.next().then(({ value }) => value as unknown), closed }
}
