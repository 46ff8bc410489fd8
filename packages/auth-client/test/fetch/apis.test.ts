import { startTestIssuer } from '@acme/auth-testing'
import type { ListeningTestIssuer } from '@acme/auth-testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { createFetch, generateDpopKeyPair } from '../../src/index.js'
import type { DpopKeyPair, FetchEvent, FetchOptions } from '../../src/index.js'
import { APIS } from '../apis.js'
import type { Api } from '../apis.js'
import { Tokens } from '../support.js'

// Our own resource servers, over sockets: what they ask for, and what the fetch makes of it.
describe.each(APIS)('%s', (_name, start) => {
  let issuer: ListeningTestIssuer
  let keyPair: DpopKeyPair
  const apis: Api[] = []
  beforeAll(async () => {
    issuer = await startTestIssuer()
    keyPair = await generateDpopKeyPair()
    const options = { issuer: issuer.issuer, audience: issuer.audience, onEvent: () => undefined }
    const secret = crypto.randomUUID()
    apis.push(
      await start(options),
      await start({ ...options, dpop: { mode: 'required', nonce: { secret } } }),
      await start({ ...options, dpop: { mode: 'required', nonce: { secret, mode: 'heal' } } }),
      await start({ ...options, dpop: { mode: 'disabled' } }),
    )
  })
  afterAll(async () => {
    await issuer.close()
    await Promise.all(apis.map((api) => api.close()))
  })

  function clientOf(kind: 'plain' | 'nonces' | 'heal' | 'bearer', options: Partial<FetchOptions> = {}) {
    const origin = apis[['plain', 'nonces', 'heal', 'bearer'].indexOf(kind)]?.origin ?? ''
    const events: FetchEvent[] = []
    const tokens = new Tokens(issuer, kind === 'bearer' ? undefined : keyPair)
    const call = createFetch(tokens, { origins: [origin], onEvent: (event) => events.push(event), ...options })
    return { origin, tokens, events, call, causes: () => events.map(({ cause }) => cause) }
  }

  it('a bound token with a proof for each request', async () => {
    const { call, origin, events } = clientOf('plain')
    for (let i = 0; i < 3; i++) expect((await call(`${origin}/messages?page=${i}#top`)).status).toBe(200)
    expect(events).toEqual([])
  })

  it('a Bearer token', async () => {
    const { call, origin, events } = clientOf('bearer')
    expect(await (await call(`${origin}/messages`)).text()).toBe('messages')
    expect(events).toEqual([])
  })

  it('a nonce is learnt once, and used from then on (RFC 9449 §9)', async () => {
    const { call, origin, events } = clientOf('nonces')
    for (let i = 0; i < 3; i++) expect((await call(`${origin}/messages`)).status).toBe(200)
    expect(events).toEqual([{ type: 'retry', cause: 'nonce', status: 401, origin, seconds: 0 }])
  })

  it('ten calls at once before a nonce is known', async () => {
    const { call, origin } = clientOf('nonces')
    const answers = await Promise.all(Array.from({ length: 10 }, () => call(`${origin}/messages`)))
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200))
  })

  it.each([3600, -3600, 40_000, -40_000])('a clock that is %i seconds off, without nonces', async (off) => {
    const { call, origin, causes } = clientOf('plain', { now: () => Date.now() / 1000 + off })
    for (let i = 0; i < 3; i++) expect((await call(`${origin}/messages`)).status).toBe(200)
    expect(causes()).toEqual(['clock'])
  })

  it.each([3600, -3600])('a clock that is %i seconds off, where a nonce is wanted', async (off) => {
    for (const kind of ['nonces', 'heal'] as const) {
      const { call, origin, causes } = clientOf(kind, { now: () => Date.now() / 1000 + off })
      for (let i = 0; i < 3; i++) expect((await call(`${origin}/messages`)).status).toBe(200)
      expect(causes()).toEqual(['nonce'])
    }
  })

  it.each<[string, () => BodyInit, string]>([
    ['text', () => 'hello', 'hello'],
    ['a Blob', () => new Blob(['hello']), 'hello'],
    ['bytes', () => new TextEncoder().encode('hello'), 'hello'],
  ])('a body of %s is sent again with the nonce', async (_, body, expected) => {
    const { call, origin, causes } = clientOf('nonces')
    const headers = { 'content-type': 'text/plain' }
    const response = await call(`${origin}/messages`, { method: 'POST', body: body(), headers })
    expect([response.ok, await response.text()]).toEqual([true, expected])
    expect(causes()).toEqual(['nonce'])
  })

  it('a body that can be sent once is sent once: the nonce is asked for before', async () => {
    const { call, origin, causes } = clientOf('nonces')
    const streamed = (): ReadableStream => new Blob(['streamed']).stream()
    const headers = { 'content-type': 'text/plain' }
    const init = { method: 'POST', headers, duplex: 'half' } as const
    const first = await call(`${origin}/messages`, { ...init, body: streamed() })
    expect([first.ok, await first.text()]).toEqual([true, 'streamed'])
    const second = await call(new Request(`${origin}/messages`, { ...init, body: streamed() }))
    expect([second.ok, await second.text()]).toEqual([true, 'streamed'])
    expect(causes()).toEqual(['nonce'])
  })

  it('more scopes: one login for the union, however many calls want it', async () => {
    const { call, origin, tokens, causes } = clientOf('nonces')
    const answers = await Promise.all(Array.from({ length: 5 }, () => call(`${origin}/admin`)))
    expect(await Promise.all(answers.map((answer) => answer.text()))).toEqual(Array(5).fill('admin'))
    expect(tokens.steps).toHaveLength(1)
    expect(tokens.steps[0]).toMatchObject({ cause: 'insufficient_scope', scopes: ['admin', 'read:messages'] })
    expect(causes()).toContain('insufficient_scope')
  })

  it('a stronger login (RFC 9470)', async () => {
    const { call, origin, tokens } = clientOf('plain')
    expect(await (await call(`${origin}/transfer`)).text()).toBe('transfer')
    expect(tokens.steps).toMatchObject([
      { cause: 'insufficient_user_authentication', acrValues: ['urn:example:mfa'], maxAge: 300 },
    ])
  })

  it('a token that is refused is asked for again, once for all', async () => {
    const { call, origin, tokens, causes } = clientOf('plain')
    const expired = await issuer.accessToken({ claims: { exp: 1 } })
    tokens.set({ ...(await tokens.getAccessToken()), value: expired })
    tokens.asked.length = 0
    const answers = await Promise.all(Array.from({ length: 10 }, () => call(`${origin}/messages`)))
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200))
    expect(tokens.asked.filter(({ refused }) => refused !== undefined)).toHaveLength(1)
    expect(new Set(causes())).toEqual(new Set(['refresh']))
  })

  it('a bound token is never sent as Bearer, whatever the API wants (RFC 9449 §7.2)', async () => {
    const { origin } = clientOf('bearer')
    const tokens = new Tokens(issuer, keyPair)
    const call = createFetch(tokens, { origins: [origin] })
    expect((await call(`${origin}/messages`)).status).toBe(400)
    const keyless = { ...(await tokens.getAccessToken()) }
    delete keyless.dpopKey
    tokens.set(keyless)
    await expect(call(`${origin}/messages`)).rejects.toMatchObject({ reason: 'key_unavailable' })
  })
})
