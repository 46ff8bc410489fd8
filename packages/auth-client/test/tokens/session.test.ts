import type { ListeningTestIssuer, ListeningTestIssuerOptions } from '@acme/auth-testing'
import { describe, expect, it, vi } from 'vitest'

import { createMemoryLock, createMemoryTokenStore } from '../../src/index.js'
import type { AuthClient, AuthClientOptions, ClientEvent, Session, TokenStore } from '../../src/index.js'
import { Clock, clientOf, failureOf, issuerOf, logIn } from '../support/client.js'

const INVALID_GRANT = {
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ error: 'invalid_grant' }),
}

interface Scene {
  readonly clock: Clock
  readonly issuer: ListeningTestIssuer
  readonly client: AuthClient & { readonly events: ClientEvent[] }
  readonly session: Session
}

async function scene(options: Partial<AuthClientOptions> = {}, own: ListeningTestIssuerOptions = {}): Promise<Scene> {
  const clock = new Clock()
  const issuer = await issuerOf({ now: clock.now, accessTokenLifetime: 300, ...own })
  const client = clientOf(issuer, { now: clock.now, fetch: clock.fetch, ...options })
  const session = client.session('s')
  await logIn(issuer, client, session)
  issuer.resetCounts()
  return { clock, issuer, client, session }
}

