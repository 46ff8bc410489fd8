import 'fake-indexeddb/auto'
import { createStore, set } from 'idb-keyval'
import { afterEach, describe, expect, it, vi } from 'vitest'

import { storedDpopKeyPair } from '../../src/browser.js'
import { createDpopProof, dpopThumbprint } from '../../src/dpop.js'

afterEach(() => vi.unstubAllGlobals())

describe('the key of an origin', () => {
  it('is made once, however many ask at once', async () => {
    const pairs = await Promise.all(Array.from({ length: 20 }, () => storedDpopKeyPair({ name: 'crowd' })))
    expect(new Set(await Promise.all(pairs.map(dpopThumbprint))).size).toBe(1)
  })

  it('is the same later, and signs', async () => {
    const before = await storedDpopKeyPair({ name: 'kept' })
    const after = await storedDpopKeyPair({ name: 'kept', algorithm: 'ES384' })
    expect(await dpopThumbprint(after)).toBe(await dpopThumbprint(before))
    expect(after.privateKey.extractable).toBe(false)
    expect(await createDpopProof({ keyPair: after, method: 'GET', url: 'https://a.test/' })).toMatch(/^eyJ/)
  })

  it('is another one under another name', async () => {
    const [a, b] = [await storedDpopKeyPair({ name: 'a' }), await storedDpopKeyPair({ name: 'b' })]
    expect(await dpopThumbprint(a)).not.toBe(await dpopThumbprint(b))
  })

  it('leaves no connection open, for which a deletion would wait', async () => {
    await storedDpopKeyPair({ name: 'deleted' })
    const deleted = new Promise<string>((resolve) => {
      const request = indexedDB.deleteDatabase('acme-auth-client')
      request.onsuccess = () => resolve('deleted')
      request.onblocked = () => resolve('blocked')
    })
    expect(await deleted).toBe('deleted')
  })

  it.each([undefined, null, 'key', {}, { privateKey: {}, publicKey: {} }])(
    '%o in its place is replaced',
    async (garbage) => {
      await set('garbage', garbage, createStore('acme-auth-client', 'keys'))
      const made = await storedDpopKeyPair({ name: 'garbage' })
      expect(await dpopThumbprint(made)).toBe(await dpopThumbprint(await storedDpopKeyPair({ name: 'garbage' })))
    },
  )
})

describe('where nothing can be kept', () => {
  it.each<[string, unknown]>([
    ['there is no IndexedDB', undefined],
    [
      'it is refused, as in private windows',
      {
        open: () => {
          throw new DOMException('denied', 'SecurityError')
        },
      },
    ],
    ['it fails', { open: () => failing() }],
    ['it never answers, with another tab in its way', { open: () => ({}) }],
  ])('%s: an error, or a key in memory', async (_, indexedDB) => {
    vi.stubGlobal('indexedDB', indexedDB)
    await expect(storedDpopKeyPair({ timeout: 0.05 })).rejects.toMatchObject({
      reason: 'key_unavailable',
      code: 'DPOP_6002',
    })
    const options = { whenUnavailable: 'memory', name: 'memory', timeout: 0.05 } as const
    const [a, b] = await Promise.all([storedDpopKeyPair(options), storedDpopKeyPair(options)])
    expect(await dpopThumbprint(a)).toBe(await dpopThumbprint(b))
  })

  it('an algorithm that is none is told, not hidden', async () => {
    const made = storedDpopKeyPair({ name: 'other', algorithm: 'HS256' as never, whenUnavailable: 'memory' })
    await expect(made).rejects.toMatchObject({ reason: 'options_invalid' })
  })
})

/** A request of IndexedDB that fails, as with a full disk. */
function failing(): object {
  const request = {
    onerror: undefined as (() => void) | undefined,
    error: new DOMException('full', 'QuotaExceededError'),
  }
  setTimeout(() => request.onerror?.())
  return request
}
