import 'fake-indexeddb/auto'
import { createStore, set } from 'idb-keyval'
import { afterEach, describe, expect, it, vi } from 'vitest'

import { createBrowserTokenStore, createWebLock } from '../../src/browser.js'
import { Clock, clientOf, issuerOf, logIn } from '../support/client.js'

afterEach(() => {
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

/** One for all tabs, with the semantics of the Web Locks API that matter: Node 20 has none. */
function webLocks(): object {
  const last = new Map<string, Promise<unknown>>()
  const request = (name: string, _options: object, work: () => Promise<unknown>): Promise<unknown> => {
    const turn = (last.get(name) ?? Promise.resolve()).then(work)
    last.set(
      name,
      turn.catch(() => undefined),
    )
    return turn
  }
  return { locks: { request } }
}

const tokens = (version: string): { version: string; value: string } => ({ version, value: 'x' })

describe('tokens in IndexedDB', () => {
  it('are written when the version is as expected', async () => {
    const [one, two] = [createBrowserTokenStore(), createBrowserTokenStore()]
    expect(await one.get('k')).toBeUndefined()
    expect(await one.set('k', tokens('1'), { expected: undefined, ttl: 60 })).toBe(true)
    expect(await two.set('k', tokens('2'), { expected: undefined, ttl: 60 })).toBe(false)
    expect(await two.get('k')).toEqual(tokens('1'))
    expect(await two.set('k', tokens('2'), { expected: '1', ttl: 60 })).toBe(true)
    expect(await one.delete('k', '1')).toBe(false)
    expect(await one.delete('k', '2')).toBe(true)
    expect(await two.get('k')).toBeUndefined()
  })

  it('of one of many tabs are kept', async () => {
    const writes = Array.from({ length: 10 }, (_, index) =>
      createBrowserTokenStore().set('many', tokens(`${index}`), { expected: undefined, ttl: 60 }),
    )
    expect((await Promise.all(writes)).filter(Boolean)).toHaveLength(1)
  })

  it('end', async () => {
    await createBrowserTokenStore().set('old', tokens('1'), { expected: undefined, ttl: 0 })
    expect(await createBrowserTokenStore().get('old')).toBeUndefined()
  })

  it.each([null, 'text', {}, { version: 1, value: 'x', expiresAt: 9e15 }])(
    '%j in their place is nothing',
    async (garbage) => {
      await set('garbage', garbage, createStore('acme-auth-client-tokens', 'tokens'))
      expect(await createBrowserTokenStore().get('garbage')).toBeUndefined()
    },
  )

  it.each<[string, unknown]>([
    ['there is no IndexedDB', undefined],
    [
      'it is refused',
      {
        open: () => {
          throw new DOMException('denied', 'SecurityError')
        },
      },
    ],
  ])('where %s: an error, or memory', async (_, indexedDB) => {
    vi.stubGlobal('indexedDB', indexedDB)
    await expect(createBrowserTokenStore().get('k')).rejects.toMatchObject({ code: 'SRV_5003' })
    const store = createBrowserTokenStore({ whenUnavailable: 'memory' })
    expect(await store.set('k', tokens('1'), { expected: undefined, ttl: 60 })).toBe(true)
    expect(await store.get('k')).toEqual(tokens('1'))
  })

  it('that worked once, and then not: an error, and no empty memory in its place', async () => {
    const store = createBrowserTokenStore({ whenUnavailable: 'memory' })
    expect(await store.set('later', tokens('1'), { expected: undefined, ttl: 60 })).toBe(true)
    const transaction = vi.spyOn(IDBDatabase.prototype, 'transaction').mockImplementation(() => {
      throw new DOMException('the connection was lost', 'UnknownError')
    })
    const refused = { code: 'SRV_5003' }
    await expect(store.set('later', tokens('2'), { expected: '1', ttl: 60 })).rejects.toMatchObject(refused)
    await expect(store.get('later')).rejects.toMatchObject(refused)
    await expect(store.delete('later', '1')).rejects.toMatchObject(refused)
    transaction.mockRestore()
    expect(await store.get('later')).toEqual(tokens('1'))
    expect(await store.delete('later', '1')).toBe(true)
  })

  it('open one connection, however often they are read', async () => {
    const open = vi.spyOn(indexedDB, 'open')
    const store = createBrowserTokenStore()
    for (let reads = 0; reads < 10; reads += 1) await store.get('k')
    expect(open).toHaveBeenCalledTimes(1)
    open.mockRestore()
  })

  it('where another page blocks it: an error, in time', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout'] })
    vi.stubGlobal('indexedDB', { open: () => ({}) })
    const read = expect(createBrowserTokenStore().get('k')).rejects.toMatchObject({ code: 'SRV_5003' })
    await vi.advanceTimersByTimeAsync(5000)
    await read
  })
})

describe('ten tabs', () => {
  it('keep their session for an hour, with rotation on', async () => {
    vi.stubGlobal('navigator', webLocks())
    const clock = new Clock()
    const issuer = await issuerOf({ now: clock.now, accessTokenLifetime: 60 })
    const tab = (): ReturnType<typeof clientOf> =>
      clientOf(issuer, {
        authentication: 'none',
        now: clock.now,
        fetch: clock.fetch,
        store: createBrowserTokenStore(),
        lock: createWebLock(),
      })
    const tabs = Array.from({ length: 10 }, tab)
    const [first] = tabs
    if (first !== undefined) await logIn(issuer, first, first.session('s'))
    issuer.resetCounts()
    for (let minute = 0; minute < 60; minute += 1) {
      clock.advance(60)
      const values = await Promise.all(tabs.map(async (one) => (await one.session('s').getAccessToken()).value))
      expect(new Set(values).size).toBe(1)
    }
    expect([issuer.count('token'), issuer.refreshTokenReuses]).toEqual([60, 0])
  })
})

describe('without Web Locks', () => {
  it('nothing is renewed: it could be renewed twice', async () => {
    vi.stubGlobal('navigator', {})
    await expect(createWebLock().withLock('n', async () => 1)).rejects.toMatchObject({ code: 'SRV_5003' })
  })
})