describe('a session', () => {
  it('hands out the token of the login while it is good', async () => {
    const { issuer, session, clock } = await scene()
    const first = await session.getAccessToken()
    clock.advance(200)
    expect(await session.getAccessToken()).toEqual(first)
    expect(issuer.count('token')).toBe(0)
    expect([await session.subject(), typeof (await session.idToken())]).toEqual(['user-1', 'string'])
  })

  it('renews ahead of the end, in the background', async () => {
    const { issuer, session, clock } = await scene()
    const first = await session.getAccessToken()
    clock.advance(250)
    expect(await session.getAccessToken()).toEqual(first)
    await vi.waitFor(async () => expect((await session.getAccessToken()).value).not.toBe(first.value))
    expect(issuer.count('token')).toBe(1)
  })

  it('waits for a token that is over: one request for a thousand callers', async () => {
    const { issuer, session, client, clock } = await scene()
    clock.advance(300)
    const calls = Array.from({ length: 1000 }, (_, index) =>
      (index % 2 === 0 ? session : client.session('s')).getAccessToken(),
    )
    expect(new Set((await Promise.all(calls)).map(({ value }) => value)).size).toBe(1)
    expect([issuer.count('token'), issuer.refreshTokenReuses]).toEqual([1, 0])
  })

  it('keeps its tokens bound to the key', async () => {
    const { session, clock } = await scene({ dpop: 'generate' })
    const first = await session.getAccessToken()
    clock.advance(300)
    const second = await session.getAccessToken()
    expect(second).toMatchObject({ type: 'DPoP', dpopKey: first.dpopKey })
    expect(second.value).not.toBe(first.value)
  })

  it('gets another token for one that was refused, once for all who say so', async () => {
    const { issuer, session } = await scene()
    const refused = await session.getAccessToken()
    const tokens = await Promise.all([1, 2, 3].map(() => session.getAccessToken({ refused })))
    expect(new Set(tokens.map(({ value }) => value)).size).toBe(1)
    expect(await session.getAccessToken({ refused })).toEqual(tokens[0])
    expect(issuer.count('token')).toBe(1)
  })

  it('renews when the clock was set back', async () => {
    const { issuer, session, clock } = await scene()
    clock.advance(-3600)
    await session.getAccessToken()
    expect(issuer.count('token')).toBe(1)
  })

  it('is not shared with another', async () => {
    const { client } = await scene()
    expect(await failureOf(client.session('t').getAccessToken())).toMatchObject({ code: 'AUTH_1003' })
    expect(() => client.session('')).toThrow('id')
  })

  it('is not that of another client, issuer or key in the same store', async () => {
    const store = createMemoryTokenStore()
    const { issuer, clock } = await scene({ store })
    for (const options of [{ clientId: 'other' }, { dpop: 'generate' }] as const) {
      const client = clientOf(issuer, { store, now: clock.now, fetch: clock.fetch, ...options })
      expect((await failureOf(client.session('s').getAccessToken())).reason).toBe('login_required')
    }
  })

  it('never hands out a token of one API for another', async () => {
    const { client, issuer } = await scene()
    // This issuer gives a refresh token for one API alone.
    const error = await failureOf(client.session('s', { audience: 'https://other.test/' }).getAccessToken())
    expect(error.reason).toBe('authorization_refused')
    const [one, two] = ['https://one.test/', 'https://two.test/'].map((audience) =>
      client.clientCredentials({ audience }),
    )
    expect((await one?.getAccessToken())?.value).not.toBe((await two?.getAccessToken())?.value)
    expect(issuer.tokenRequests.map(({ audience }) => audience)).toEqual([
      'https://other.test/',
      'https://one.test/',
      'https://two.test/',
    ])
  })

  it('can ask for scopes that were granted, and not for more', async () => {
    const { session, issuer } = await scene()
    const granted = await session.getAccessToken({ scopes: ['read:messages'] })
    expect(granted).toEqual(await session.getAccessToken())
    expect(granted.scopes).toContain('read:messages')
    expect((await failureOf(session.getAccessToken({ scopes: ['admin'] }))).reason).toBe('step_up_required')
    expect(issuer.count('token')).toBe(0)
  })

  it('steps up by a new login, once for all who want it', async () => {
    const { issuer, client } = await scene()
    const login = vi.fn<(scopes: readonly string[]) => void>()
    const session = client.session('s', {
      async onStepUp({ scopes }) {
        login(scopes)
        const redirectUri = 'http://127.0.0.1/callback'
        const { url, stored } = await client.authorizationRequest({ redirectUri, scopes })
        return client.handleCallback((await issuer.authorize(url)).href, stored)
      },
    })
    const token = await session.getAccessToken()
    const wanted = {
      cause: 'insufficient_scope',
      scopes: ['openid', 'admin'],
      acrValues: [],
      maxAge: undefined,
      token,
    } as const
    const [one, two] = await Promise.all([session.stepUp(wanted), session.stepUp(wanted)])
    expect(one).toEqual(two)
    expect(login).toHaveBeenCalledTimes(1)
    expect(await session.getAccessToken({ scopes: ['admin'] })).toEqual(one)
    await expect(client.session('s').stepUp(wanted)).rejects.toMatchObject({ code: 'AUTH_1004' })
  })

  it('takes no tokens of another user', async () => {
    const { issuer, session, clock } = await scene()
    const claims = { sub: 'eve', aud: 'app' }
    issuer.fail('token', { change: { id_token: await issuer.accessToken({ claims, header: { typ: 'JWT' } }) } })
    clock.advance(300)
    expect((await failureOf(session.getAccessToken())).reason).toBe('answer_invalid')
    expect(await session.subject()).toBe('user-1')
  })

  it('does not become that of another user who logs in for a step-up', async () => {
    const { issuer, client } = await scene()
    const session = client.session('s', {
      async onStepUp({ scopes }) {
        issuer.login({ subject: 'eve' })
        const { url, stored } = await client.authorizationRequest({ redirectUri: 'http://127.0.0.1/callback', scopes })
        return client.handleCallback((await issuer.authorize(url)).href, stored)
      },
    })
    const token = await session.getAccessToken()
    const wanted = { cause: 'insufficient_scope', scopes: ['openid'], acrValues: [], maxAge: undefined, token } as const
    expect((await failureOf(session.stepUp(wanted))).reason).toBe('authorization_refused')
    expect(await session.getAccessToken()).toEqual(token)
  })

  it('asks who logs in for a step-up, and takes nobody who is not named', async () => {
    const { issuer, client } = await scene()
    const asked: (readonly string[])[] = []
    let isNamed = true
    const session = client.session('s', {
      async onStepUp({ scopes }) {
        asked.push(scopes)
        issuer.login({ subject: isNamed ? 'user-1' : 'eve' })
        const redirectUri = 'http://127.0.0.1/callback'
        const own = isNamed ? scopes : scopes.filter((scope) => scope !== 'openid')
        const { url, stored } = await client.authorizationRequest({ redirectUri, scopes: own })
        return client.handleCallback((await issuer.authorize(url)).href, stored)
      },
    })
    const token = await session.getAccessToken()
    // Not every issuer has `openid` in the scope of its answer.
    const wanted = { cause: 'insufficient_scope', scopes: ['admin'], acrValues: [], maxAge: undefined, token } as const
    const stronger = await session.stepUp(wanted)
    expect([asked, await session.subject()]).toEqual([[['admin', 'openid']], 'user-1'])
    isNamed = false
    expect((await failureOf(session.stepUp(wanted))).reason).toBe('authorization_refused')
    expect([await session.getAccessToken(), await session.subject()]).toEqual([stronger, 'user-1'])
  })

  it('is not lost by outages: the refresh token stays', async () => {
    const { issuer, session, clock } = await scene()
    clock.advance(300)
    issuer.fail('token', 'reset', { times: 1 })
    expect((await failureOf(session.getAccessToken())).reason).toBe('network')
    expect(issuer.count('token')).toBe(1)
    await session.getAccessToken()
    expect(issuer.refreshTokenReuses).toBe(0)
  })

  it('does not ask again and again when the renewal in the background fails', async () => {
    const { issuer, session, clock, client } = await scene()
    clock.advance(250)
    issuer.fail('token', { status: 429 })
    await session.getAccessToken()
    await vi.waitFor(() => expect(client.events.some(({ type }) => type === 'failed')).toBe(true))
    await Promise.resolve()
    for (let calls = 0; calls < 20; calls += 1) await session.getAccessToken()
    expect(issuer.count('token')).toBe(1)
  })

  it('ends when the current refresh token is refused', async () => {
    const { issuer, session, clock, client } = await scene({}, { refreshTokenLifetime: 1000 })
    clock.advance(1001)
    const error = await failureOf(session.getAccessToken())
    expect(error).toMatchObject({ reason: 'login_required', code: 'AUTH_1003', httpStatus: 400 })
    expect(client.events.map(({ type }) => type)).toContain('session_ended')
    await failureOf(session.getAccessToken())
    expect(issuer.count('token')).toBe(1)
  })
})

