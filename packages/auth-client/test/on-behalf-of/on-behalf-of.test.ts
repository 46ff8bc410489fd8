import { createAuth, getAuth } from '@acme/auth-express'
import { startTestIssuer } from '@acme/auth-testing'
import type { ListeningTestIssuer } from '@acme/auth-testing'
import express from 'express'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { createAuthClient, onBehalfOf } from '../../src/index.js'
import type { AuthClient, FetchEvent } from '../../src/index.js'
import { serve } from '../support.js'
import { FRONTS } from './front-apis.js'
import type { Work } from './front-apis.js'

const FRONT = 'https://shop.example.com'
const NEXT = 'https://orders.example.com'

/** The next service: takes bound tokens with nonces alone, and tells who comes. */
async function startNext(issuer: ListeningTestIssuer): Promise<string> {
  const { requireAuth } = createAuth({
    issuer: issuer.issuer,
    audience: NEXT,
    dpop: { mode: 'required', nonce: { secret: crypto.randomUUID() } },
    onEvent: () => undefined,
  })
  const app = express().get('/orders', requireAuth('read:orders'), (request, response) => {
    const { subject, scheme, scopes, actor, claims } = getAuth(request)
    response.json({ subject, scheme, scopes, actor: actor?.subject, aud: claims.aud })
  })
  return serve(app)
}

describe.each(FRONTS)('auth.onBehalfOf on %s', (_name, start) => {
  let issuer: ListeningTestIssuer
  let client: AuthClient
  beforeAll(async () => {
    issuer = await startTestIssuer({ audience: FRONT })
    const authentication = { secret: 'secret' }
    client = createAuthClient({ issuer: issuer.issuer, clientId: 'shop', authentication, dpop: 'generate' })
  })
  afterAll(() => issuer.close())

  const tokenOf = (sub: string, scope = 'read:orders write:orders'): Promise<string> =>
    issuer.accessToken({ scope, claims: { sub, aud: FRONT } })

  async function front(work: (next: string) => Work, events: FetchEvent[] = []) {
    const next = await startNext(issuer)
    const options = { services: { [NEXT]: [next] }, onEvent: (event: FetchEvent) => void events.push(event) }
    const auth = {
      issuer: issuer.issuer,
      audience: FRONT,
      onBehalfOf: onBehalfOf(client, options),
      onEvent: () => undefined,
    }
    const { url, close } = await start(auth, work(next))
    const call = async (token: string): Promise<{ status: number; body: unknown }> => {
      const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } })
      return { status: response.status, body: await response.json().catch(() => undefined) }
    }
    return { call, close }
  }

  it('calls the next service as the caller, with a token for that service, bound to a key of this one', async () => {
    const events: FetchEvent[] = []
    const { call, close } = await front(
      (next) => async (auth) => {
        const orders = auth.onBehalfOf({ audience: NEXT, scope: 'read:orders' })
        return (await (await orders(`${next}/orders`)).json()) as object // of the service above
      },
      events,
    )
    const seen = (subject: string): object => ({
      status: 200,
      body: { subject, scheme: 'DPoP', scopes: ['read:orders'], actor: 'shop', aud: NEXT },
    })
    expect(await call(await tokenOf('ada'))).toEqual(seen('ada'))
    expect(await call(await tokenOf('bob'))).toEqual(seen('bob'))
    // The nonce that the first call learnt is good for the second.
    expect(events.map(({ cause }) => cause)).toEqual(['nonce'])
    await close()
  })

  it('a token of one caller is kept for that one, and exchanged once', async () => {
    const { call, close } = await front((next) => async (auth) => {
      const orders = auth.onBehalfOf({ audience: NEXT, scope: 'read:orders' })
      return (await (await orders(`${next}/orders`)).json()) as object // of the service above
    })
    const [ada, bob] = [await tokenOf('ada-2'), await tokenOf('bob-2')]
    issuer.resetCounts()
    const answers = await Promise.all([ada, bob, ada, bob, ada].map(call))
    expect(answers.map(({ body }) => (body as { subject: string }).subject)).toEqual([
      'ada-2',
      'bob-2',
      'ada-2',
      'bob-2',
      'ada-2',
    ])
    expect(issuer.count('token')).toBe(2)
    await close()
  })

  it('narrows only: what the caller has not is refused, and the issuer is not asked', async () => {
    const reasons: unknown[] = []
    const { call, close } = await front(() => (auth) => {
      try {
        auth.onBehalfOf({ audience: NEXT, scope: 'delete:orders' })
      } catch (error) {
        reasons.push((error as { reason?: unknown }).reason) // an AuthError, as is seen below
        throw error
      }
      return Promise.resolve({})
    })
    issuer.resetCounts()
    const { status } = await call(await tokenOf('ada'))
    expect([reasons, issuer.count('token')]).toEqual([['scope_missing'], 0])
    expect(status).toBe(403)
    await close()
  })

  it('a service that is not listed is not called, nor an origin that is not its own', async () => {
    const refused: unknown[] = []
    const { call, close } = await front((next) => async (auth) => {
      const attempts: (() => Promise<unknown>)[] = [
        async () => auth.onBehalfOf({ audience: 'https://evil.example.com' })(`${next}/orders`),
        () => auth.onBehalfOf({ audience: NEXT })('http://127.0.0.1:1/orders'),
      ]
      for (const attempt of attempts) refused.push(await attempt().catch((error: { reason?: unknown }) => error.reason))
      return {}
    })
    expect((await call(await tokenOf('ada'))).status).toBe(200)
    expect(refused).toEqual(['options_invalid', 'origin_refused'])
    await close()
  })

  it('an issuer that refuses the exchange is an error of the handler', async () => {
    const reasons: unknown[] = []
    const { call, close } = await front((next) => async (auth) => {
      const orders = auth.onBehalfOf({ audience: NEXT, scope: 'read:orders' })
      reasons.push(await orders(`${next}/orders`).catch((error: { reason?: unknown }) => error.reason))
      return {}
    })
    issuer.fail('token', {
      status: 400,
      body: '{"error":"invalid_grant"}',
      headers: { 'content-type': 'application/json' },
    })
    await call(await tokenOf('carol'))
    issuer.fail('token', undefined)
    expect(reasons).toHaveLength(1)
    expect(reasons[0]).not.toBeUndefined()
    await close()
  })

  it.each([401, 400, 503])('an issuer that answers %i is no answer to the caller: 500', async (status) => {
    const { call, close } = await front((next) => async (auth) => {
      const orders = auth.onBehalfOf({ audience: NEXT, scope: 'read:orders' })
      return (await orders(`${next}/orders`)).json() as Promise<object>
    })
    const token = await tokenOf(`dave-${status}`)
    issuer.fail('token', {
      status,
      body: '{"error":"invalid_client"}',
      headers: { 'content-type': 'application/json' },
    })
    // A 401 would tell the caller that its own token is bad.
    expect((await call(token)).status).toBe(500)
    issuer.fail('token', undefined)
    await close()
  })
})

