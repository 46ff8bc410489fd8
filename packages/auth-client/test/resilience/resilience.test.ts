import { createServer } from 'node:net'
import { inspect } from 'node:util'

import type { ListeningTestIssuer, TestFault } from '@acme/auth-testing'
import { afterEach, describe, expect, it, vi } from 'vitest'

import { CALLBACK, clientOf, failureOf, issuerOf, SECRET } from '../support/client.js'

afterEach(() => void vi.useRealTimers())

const html = '<!doctype html><title>Bad gateway</title>'
const good = { access_token: 'x', token_type: 'Bearer', expires_in: 60 }

function json(change: object): TestFault {
  return { body: JSON.stringify({ ...good, ...change }) }
}

describe('an answer of the token endpoint', () => {
  it.each<[string, TestFault]>([
    ['without token_type', json({ token_type: undefined })],
    ['with another token_type', json({ token_type: 'MAC' })],
    ['without access_token', json({ access_token: undefined })],
    ['with a number for a token', json({ access_token: 1 })],
    ['with a line break in the token', json({ access_token: 'a\r\nx-evil: 1' })],
    ['with a lifetime that is none', json({ expires_in: 'soon' })],
    ['with a negative lifetime', json({ expires_in: -1 })],
    ['with an object for a scope', json({ scope: {} })],
    ['that is HTML', { body: html, contentType: 'text/html' }],
    ['that is HTML and says it is JSON', { body: html }],
    ['that is a list', { body: '[]' }],
    ['that is cut off', { body: '{"access_token":"x","tok' }],
    ['that is empty', { body: '' }],
    ['of 10 MB', { body: ' '.repeat(10_000_000) }],
    ['a byte above 64 KiB', { body: JSON.stringify(good).padEnd(64 * 1024 + 1) }],
    ['that is a redirect', { status: 302, headers: { location: 'http://127.0.0.1:9/' } }],
    ['that keeps the method on a redirect', { status: 307, headers: { location: 'http://127.0.0.1:9/' } }],
    ['that is a 204', { status: 204 }],
    ['that is a 404 without a body', { status: 404 }],
  ])('%s cannot be used, and is not asked for again', async (_, fault) => {
    const issuer = await issuerOf()
    issuer.fail('token', fault)
    const client = clientOf(issuer)
    const error = await failureOf(client.clientCredentials().getAccessToken())
    expect(error).toMatchObject({ reason: 'answer_invalid', code: 'VAL_2002' })
    expect(issuer.count('token')).toBe(1)
    expect(client.circuit).toBe('closed')
    expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/evil|Bad gateway/)
  })

  it('of 64 KiB is taken', async () => {
    const issuer = await issuerOf()
    issuer.fail('token', { body: JSON.stringify(good).padEnd(64 * 1024) })
    expect(await clientOf(issuer).clientCredentials().getAccessToken()).toMatchObject({ value: 'x' })
  })
})

describe('what may be repeated', () => {
  it.each<[string, TestFault]>([
    ['a reset', 'reset'],
    ['an answer that is lost', 'answer-lost'],
    ['a 500', { status: 500 }],
    ['a 503', { status: 503, headers: { 'retry-after': '0' } }],
    ['a 429', { status: 429 }],
    ['a 429 with a Retry-After of the past', { status: 429, headers: { 'retry-after': new Date(0).toUTCString() } }],
    ['a 429 with a Retry-After that is garbage', { status: 429, headers: { 'retry-after': '-5 soon' } }],
  ])('is, after %s', async (_, fault) => {
    const issuer = await issuerOf()
    issuer.fail('token', fault, { times: 2 })
    expect(await clientOf(issuer).clientCredentials().getAccessToken()).toMatchObject({ type: 'Bearer' })
    expect(issuer.count('token')).toBe(3)
  })

  it('is after one that stalls, when there is time', async () => {
    const issuer = await issuerOf()
    issuer.fail('token', 'stall', { times: 1 })
    const token = await clientOf(issuer, { attemptTimeout: 0.2 }).clientCredentials().getAccessToken()
    expect(token).toMatchObject({ type: 'Bearer' })
  })

  it('is not for longer than it is worth', async () => {
    const issuer = await issuerOf()
    issuer.fail('token', { status: 503 })
    const error = await failureOf(clientOf(issuer).clientCredentials().getAccessToken())
    expect(error).toMatchObject({ reason: 'server', code: 'SRV_5001', httpStatus: 503 })
    expect(issuer.count('token')).toBe(3)
  })

  it.each([
    ['a year', 'rate_limited', 31_536_000],
    ['a date in an hour', 'rate_limited', expect.closeTo(3600, -1)],
  ])('is not when Retry-After is %s: that is told', async (what, reason, retryAfter) => {
    const issuer = await issuerOf()
    const value = what === 'a year' ? '31536000' : new Date(Date.now() + 3_600_000).toUTCString()
    issuer.fail('token', { status: 429, headers: { 'retry-after': value } })
    const error = await failureOf(clientOf(issuer).clientCredentials().getAccessToken())
    expect(error).toMatchObject({ reason, retryAfter, httpStatus: 429 })
    expect(issuer.count('token')).toBe(1)
  })
})

