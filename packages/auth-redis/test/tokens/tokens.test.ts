import { startRedis } from '@acme/tests-servers'
import type { RedisServer } from '@acme/tests-servers'
import { createClient } from 'redis'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'

import { redisLock, redisTokenStore } from '../../src/tokens.js'
import type { RedisTokenClient } from '../../src/tokens.js'
import { kindsOf, openClient } from '../clients.js'
import type { OpenClient } from '../clients.js'

let server: RedisServer
const open: OpenClient[] = []
const key = new Uint8Array(32).fill(7)

beforeAll(async () => {
  server = await startRedis()
})

afterEach(async () => {
  for (const { close } of open.splice(0)) close()
  const client = await createClient({ url: `redis://127.0.0.1:${server.port}` }).connect()
  await client.flushAll()
  client.destroy()
})

afterAll(() => server.close())

async function clientOf(kind: keyof typeof openClient): Promise<RedisTokenClient> {
  const opened = await openClient[kind]({ single: server })
  open.push(opened)
  return opened.client
}

const tokens = (version: string, value = 'secret-refresh-token'): { version: string; value: string } => ({
  version,
  value,
})

describe.each(kindsOf('single'))('%s', (kind) => {
  it('writes when the version is as expected', async () => {
    const store = redisTokenStore(await clientOf(kind), { encryption: { keys: [key] } })
    expect(await store.get('k')).toBeUndefined()
    expect(await store.set('k', tokens('1'), { expected: '0', ttl: 60 })).toBe(false)
    expect(await store.set('k', tokens('1'), { expected: undefined, ttl: 60 })).toBe(true)
    expect(await store.set('k', tokens('2', 'x'), { expected: undefined, ttl: 60 })).toBe(false)
    expect(await store.get('k')).toEqual(tokens('1'))
    expect(await store.set('k', tokens('2', 'ä:b'), { expected: '1', ttl: 60 })).toBe(true)
    // A command that was sent again.
    expect(await store.set('k', tokens('2', 'ä:b'), { expected: '1', ttl: 60 })).toBe(true)
    expect(await store.get('k')).toEqual(tokens('2', 'ä:b'))
    expect(await store.delete('k', '1')).toBe(false)
    expect(await store.delete('k', '2')).toBe(true)
    expect(await store.get('k')).toBeUndefined()
  })

  it('lets one of many writers through', async () => {
    const store = redisTokenStore(await clientOf(kind), { encryption: 'none' })
    const writes = Array.from({ length: 20 }, (_, index) =>
      store.set('k', tokens(`v${index}`), { expected: undefined, ttl: 60 }),
    )
    expect((await Promise.all(writes)).filter(Boolean)).toHaveLength(1)
  })

  it('gives the lock to one at a time', async () => {
    const [one, two] = [redisLock(await clientOf(kind)), redisLock(await clientOf(kind))]
    let inside = 0
    let most = 0
    const work = async (): Promise<void> => {
      most = Math.max(most, (inside += 1))
      await new Promise((resolve) => setImmediate(resolve))
      inside -= 1
    }
    await Promise.all([one, two, one, two].map((lock) => lock.withLock('n', work)))
    expect(most).toBe(1)
  })

  it('gives the lock back after a failure, and never another’s', async () => {
    const client = await clientOf(kind)
    const lock = redisLock(client)
    await expect(lock.withLock('n', () => Promise.reject(new Error('x')))).rejects.toThrow('x')
    await lock.withLock('n', async () => {
      // It ended, and another has it.
      await set('lock:n', 'another')
    })
    expect(await client.get('lock:n')).toBe('another')
  })

  it('tells who lost the lock', async () => {
    const lock = redisLock(await clientOf(kind), { ttl: 0.15 })
    await lock.withLock('n', async (lost) => {
      await set('lock:n', 'another')
      // Maybe already.
      if (!lost.aborted) await new Promise((resolve) => lost.addEventListener('abort', resolve))
      expect(lost.aborted).toBe(true)
    })
  })

  it('keeps the lock for as long as the work takes', async () => {
    const lock = redisLock(await clientOf(kind), { ttl: 0.5 })
    const other = redisLock(await clientOf(kind), { wait: 0.8 })
    await lock.withLock('n', async (lost) => {
      await expect(other.withLock('n', async () => 'in')).rejects.toThrow('not free')
      expect(lost.aborted).toBe(false)
    })
    expect(await other.withLock('n', async () => 'in')).toBe('in')
  })

  it('gives a lock back whose reply was lost', async () => {
    const client = await clientOf(kind)
    let isFirst = true
    const lossy = new Proxy(client, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name)
        if (typeof member !== 'function') return member
        return async (...given: unknown[]) => {
          const reply: unknown = await Reflect.apply(member, target, given)
          if (name !== 'eval' || !isFirst) return reply
          isFirst = false
          return new Promise(() => undefined)
        }
      },
    })
    await expect(redisLock(lossy, { timeout: 0.3 }).withLock('n', async () => 'in')).rejects.toThrow('no answer')
    expect(await redisLock(client, { wait: 3 }).withLock('n', async () => 'in')).toBe('in')
  })

  it('stops waiting when the caller does', async () => {
    const lock = redisLock(await clientOf(kind))
    await lock.withLock('n', async () => {
      const signal = AbortSignal.abort(new Error('gone'))
      await expect(lock.withLock('n', async () => 'in', { signal })).rejects.toThrow('gone')
    })
  })
})

