import { once } from 'node:events'
import { createServer, request as httpRequest } from 'node:http'
import type { RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

import { serve } from '@hono/node-server'
import type { ServerType } from '@hono/node-server'
import { createTestIssuer, startTestIssuer } from '@acme/auth-testing'
import express from 'express'
import Fastify from 'fastify'
import { Hono } from 'hono'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { sharedSignals } from '../src/index.js'
import type { SharedSignals } from '../src/index.js'
import { eventually } from '@acme/tests-servers'
import { AUDIENCE, createStage, textOf } from './support.js'
import type { Stage } from './support.js'

const SECRET = 'Bearer of-the-stream'

interface Listening {
  readonly url: string
  close(): Promise<unknown>
}

async function listen(handler: RequestListener): Promise<Listening> {
  const server = createServer(handler).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // a TCP server
  return {
    url: `http://127.0.0.1:${port}/events`,
    close: () => closeOf(server),
  }
}

function closeOf(server: ServerType): Promise<unknown> {
  if ('closeAllConnections' in server) server.closeAllConnections()
  return new Promise((resolve) => server.close(resolve))
}

// As the README shows.
const servers: Record<string, (signals: SharedSignals) => Promise<Listening>> = {
  express(signals) {
    const app = express()
    app.post('/events', (req, res, next) => {
      signals
        .receive({ method: req.method, headers: req.headers, body: req })
        .then(({ status, headers, body }) =>
          res
            .status(status)
            .set(headers)
            .send(body ?? undefined),
        )
        .catch(next)
    })
    return listen(app)
  },
  async fastify(signals) {
    const app = Fastify({ forceCloseConnections: true })
    app.addContentTypeParser('application/secevent+jwt', (_request, payload, done) => done(null, payload))
    app.post('/events', async (request, reply) => {
      const { status, headers, body } = await signals.receive(request)
      return reply
        .code(status)
        .headers(headers)
        .send(body ?? undefined)
    })
    await app.listen({ port: 0, host: '127.0.0.1' })
    const { port } = app.server.address() as AddressInfo // a TCP server
    return { url: `http://127.0.0.1:${port}/events`, close: () => app.close() }
  },
  async hono(signals) {
    const app = new Hono()
    app.post('/events', async (c) => {
      const { status, headers, body } = await signals.receive(c.req.raw)
      return new Response(body, { status, headers })
    })
    const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' })
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo // a TCP server
    return { url: `http://127.0.0.1:${port}/events`, close: () => closeOf(server) }
  },
  node: (signals) =>
    listen(async (req, res) => {
      const { method, headers } = req
      const answer = await signals.receive({ method, headers, body: req })
      res.writeHead(answer.status, answer.headers).end(answer.body)
    }),
}

describe.each(Object.entries(servers))('on %s', (_, start) => {
  let stage: Stage
  let server: Listening
  beforeEach(async () => {
    stage = await createStage({ authorization: SECRET, streamId: 'stream-1' })
    server = await start(stage.signals)
  })
  afterEach(async () => {
    await server.close()
    await stage.issuer.close()
  })

  it('takes an event, and answers 202 without a body', async () => {
    const set = await stage.issuer.securityEvent()
    const response = await stage.issuer.pushEvent(server.url, set, { authorization: SECRET })
    expect([response.status, await response.text(), response.headers.get('cache-control')]).toEqual([
      202,
      '',
      'no-store',
    ])
    expect(stage.epochs.calls).toHaveLength(1)
  })
  it('refuses in the words of RFC 8935', async () => {
    const set = await stage.issuer.securityEvent({ claims: { aud: 'https://other.example.com' } })
    const response = await stage.issuer.pushEvent(server.url, set, { authorization: SECRET })
    expect(response.status).toBe(400)
    expect(response.headers.get('content-type')).toContain('application/json')
    expect(response.headers.get('content-language')).toBe('en')
    expect(await response.json()).toEqual({ err: 'invalid_audience', description: 'another audience' })
  })
  it('refuses whoever is not the transmitter', async () => {
    const set = await stage.issuer.securityEvent()
    for (const authorization of [undefined, '', 'Bearer', 'Bearer of-the-strean', `${SECRET}x`, SECRET.toLowerCase()]) {
      const response = await stage.issuer.pushEvent(
        server.url,
        set,
        authorization === undefined ? {} : { authorization },
      )
      expect(await response.json()).toMatchObject({ err: 'authentication_failed' })
    }
    expect(stage.epochs.calls).toEqual([])
    expect(stage.told).toHaveLength(6)
  })
  it('refuses a body of a megabyte', async () => {
    const response = await stage.issuer.pushEvent(server.url, 'x'.repeat(1024 * 1024), { authorization: SECRET })
    expect(response.status).toBe(400)
  })
  it('refuses a megabyte in chunks, and still answers', async () => {
    const headers = { 'content-type': 'application/secevent+jwt', authorization: SECRET }
    const sent = httpRequest(server.url, { method: 'POST', headers })
    const answered = once(sent, 'response')
    sent.on('error', () => undefined)
    for (let chunk = 0; chunk < 16; chunk++) sent.write('x'.repeat(8192))
    const [response] = (await answered) as [{ statusCode: number }]
    expect(response.statusCode).toBe(400)
    sent.destroy()
  })
  it('proves that the stream works', async () => {
    stage.issuer.deliverTo(server.url, { authorization: SECRET })
    await stage.signals.verify()
    await eventually('told', async () => stage.events.length > 0)
    expect(stage.events.map((each) => each.transition)).toEqual(['verified'])
  })
})

describe('in process', () => {
  let stage: Stage
  beforeEach(async () => {
    stage = await createStage({ streamId: 'stream-1' })
  })
  afterEach(() => stage.issuer.close())

  it.each(['application/json', 'application/jwt', 'text/plain', '', 'application/secevent+jwtx'])(
    'refuses the type %s',
    async (type) => {
      expect(textOf(await stage.push(await stage.issuer.securityEvent(), { 'content-type': type }))).toBe(
        '400 invalid_request',
      )
    },
  )
  it('takes the type with parameters, and in capitals', async () => {
    const type = 'Application/SecEvent+JWT; charset=utf-8'
    expect(textOf(await stage.push(await stage.issuer.securityEvent(), { 'content-type': type }))).toBe('202')
  })
  it.each([undefined, null, 5, {}, [], { sub_id: 1 }, new Uint8Array([255, 254])])(
    'refuses the body %j',
    async (body) => {
      const headers = { 'content-type': 'application/secevent+jwt' }
      expect(textOf(await stage.signals.receive({ method: 'POST', headers, body }))).toBe('400 invalid_request')
    },
  )
  it('takes bytes, and a web request', async () => {
    const headers = { 'content-type': 'application/secevent+jwt' }
    const bytes = new TextEncoder().encode(await stage.issuer.securityEvent())
    expect(textOf(await stage.signals.receive({ method: 'POST', headers, body: bytes }))).toBe('202')
    const body = await stage.issuer.securityEvent()
    expect(textOf(await stage.signals.receive(new Request('http://x/', { method: 'POST', headers, body })))).toBe('202')
  })
  it('answers nothing but POST', async () => {
    const { status, headers } = await stage.signals.receive({ method: 'GET', headers: {} })
    expect([status, headers['allow']]).toEqual([405, 'POST'])
  })
  it('does not say that an event is bad when it cannot know', async () => {
    stage.issuer.fail('keys', { status: 500 })
    expect(await stage.send()).toBe('503')
    expect(stage.signals.state()).toBe('down')
    stage.issuer.fail('keys', undefined)
    expect(await stage.send()).toBe('202')
    expect(stage.told).toEqual(['down: keys: status 500', 'up'])
    expect(stage.epochs.calls).toHaveLength(1)
  })
  it('does not ask for keys as often as anybody likes while they cannot be had', async () => {
    stage.issuer.fail('keys', { status: 500 })
    const set = await stage.issuer.securityEvent()
    for (let sent = 0; sent < 200; sent++) expect((await stage.push(set)).status).toBe(503)
    expect(stage.issuer.count('keys')).toBeLessThan(30)
    stage.issuer.fail('keys', undefined)
    await eventually('keys are asked for again', async () => (await stage.send()) === '202')
  })
  it.each(['reset', 'redirect-loop', { body: 'x'.repeat(600 * 1024) }, { body: '<html>' }] as const)(
    'keeps its head when documents are %j',
    async (fault) => {
      for (const what of ['transmitter', 'keys'] as const) {
        stage.issuer.fail(what, fault)
        expect(await stage.send()).toBe('503')
        stage.issuer.fail(what, undefined)
      }
      expect(await stage.send()).toBe('202')
    },
  )
  it('takes no document of another issuer, and no keys from this machine for another', async () => {
    stage.issuer.fail('transmitter', { change: { issuer: 'https://other.example.com/' } })
    expect(await stage.send()).toBe('503')
    stage.issuer.fail('transmitter', { change: { jwks_uri: 'http://other.example.com/keys' } })
    expect(await stage.send()).toBe('503')
  })
  it('follows no redirect to the keys of somebody else', async () => {
    const other = await startTestIssuer({ audience: AUDIENCE, now: stage.now })
    stage.issuer.fail('keys', { status: 302, headers: { location: other.jwksUri } })
    expect(await stage.send({ key: other.signingKey })).toBe('503')
    expect(other.count('keys')).toBe(0)
    await other.close()
  })
  it('is led by no document into this machine', async () => {
    const issuer = await createTestIssuer({ audience: AUDIENCE })
    const asked: string[] = []
    const own = sharedSignals({
      issuer: issuer.issuer,
      audience: AUDIENCE,
      revocations: { revoke: () => undefined },
      fetch: (input, init) => {
        asked.push(new Request(input).url)
        return issuer.fetch(input, init)
      },
    })
    for (const jwks_uri of ['http://127.0.0.1:1/keys', 'http://other.example.com/keys', 'file:///keys', 5]) {
      issuer.fail('transmitter', { change: { jwks_uri } })
      const headers = { 'content-type': 'application/secevent+jwt' }
      const { status } = await own.receive({ method: 'POST', headers, body: await issuer.securityEvent() })
      expect(status).toBe(503)
    }
    expect(new Set(asked)).toEqual(new Set([issuer.urlOf('transmitter')]))
  })
  it('ends a wait for keys that never come', async () => {
    const issuer = await startTestIssuer({ audience: AUDIENCE })
    const own = sharedSignals({
      issuer: issuer.issuer,
      audience: AUDIENCE,
      jwksUri: issuer.jwksUri,
      revocations: { revoke: () => undefined },
    })
    issuer.fail('keys', 'trickle')
    const headers = { 'content-type': 'application/secevent+jwt' }
    const body = await issuer.securityEvent()
    const answers = await Promise.all(Array.from({ length: 65 }, () => own.receive({ method: 'POST', headers, body })))
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 65 }, () => 503))
    // One fetch for all, and one more than so many at once is told to come again.
    expect(issuer.count('keys')).toBe(1)
    expect(answers.map((each) => each.headers['retry-after']).filter((each) => each === '1')).toHaveLength(1)
    await issuer.close()
  })
  it('a verification that does not come is told', async () => {
    await expect(stage.signals.verify({ timeout: 0.1 })).rejects.toThrow('did not come within 0.1 s')
    stage.issuer.fail('verification', { status: 401 })
    await expect(stage.signals.verify()).rejects.toThrow('status 401')
    stage.issuer.fail('transmitter', 'reset')
    await expect(stage.signals.verify()).rejects.toThrow('no connection')
  })
  it('a function may judge who pushes', async () => {
    const own = await createStage({ authorization: async (header) => header === 'x' })
    const set = await own.issuer.securityEvent()
    expect(textOf(await own.push(set))).toBe('400 authentication_failed')
    expect(textOf(await own.push(set, { authorization: 'x' }))).toBe('202')
    await own.issuer.close()
    const faulty = await createStage({
      authorization: () => {
        throw new Error('down')
      },
    })
    expect(textOf(await faulty.push(set))).toBe('503')
    await faulty.issuer.close()
  })
})