describe('a logout', () => {
  it('with nothing to revoke asks nobody', async () => {
    const issuer = await issuerOf()
    const store = createMemoryTokenStore()
    const client = clientOf(issuer, { store })
    await logIn(issuer, client, client.session('s'), ['openid'])
    issuer.fail('all', 'reset')
    const restarted = clientOf(issuer, { store, retries: 0 }).session('s')
    expect(await restarted.subject()).toBe('user-1')
    await restarted.clear()
    await restarted.clear()
    expect(await restarted.subject()).toBeUndefined()
  })
})

describe('two processes', () => {
  async function two(store: TokenStore, lock = createMemoryLock()): Promise<Scene & { readonly other: Session }> {
    const first = await scene({ store, lock })
    const other = clientOf(first.issuer, { store, lock, now: first.clock.now, fetch: first.clock.fetch }).session('s')
    return { ...first, other }
  }

  it('renew once: the second takes over what the first got', async () => {
    const { session, other, issuer, clock } = await two(createMemoryTokenStore())
    clock.advance(300)
    const [one, two_] = await Promise.all([session.getAccessToken(), other.getAccessToken()])
    expect(one.value).toBe(two_.value)
    expect([issuer.count('token'), issuer.refreshTokenReuses]).toEqual([1, 0])
  })

  it('do not end the session for a refresh token that was replaced', async () => {
    const inner = createMemoryTokenStore()
    let [stale, staleReads]: [Awaited<ReturnType<TokenStore['get']>>, number] = [undefined, 0]
    let keepNext = true
    // What a process sees that was stopped between reading and sending: before the lock, and within.
    const store: TokenStore = {
      async get(key) {
        if (staleReads > 0) return ((staleReads -= 1), stale)
        const current = await inner.get(key)
        if (keepNext) stale = current
        return current
      },
      set: (key, tokens, options) => inner.set(key, tokens, options),
      delete: (key, expected) => inner.delete(key, expected),
    }
    const { session, other, issuer, clock, client } = await two(store)
    await session.getAccessToken()
    keepNext = false
    clock.advance(300)
    await session.getAccessToken()
    clock.advance(300)
    issuer.resetCounts()
    staleReads = 2
    issuer.fail('token', { status: 400, ...INVALID_GRANT }, { times: 1 })
    expect((await other.getAccessToken()).value).toBe((await session.getAccessToken()).value)
    expect(issuer.count('token')).toBe(2)
    expect(client.events.map(({ type }) => type)).not.toContain('session_ended')
  })

  it('do not bring a session back that was cleared while it was renewed', async () => {
    const { session, other, issuer, clock } = await two(createMemoryTokenStore(), {
      withLock: (_name, work) => work(new AbortController().signal),
    })
    clock.advance(300)
    issuer.fail('token', { delay: 50 })
    const renewal = failureOf(session.getAccessToken())
    await vi.waitFor(() => expect(issuer.count('token')).toBe(1))
    await other.clear()
    expect((await renewal).reason).toBe('login_required')
    expect((await failureOf(other.getAccessToken())).reason).toBe('login_required')
    // That of the session, and the one that nobody will use.
    expect(issuer.count('revocation')).toBe(2)
  })
})

