import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import { eventually } from '@acme/tests-servers'
import { createTestKey } from '@acme/auth-testing'
import type { ListeningTestIssuer } from '@acme/auth-testing'
import { afterEach, describe, expect, it } from 'vitest'

import type { PollOptions, SharedSignalsOptions } from '../src/index.js'
import { createStage } from './support.js'
import type { Stage } from './support.js'

let stage: Stage
afterEach(async () => {
  await stage.signals.stop()
  await stage.issuer.close()
})

async function poll(options: Partial<PollOptions> = {}, further: Partial<SharedSignalsOptions> = {}): Promise<void> {
  const at = (issuer: ListeningTestIssuer): PollOptions => ({ url: issuer.urlOf('poll'), interval: 0.05, ...options })
  stage = await createStage((issuer) => ({
    poll: at(issuer),
    streamId: 'stream-1',
    token: () => 'token-1',
    ...further,
  }))
}

const answered = (count: number) => async (): Promise<boolean> => stage.issuer.answeredEvents.length >= count

it('carries events out, and acknowledges them', async () => {
  await poll({ maxEvents: 2 })
  for (const sub of ['a', 'b', 'c']) {
    stage.issuer.queueEvent(await stage.issuer.securityEvent({ subject: { format: 'opaque', id: sub } }))
  }
  stage.signals.start()
  stage.signals.start()
  await eventually('acknowledged', answered(3))
  expect(stage.epochs.calls.map(({ subject }) => subject)).toEqual(['a', 'b', 'c'])
  expect(stage.issuer.answeredEvents.map(({ error }) => error)).toEqual([undefined, undefined, undefined])
})

it('says what is wrong with an event, and goes on', async () => {
  await poll()
  const { issuer } = stage
  issuer.queueEvent(await issuer.securityEvent({ claims: { aud: 'other', jti: '__proto__' } }))
  issuer.queueEvent('no event')
  issuer.queueEvent(await issuer.securityEvent({ signature: 'flipped', claims: { jti: 'flipped' } }))
  issuer.queueEvent(await issuer.securityEvent({ claims: { jti: 'good' } }))
  stage.signals.start()
  await eventually('answered', answered(4))
  expect(Object.fromEntries(issuer.answeredEvents.map(({ jti, error }) => [`jti ${jti}`, error]))).toEqual({
    'jti __proto__': 'invalid_audience',
    'jti event-1': 'invalid_request',
    'jti flipped': 'invalid_key',
    'jti good': undefined,
  })
  expect(stage.epochs.calls).toHaveLength(1)
})

it('acknowledges one that comes again, and proves the stream', async () => {
  await poll()
  const set = await stage.issuer.securityEvent()
  stage.issuer.queueEvent(set)
  stage.signals.start()
  await eventually('acknowledged', answered(1))
  stage.issuer.queueEvent(set)
  await eventually('acknowledged again', answered(2))
  expect(stage.epochs.calls).toHaveLength(1)
  await stage.signals.verify()
})

it('does not acknowledge what could not be carried out, nor hold up what follows', async () => {
  const calls: unknown[] = []
  let fails = true
  const revoke = (tokens: { subject?: string | undefined }): void => {
    if (fails && tokens.subject === 'a') throw new Error('down')
    calls.push(tokens.subject)
  }
  await poll({}, { revocations: { revoke } })
  for (const id of ['a', 'b']) {
    stage.issuer.queueEvent(
      await stage.issuer.securityEvent({ subject: { format: 'opaque', id }, claims: { jti: `event-${id}` } }),
    )
  }
  stage.signals.start()
  await eventually('b is acknowledged', answered(1))
  expect(stage.signals.state()).toBe('down')
  expect(stage.issuer.answeredEvents).toEqual([{ jti: 'event-b', error: undefined }])
  fails = false
  await eventually('a is acknowledged', answered(2))
  expect(calls).toEqual(['b', 'a'])
  expect(stage.signals.state()).toBe('up')
})