describe('options', () => {
  const good = { issuer: 'https://login.example.com/', audience: 'a', revocations: { revoke: () => undefined } }
  it.each([
    [{ issuer: 'http://login.example.com/' }, 'issuer'],
    [{ issuer: 'https://user:secret-1@login.example.com/' }, 'issuer'],
    [{ audience: [] }, 'audience'],
    [{ audience: '' }, 'audience'],
    [{ revocations: {} }, 'revocations'],
    [{ jwksUri: 'http://x.example.com/' }, 'jwksUri'],
    [{ issuers: [] }, 'issuers'],
    [{ algorithms: ['none'] }, 'algorithms'],
    [{ algorithms: ['HS256'] }, 'algorithms'],
    [{ maxAge: Infinity }, 'maxAge'],
    [{ clockTolerance: -1 }, 'clockTolerance'],
    [{ authorization: '' }, 'authorization'],
    [{ poll: { url: 'ftp://x/' } }, 'poll.url'],
    [{ poll: { url: 'https://x/', interval: 0 } }, 'poll.interval'],
    [{ poll: { url: 'https://x/', maxEvents: 1.5 } }, 'poll.maxEvents'],
    [{ maxage: 1 }, 'unknown option'],
  ])('%j', (option, name) => {
    // as: what is wrong has the wrong type too
    const wrong = { ...good, ...option } as unknown as Parameters<typeof sharedSignals>[0]
    expect(() => sharedSignals(wrong)).toThrow(`sharedSignals: ${name}: want`)
    expect(() => sharedSignals(wrong)).not.toThrow('secret-1')
  })
})