describe('a store', () => {
  it('that is out of order is an error, not a logout', async () => {
    const store = createMemoryTokenStore()
    const { session } = await scene({ store })
    Object.assign(store, { get: () => Promise.reject(new Error('connection lost to redis://:pw@host')) })
    const error = await failureOf(session.getAccessToken())
    expect(error).toMatchObject({ code: 'SRV_5003' })
    expect(JSON.stringify(error)).not.toContain('pw@host')
  })

  it('that somebody wrote to just before the end of a session keeps it', async () => {
    const store = createMemoryTokenStore()
    const { session, issuer, clock, client } = await scene({ store })
    const { delete: remove } = store
    let isFirst = true
    Object.assign(store, {
      // Another process logs the user in again between the last look and the end.
      async delete(key: string, expected: string) {
        if (!isFirst) return remove(key, expected)
        isFirst = false
        await logIn(issuer, client, session)
        return remove(key, expected)
      },
    })
    clock.advance(300)
    issuer.fail('token', { status: 400, ...INVALID_GRANT }, { times: 1 })
    expect(await session.getAccessToken()).toMatchObject({ type: 'Bearer' })
    expect(client.events.map(({ type }) => type)).not.toContain('session_ended')
  })

  it('whose answer to a logout is lost: the refresh token is revoked all the same', async () => {
    const store = createMemoryTokenStore()
    const { session, issuer } = await scene({ store })
    const { delete: remove } = store
    let isFirst = true
    Object.assign(store, {
      // As `ioredis` sends a command again: the second time there is nothing left to delete.
      async delete(key: string, expected: string) {
        const isGone = await remove(key, expected)
        if (!isFirst) return isGone
        isFirst = false
        return remove(key, expected)
      },
    })
    await session.clear()
    expect(issuer.count('revocation')).toBe(1)
    expect((await failureOf(session.getAccessToken())).reason).toBe('login_required')
  })

  it('that somebody writes to all the time is not taken for a logout', async () => {
    const store = createMemoryTokenStore()
    const { session } = await scene({ store })
    Object.assign(store, { delete: async () => false })
    expect((await failureOf(session.clear())).reason).toBe('store_unavailable')
    expect(await session.getAccessToken()).toMatchObject({ type: 'Bearer' })
  })

  it('that is full loses nothing: what was renewed is kept, told, and saved later', async () => {
    const store = createMemoryTokenStore()
    const { session, clock, issuer, client } = await scene({ store })
    const { set } = store
    Object.assign(store, { set: () => Promise.reject(new Error('full')) })
    clock.advance(300)
    const second = await session.getAccessToken()
    expect(client.events.map(({ type }) => type)).toContain('store_failed')
    expect(await session.getAccessToken()).toEqual(second)
    Object.assign(store, { set })
    clock.advance(300)
    await session.getAccessToken()
    expect(issuer.refreshTokenReuses).toBe(0)
    const other = clientOf(issuer, { store, now: clock.now }).session('s')
    expect(await other.getAccessToken()).toEqual(await session.getAccessToken())
  })

  it.each(['', '[]', 'null', '{}', '{"tokens":[{}]}', '{"tokens":[],"refreshToken":1}'])(
    'that hands back %j has no session',
    async (value) => {
      const store = createMemoryTokenStore()
      const { session } = await scene({ store })
      Object.assign(store, { get: async () => ({ version: 'v', value }) })
      expect((await failureOf(session.getAccessToken())).reason).toBe('login_required')
    },
  )

  it.each<[string, object, object]>([
    ['an end that is text, which would never come', {}, { expiresAt: 'tomorrow' }],
    ['an end that is null', {}, { expiresAt: null }],
    ['scopes that are one text, where a part would do', {}, { scopes: 'administrator' }],
    ['scopes that are a number', {}, { scopes: 5 }],
    ['scopes of no text', {}, { asked: [1] }],
    ['a value that no header may hold', {}, { value: 'a\r\nb' }],
    ['a user who is a number', { subject: 5 }, {}],
    ['an ID token that is a list', { idToken: [] }, {}],
    ['granted scopes that are a number', { scopes: 5 }, {}],
    ['granted scopes that are null', { scopes: null }, {}],
  ])('that hands back %s has no session', async (_, ofRecord, ofToken) => {
    const store = createMemoryTokenStore()
    const { session, client } = await scene({ store })
    const { get } = store
    Object.assign(store, {
      async get(key: string) {
        const stored = await get(key)
        if (stored === undefined) return undefined
        const record = JSON.parse(stored.value) as { tokens: object[] } // as it was written
        const tokens = record.tokens.map((token) => ({ ...token, ...ofToken }))
        return { ...stored, value: JSON.stringify({ ...record, ...ofRecord, tokens }) }
      },
    })
    expect((await failureOf(session.getAccessToken())).reason).toBe('login_required')
    expect((await failureOf(client.session('s', { scopes: ['admin'] }).getAccessToken())).reason).toBe('login_required')
    expect([await session.subject(), await session.idToken()]).toEqual([undefined, undefined])
  })

  it('that never answers does not hold a caller who gives up', async () => {
    const store = createMemoryTokenStore()
    const { session } = await scene({ store })
    const caller = new AbortController()
    Object.assign(store, {
      get() {
        setImmediate(() => caller.abort(new Error('gone')))
        return new Promise(() => undefined)
      },
    })
    const call = session.getAccessToken({ signal: caller.signal })
    await expect(call).rejects.toThrow('gone')
  }, 2000)

  it('in memory is bounded in entries and in bytes, and forgets in time', async () => {
    const clock = new Clock()
    const store = createMemoryTokenStore({ maxEntries: 3, maxBytes: 2000, now: clock.now })
    const set = (key: string, value = 'x'): Promise<boolean> =>
      store.set(key, { version: key, value }, { expected: undefined, ttl: 60 })
    for (const key of ['a', 'b', 'c']) await set(key)
    await store.get('a')
    await set('d')
    expect(await Promise.all(['a', 'b', 'c', 'd'].map(async (key) => (await store.get(key))?.version))).toEqual([
      'a',
      undefined,
      'c',
      'd',
    ])
    await set('e', 'x'.repeat(800))
    expect(await store.get('a')).toBeUndefined()
    clock.advance(60)
    expect(await store.get('e')).toBeUndefined()
  })

  it('in memory compares versions', async () => {
    const store = createMemoryTokenStore()
    const tokens = (version: string): { version: string; value: string } => ({ version, value: 'x' })
    expect(await store.set('k', tokens('1'), { expected: '0', ttl: 60 })).toBe(false)
    expect(await store.set('k', tokens('1'), { expected: undefined, ttl: 60 })).toBe(true)
    expect(await store.set('k', tokens('2'), { expected: undefined, ttl: 60 })).toBe(false)
    expect(await store.set('k', tokens('2'), { expected: '1', ttl: 60 })).toBe(true)
    expect(await store.delete('k', '1')).toBe(false)
    expect(await store.delete('k', '2')).toBe(true)
  })
})