describe('at rest', () => {
  it('tokens are not readable, and end by themselves', async () => {
    const client = await clientOf('redis, single')
    const store = redisTokenStore(client, { encryption: { keys: [key] } })
    await store.set('k', tokens('1'), { expected: undefined, ttl: 60 })
    expect(await client.get('tokens:k')).toMatch(/^1:[\w+/=]+\.[\w+/=]+$/)
    expect(await client.get('tokens:k')).not.toContain('secret')
    const left = await timeLeft('tokens:k')
    expect(left).toBeGreaterThan(50_000)
    expect(left).toBeLessThanOrEqual(60_000)
  })

  it('are read by an older key, and by no other', async () => {
    const client = await clientOf('redis, single')
    const newer = new Uint8Array(32).fill(8)
    await redisTokenStore(client, { encryption: { keys: [key] } }).set('k', tokens('1'), {
      expected: undefined,
      ttl: 60,
    })
    const read = (keys: Uint8Array[]): Promise<unknown> => redisTokenStore(client, { encryption: { keys } }).get('k')
    expect(await read([newer, key])).toEqual(tokens('1'))
    expect(await read([newer])).toEqual(tokens('1', ''))
  })

  it('those of one user do not open in the place of another’s, nor under another version', async () => {
    const client = await clientOf('redis, single')
    const store = redisTokenStore(client, { encryption: { keys: [key] } })
    await store.set('eve', tokens('1', 'of eve'), { expected: undefined, ttl: 60 })
    const sealed = String(await client.get('tokens:eve'))
    await set('tokens:ada', sealed)
    await set('tokens:eve', sealed.replace(/^1:/, '2:'))
    expect(await store.get('ada')).toEqual(tokens('1', ''))
    expect(await store.get('eve')).toEqual(tokens('2', ''))
  })

  it.each(['', 'x', 'garbage', '1:', '1:x', '1:x.y', ':', '1:????.????'])(
    '%j is nothing, which a login replaces and a logout deletes',
    async (value) => {
      const store = redisTokenStore(await clientOf('redis, single'), { encryption: { keys: [key] } })
      await set('tokens:k', value)
      const found = await store.get('k')
      expect(found?.value).toBe('')
      expect(await store.set('k', tokens('new'), { expected: found?.version, ttl: 60 })).toBe(true)
      await set('tokens:k', value)
      expect(await store.delete('k', found?.version ?? 'none')).toBe(true)
    },
  )
})

describe('refuses', () => {
  it.each<[string, unknown]>([
    ['no encryption', {}],
    ['a key of another length', { encryption: { keys: [new Uint8Array(16).fill(65)] } }],
    ['no keys', { encryption: { keys: [] } }],
    ['a key as text', { encryption: { keys: ['AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'] } }],
  ])('%s, and shows nothing of it', async (_, options) => {
    const client = await clientOf('redis, single')
    const make = (): unknown => redisTokenStore(client, options as never) // as JavaScript might
    expect(make).toThrow(TypeError)
    expect(make).not.toThrow(/AAAA|65/)
  })

  it.each<[string, object]>([
    ['a timeout of nothing', { timeout: 0 }],
    ['a timeout that is no number', { timeout: Number.NaN }],
    ['a prefix that is no text', { prefix: 1 }],
    ['a misspelt name', { Timeout: 1 }],
  ])('%s', async (_, options) => {
    const client = await clientOf('redis, single')
    expect(() => redisLock(client, options)).toThrow(TypeError)
    expect(() => redisTokenStore(client, { encryption: 'none', ...options })).toThrow(TypeError)
  })

  it.each<[string, object]>([
    ['a lock that nobody holds', { ttl: 0 }],
    ['a lock for ever', { ttl: Number.POSITIVE_INFINITY }],
    ['a wait without an end', { wait: Number.NaN }],
    ['a wait of less than nothing', { wait: -1 }],
    ['an option of the store', { encryption: 'none' }],
  ])('%s', async (_, options) => {
    const client = await clientOf('redis, single')
    expect(() => redisLock(client, options)).toThrow(TypeError)
  })

  it.each([undefined, null, {}, { get: () => 1 }, 'redis://'])('the client %j', (client) => {
    expect(() => redisLock(client as never)).toThrow(TypeError) // as above
    expect(() => redisTokenStore(client as never, { encryption: 'none' })).toThrow(TypeError) // as above
  })
})

async function set(name: string, value: string): Promise<void> {
  const client = createClient({ url: `redis://127.0.0.1:${server.port}` })
  await client.connect()
  await client.set(name, value)
  client.destroy()
}

async function timeLeft(name: string): Promise<number> {
  const client = createClient({ url: `redis://127.0.0.1:${server.port}` })
  await client.connect()
  const left = await client.pTTL(name)
  client.destroy()
  return left
}