it('is not held up by an event that is signed by a key which cannot be used', async () => {
  await poll()
  const weak = await createTestKey('RS256', { modulusLength: 1024 })
  const keys = [weak.publicJwk, stage.issuer.signingKey.publicJwk]
  stage.issuer.fail('keys', { body: JSON.stringify({ keys }) })
  stage.issuer.queueEvent(await stage.issuer.securityEvent({ key: weak, claims: { jti: 'event-a' } }))
  stage.issuer.queueEvent(await stage.issuer.securityEvent({ claims: { jti: 'event-b' } }))
  stage.signals.start()
  await eventually('b is acknowledged', answered(1))
  expect(stage.issuer.answeredEvents).toEqual([{ jti: 'event-b', error: undefined }])
})

describe('a transmitter that', () => {
  it.each([
    ['fails', { status: 500 }, 'status 500'],
    ['refuses', { status: 401 }, 'status 401'],
    ['resets', 'reset', 'no connection'],
    ['redirects', 'redirect-loop', 'a redirect, not followed'],
    ['never ends', 'trickle', 'no answer within 0.2 s'],
    ['hangs', 'stall', 'no answer within 0.2 s'],
    ['floods', { body: 'x'.repeat(9 * 1024 * 1024) }, 'an answer of more than 8388608 bytes'],
    ['talks nonsense', { body: '<html>' }, 'an answer that is no object with sets'],
    ['sends a list', { body: '{"sets":[]}' }, 'an answer that is no object with sets'],
    ['sends numbers', { body: '{"sets":{"a":5}}' }, 'an event that is no text, or without an identifier'],
  ] as const)('%s is left alone for a while', async (_, fault, why) => {
    await poll({ timeout: 0.2 + (why.startsWith('no answer') ? 0 : 5) })
    stage.issuer.fail('poll', fault, { times: 1 })
    stage.signals.start()
    await eventually('down', async () => stage.told.length === 1)
    expect(stage.told[0]).toContain(`down: poll: ${why}`)
    expect(stage.issuer.count('poll')).toBe(1)
    await eventually('up', async () => stage.signals.state() === 'up')
    expect(stage.issuer.count('poll')).toBe(2)
  })
})

it('sends acknowledgements again that may not have arrived', async () => {
  await poll()
  stage.issuer.queueEvent(await stage.issuer.securityEvent())
  stage.signals.start()
  await eventually('taken', async () => stage.epochs.calls.length === 1)
  stage.issuer.fail('poll', { status: 503 }, { times: 1 })
  await eventually('acknowledged', answered(1))
  expect(stage.epochs.calls).toHaveLength(1)
})

it('asks as RFC 8936 has it, and tells nobody the token', async () => {
  const asked: { headers: unknown; body: unknown }[] = []
  const server = createServer((req, res) => {
    void req.toArray().then((chunks: Buffer[]) => {
      const { authorization, accept, 'content-type': type } = req.headers
      asked.push({ headers: { authorization, accept, type }, body: JSON.parse(Buffer.concat(chunks).toString()) })
      res.writeHead(403).end()
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // a TCP server
  await poll({ url: `http://127.0.0.1:${port}/`, longPolling: true, maxEvents: 7 })
  stage.signals.start()
  await eventually('down', async () => stage.told.length === 1)
  expect(asked).toEqual([
    {
      headers: { authorization: 'Bearer token-1', accept: 'application/json', type: 'application/json' },
      body: { maxEvents: 7, returnImmediately: false, ack: [], setErrs: {} },
    },
  ])
  expect(JSON.stringify(stage.told)).not.toContain('token-1')
  await stage.signals.stop()
  server.closeAllConnections()
  server.close()
})

it('stops at once, whatever it waits for, and starts again', async () => {
  await poll({ timeout: 600, interval: 3600 })
  stage.issuer.fail('poll', 'stall', { times: 1 })
  stage.signals.start()
  await eventually('asked', async () => stage.issuer.count('poll') === 1)
  await stage.signals.stop()
  stage.signals.start()
  await eventually('asked again', async () => stage.issuer.count('poll') === 2)
  await stage.signals.stop()
})

it('is down when there is no token, and needs options', async () => {
  await poll({}, { token: () => Promise.reject(new Error('secret-1')) })
  stage.signals.start()
  await eventually('down', async () => stage.told.length === 1)
  expect(stage.told).toEqual(['down: poll: there is no token for the transmitter'])
  const other = await createStage()
  expect(() => other.signals.start()).toThrow('want the option poll')
  await expect(other.signals.verify()).rejects.toThrow('streamId')
  await other.issuer.close()
})