describe('a lock', () => {
  it('in memory gives turns, in order, also after a failure', async () => {
    const lock = createMemoryLock()
    const told: number[] = []
    const turns = [1, 2, 3].map((turn) =>
      lock.withLock('n', async () => {
        await Promise.resolve()
        told.push(turn)
        if (turn === 1) throw new Error('x')
      }),
    )
    await Promise.allSettled(turns)
    expect(told).toEqual([1, 2, 3])
  })

  it('that cannot be had is an error, not a logout', async () => {
    const { session, clock } = await scene({ lock: { withLock: () => Promise.reject(new Error('x')) } })
    clock.advance(300)
    expect((await failureOf(session.getAccessToken())).reason).toBe('store_unavailable')
  })
})

describe('a store that never answers', () => {
  /** Of the methods that are named from then on. */
  async function stuckScene(method: keyof TokenStore): Promise<Scene> {
    const stuck = new Set<PropertyKey>()
    const store = new Proxy(createMemoryTokenStore(), {
      get: (kept, name) =>
        stuck.has(name) ? () => new Promise(() => undefined) : (Reflect.get(kept, name) as unknown),
    })
    // The login before it has to be done in this time as well, on a busy machine.
    const made = await scene({ store, attemptTimeout: 0.5 })
    stuck.add(method)
    return made
  }

  it('is told in time', async () => {
    const { session } = await stuckScene('get')
    const error = await failureOf(session.getAccessToken())
    expect([error.reason, error.code]).toEqual(['store_unavailable', 'SRV_5003'])
  })

  it('keeps no logout waiting', async () => {
    const { session } = await stuckScene('delete')
    expect((await failureOf(session.clear())).reason).toBe('store_unavailable')
  })

  it('loses no session that was renewed', async () => {
    const { session, clock, client, issuer } = await stuckScene('set')
    clock.advance(300)
    const renewed = await session.getAccessToken()
    expect(client.events.filter(({ type }) => type === 'store_failed')).toHaveLength(1)
    expect(await session.getAccessToken()).toEqual(renewed)
    expect(issuer.refreshTokenReuses).toBe(0)
  })
})