describe('an API of several issuers', () => {
  it('sends the token of a caller to the issuer that made it, and to no other', async () => {
    const [own, other] = await Promise.all([1, 2].map(() => startTestIssuer({ audience: FRONT })))
    if (own === undefined || other === undefined) throw new Error('two')
    const authentication = { secret: 'secret' }
    const client = createAuthClient({ issuer: own.issuer, clientId: 'shop', authentication })
    const call = onBehalfOf(client, { services: { [NEXT]: ['https://orders.example.com'] } })
    const reasons: unknown[] = []
    const { requireAuth } = createAuth({
      issuers: [{ issuer: own.issuer }, { issuer: other.issuer }],
      audience: FRONT,
      onBehalfOf: call,
      onEvent: () => undefined,
    })
    const url = await serve(
      express().get('/', requireAuth(), (request, response) => {
        try {
          getAuth(request)
            .onBehalfOf({ audience: NEXT })('https://orders.example.com/')
            .catch(() => undefined)
        } catch (error) {
          reasons.push((error as { reason?: unknown }).reason) // an AuthClientError, as is seen below
        }
        response.end()
      }),
    )
    const authorization = `Bearer ${await other.accessToken({ claims: { sub: 'ada', aud: FRONT } })}`
    expect((await fetch(url, { headers: { authorization } })).status).toBe(200)
    expect(reasons).toEqual(['options_invalid'])
    expect(own.tokenRequests).toEqual([])
    await Promise.all([own.close(), other.close()])
  })

  it.each([undefined, '', null, 'https://issuer.test'])('a caller of %j is none of the client', (issuer) => {
    const client = createAuthClient({ issuer: 'https://issuer.test/', clientId: 'a', authentication: 'none' })
    const call = onBehalfOf(client, { services: { [NEXT]: ['https://a.test'] } })
    expect(() => call({ token: 't', issuer: issuer as string }, { audience: NEXT, scopes: [] })).toThrow('issuer')
  })
})

describe('the option', () => {
  const client = createAuthClient({ issuer: 'https://issuer.test/', clientId: 'a', authentication: 'none' })

  it.each<[string, object]>([
    ['no services', { services: {} }],
    ['a service without origins', { services: { [NEXT]: [] } }],
    ['an origin with a path', { services: { [NEXT]: ['https://a.test/x'] } }],
    ['plain http', { services: { [NEXT]: ['http://a.test'] } }],
    ['a misspelt name', { services: { [NEXT]: ['https://a.test'] }, maxSend: 1 }],
  ])('%s is refused at once', (_, options) => {
    expect(() => onBehalfOf(client, options as Parameters<typeof onBehalfOf>[1])).toThrow(
      expect.objectContaining({ reason: 'options_invalid' }),
    )
  })
})