describe('one deadline', () => {
  it.each<TestFault>(['stall', 'trickle', { delay: 60_000 }])('ends %j, the body included', async (fault) => {
    const issuer = await issuerOf()
    issuer.fail('token', fault)
    const client = clientOf(issuer, { timeout: 0.3 })
    expect(await failureOf(client.clientCredentials().getAccessToken())).toMatchObject({ code: 'NET_3002' })
    expect(issuer.count('token')).toBe(1)
  })

  it('is for the metadata and the tokens together', async () => {
    const issuer = await issuerOf()
    issuer.fail('metadata', { delay: 400 })
    issuer.fail('token', { delay: 400 })
    const client = clientOf(issuer, { timeout: 0.6 })
    expect((await failureOf(client.exchangeToken({ subjectToken: 'x' }))).reason).toBe('timeout')
  })

  it('ends for a caller who gives up, with the caller’s own reason', async () => {
    const issuer = await issuerOf()
    issuer.fail('token', 'stall')
    const client = clientOf(issuer)
    const caller = new AbortController()
    const call = client.exchangeToken({ subjectToken: 'abc', signal: caller.signal })
    await vi.waitFor(() => expect(issuer.count('token')).toBe(1))
    caller.abort(new Error('changed my mind'))
    await expect(call).rejects.toThrow('changed my mind')
    expect(client.circuit).toBe('closed')
  })
})

describe('a code, and a refresh token', () => {
  async function callbackOf(issuer: ListeningTestIssuer, fault: TestFault): Promise<string> {
    const client = clientOf(issuer)
    const { url, stored } = await client.authorizationRequest({ redirectUri: CALLBACK })
    const callback = await issuer.authorize(url)
    issuer.fail('token', fault, { times: 1 })
    return (await failureOf(client.handleCallback(callback.href, stored))).reason
  }

  it.each<[TestFault, string]>([
    ['reset', 'network'],
    ['answer-lost', 'network'],
    [{ status: 500 }, 'server'],
    [{ status: 429 }, 'rate_limited'],
  ])('are not sent twice after %j', async (fault, reason) => {
    const issuer = await issuerOf()
    expect(await callbackOf(issuer, fault)).toBe(reason)
    expect(issuer.count('token')).toBe(1)
  })

  it('are sent again when nobody took the connection', async () => {
    const issuer = await issuerOf()
    let refused = 0
    const flaky: typeof fetch = async (url, init) => {
      if (init?.method !== 'POST' || refused > 0) return fetch(url, init)
      refused += 1
      // A port that was just closed.
      return fetch(`http://127.0.0.1:${await closedPort()}/`, init)
    }
    issuer.fail('metadata', { change: { pushed_authorization_request_endpoint: undefined } })
    const client = clientOf(issuer, { fetch: flaky })
    const { url, stored } = await client.authorizationRequest({ redirectUri: CALLBACK })
    const tokens = await client.handleCallback((await issuer.authorize(url)).href, stored)
    expect([tokens.accessToken.type, refused, issuer.count('token')]).toEqual(['Bearer', 1, 1])
  })
})

describe('the circuit', () => {
  it('opens after five failures, lets one probe through after 30 s, and closes', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const issuer = await issuerOf()
    const client = clientOf(issuer, { retries: 0 })
    const get = (): Promise<unknown> => client.clientCredentials().getAccessToken()
    issuer.fail('token', 'reset')
    for (let failures = 0; failures < 5; failures += 1) expect((await failureOf(get())).reason).toBe('network')
    expect(client.circuit).toBe('open')
    expect(await failureOf(get())).toMatchObject({ code: 'SRV_5002', retryAfter: 30 })
    expect(issuer.count('token')).toBe(5)

    vi.setSystemTime(Date.now() + 30_001)
    expect((await failureOf(get())).reason).toBe('network')
    expect([client.circuit, issuer.count('token')]).toEqual(['open', 6])
    expect((await failureOf(get())).reason).toBe('circuit_open')

    issuer.fail('token', undefined)
    vi.setSystemTime(Date.now() + 30_001)
    await get()
    expect(client.circuit).toBe('closed')
    const told = client.events
      .filter(({ type }) => type === 'circuit')
      .map((event) => 'circuit' in event && event.circuit)
    expect(told).toEqual(['open', 'half-open', 'open', 'half-open', 'closed'])
  })

  it('does not count refusals, which end a row of failures', async () => {
    const issuer = await issuerOf()
    const client = clientOf(issuer, { retries: 0 })
    for (let turn = 0; turn < 3; turn += 1) {
      for (const fault of ['reset', 'reset', { status: 400 }, { status: 401 }] satisfies TestFault[]) {
        issuer.fail('token', fault, { times: 1 })
        await failureOf(client.clientCredentials().getAccessToken())
      }
    }
    expect(client.circuit).toBe('closed')
  })

  it('lets a burst through as one probe', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const issuer = await issuerOf()
    const client = clientOf(issuer, { retries: 0 })
    const burst = (): Promise<unknown>[] =>
      Array.from({ length: 8 }, (_, index) => failureOf(client.exchangeToken({ subjectToken: `t${index}` })))
    issuer.fail('token', 'reset')
    for (let failures = 0; failures < 5; failures += 1) await failureOf(client.exchangeToken({ subjectToken: 'x' }))
    vi.setSystemTime(Date.now() + 30_001)
    await Promise.all(burst())
    expect(issuer.count('token')).toBe(6)
  })
})

describe('the circuit of an issuer that stalls', () => {
  it('opens, also when the whole time is over before that of one try', async () => {
    const issuer = await issuerOf()
    const client = clientOf(issuer, { retries: 0, timeout: 0.2 })
    await client.clientCredentials().getAccessToken()
    issuer.fail('token', 'stall')
    for (let failures = 0; failures < 5; failures += 1) {
      expect((await failureOf(client.exchangeToken({ subjectToken: 'x' }))).reason).toBe('timeout')
    }
    await vi.waitFor(() => expect(client.circuit).toBe('open'))
  })
})

describe('a clock that was set back', () => {
  it('does not keep the circuit open until it has caught up', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const issuer = await issuerOf()
    const client = clientOf(issuer, { retries: 0 })
    issuer.fail('token', 'reset')
    for (let failures = 0; failures < 5; failures += 1) await failureOf(client.exchangeToken({ subjectToken: 'x' }))
    expect(client.circuit).toBe('open')
    issuer.fail('token', undefined)
    vi.setSystemTime(Date.now() - 86_400_000)
    expect(await client.clientCredentials().getAccessToken()).toMatchObject({ type: 'Bearer' })
    expect([client.circuit, client.events.at(-1)?.type]).toEqual(['closed', 'granted'])
  })
})

describe('an observer', () => {
  it('that fails later is no end of the process', async () => {
    const unhandled: unknown[] = []
    const listen = (reason: unknown): void => void unhandled.push(reason)
    process.on('unhandledRejection', listen)
    const client = clientOf(await issuerOf(), { onEvent: () => Promise.reject(new Error('the log is full')) as never })
    await client.clientCredentials().getAccessToken()
    await new Promise((resolve) => setImmediate(resolve))
    process.off('unhandledRejection', listen)
    expect(unhandled).toEqual([])
  })
})

describe('no output of a failure', () => {
  it('has a secret', async () => {
    const issuer = await issuerOf()
    const subjectToken = 'eyJ-the-subject-token'
    const outputs: string[] = []
    const client = clientOf(issuer, { retries: 0, onEvent: (event) => void outputs.push(inspect(event, { depth: 9 })) })
    const faults: TestFault[] = [
      'reset',
      { status: 500, body: SECRET },
      { status: 400, body: JSON.stringify({ error: subjectToken, error_description: SECRET }) },
      { status: 401, headers: { 'www-authenticate': `Basic realm="${SECRET}"` } },
      { body: JSON.stringify({ access_token: 'eyJ-the-new-token', token_type: SECRET }) },
    ]
    for (const fault of faults) {
      issuer.fail('token', fault)
      const error = await failureOf(client.exchangeToken({ subjectToken }))
      outputs.push(inspect(error, { depth: 9, showHidden: true }), JSON.stringify(error), `${error.stack}`)
    }
    expect(outputs.length).toBeGreaterThan(15)
    for (const secret of [SECRET, subjectToken, 'eyJ-the-new-token', btoa(`app:${SECRET}`)]) {
      expect(outputs.filter((output) => output.includes(secret))).toEqual([])
    }
  })

  it('has a secret of the client itself when it is printed', async () => {
    const client = clientOf(await issuerOf(), { dpop: 'generate' })
    await client.clientCredentials().getAccessToken()
    expect(inspect(client, { depth: 9, showHidden: true })).not.toContain(SECRET)
    expect(JSON.stringify(client)).not.toContain(SECRET)
  })
})

async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 1
}
