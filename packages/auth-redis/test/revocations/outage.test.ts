import { eventually } from '@acme/tests-servers'
import { describe, expect, it } from 'vitest'

import { kindsOf } from '../clients.js'
import { SAFE } from '../subject.js'
import { isRevoked, refusedByAll, revoke, startReplica, startReplicas, startServer } from './replicas.js'
import type { Replica } from './replicas.js'

const QUICK = { interval: 0.1, timeout: 0.4, maxStaleness: 1 }

describe.each(kindsOf('single'))('%s', (kind) => {
  it.each([
    ['with what it kept', SAFE],
    ['empty', []],
  ])('Redis is killed, and comes back %s: nothing is un-revoked, nowhere', async (_, settings) => {
    const single = await startServer(settings)
    const replicas = await startReplicas(2, kind, { single }, QUICK)
    const [first, second] = pair(replicas)
    await revoke(first, 'user')
    await refusedByAll(replicas, 'user')
    await single.kill()
    await eventually('nobody can tell', async () => (await isRevoked(first, 'other')) === undefined)
    expect(first.source.state?.()).toBe('down')
    await single.start()
    await eventually('all can', async () => (await statesOf(replicas)).every((state) => state === 'up'))
    expect(await isRevoked(first, 'other')).toBe(false)
    expect(await isRevoked(second, 'user')).toBe(true)
    // One that starts afterwards has it from Redis alone.
    const [third] = await startReplicas(1, kind, { single })
    expect(await isRevoked(third ?? never(), 'user')).toBe(true)
    await revoke(third ?? never(), 'later')
    await refusedByAll([...replicas, third ?? never()], 'later')
    const transitions = replicas.flatMap(({ events }) => events.map(({ transition }) => transition))
    expect(transitions.filter((one) => one === 'restored')).toHaveLength(settings.length === 0 ? 1 : 0)
    expect(transitions).toEqual(expect.arrayContaining(['down', 'up']))
  })

  it('Redis is emptied while all are connected, and is given back what it had', async () => {
    const single = await startServer()
    const replicas = await startReplicas(2, kind, { single }, QUICK)
    const [first] = pair(replicas)
    for (let index = 0; index < 250; index++) await revoke(first, `user-${index}`)
    await refusedByAll(replicas, 'user-249')
    await single.send('FLUSHALL')
    await eventually('all are back', async () => (await single.send('ZCARD', '{revocations:}epochs')) === ':250')
    const [third] = await startReplicas(1, kind, { single })
    expect(await isRevoked(third ?? never(), 'user-0')).toBe(true)
    expect(await isRevoked(third ?? never(), 'user-249')).toBe(true)
  })

  it('all connections are cut: what was revoked meanwhile is found', async () => {
    const single = await startServer()
    const replicas = await startReplicas(2, kind, { single }, { interval: 1, maxStaleness: 30, timeout: 5 })
    const [first, second] = pair(replicas)
    await single.send('CLIENT', 'KILL', 'TYPE', 'pubsub')
    await single.send('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
    await eventually('it is revoked', () =>
      revoke(first, 'user').then(
        () => true,
        () => false,
      ),
    )
    expect(await refusedByAll([second], 'user')).toBeLessThan(5)
    await eventually('both listen again', async () =>
      (await single.send('PUBSUB', 'NUMSUB', '{revocations:}news')).endsWith(':2'),
    )
  })

  it('Redis hangs: what is known is good for a while, then nobody can tell, then all is as before', async () => {
    const single = await startServer()
    const replicas = await startReplicas(2, kind, { single }, { interval: 0.2, timeout: 0.5, maxStaleness: 4 })
    const [first, second] = pair(replicas)
    await revoke(first, 'user')
    await refusedByAll(replicas, 'user')
    single.freeze()
    const start = performance.now()
    await expect(revoke(first, 'during')).rejects.toThrow('no answer from Redis within 0.5 s')
    expect([await isRevoked(second, 'user'), await isRevoked(second, 'other')]).toEqual([true, false])
    expect(await isRevoked(first, 'during')).toBe(true)
    await eventually('nobody can tell', async () => (await isRevoked(second, 'other')) === undefined)
    expect(performance.now() - start).toBeGreaterThan(3000)
    // What is known to be revoked stays so: `onFailure: 'open'` does not let it pass.
    expect(await isRevoked(second, 'user')).toBe(true)
    expect(() => second.source.check({} as never)).toThrow(/Redis was last read \d+ s ago/)
    await eventually('ten seconds', async () => performance.now() - start > 10_000)
    single.thaw()
    await refusedByAll(replicas, 'during')
    expect(await isRevoked(second, 'other')).toBe(false)
    expect(first.events.map(({ transition }) => transition).slice(0, 2)).toEqual(['down', 'up'])
  })

  it('starts without Redis: throws until it has read, and tells', async () => {
    const single = await startServer()
    const opened = await startReplica(kind, { single }, QUICK)
    await single.kill()
    await eventually(
      'it fails',
      () =>
        opened.source.preload?.().then(
          () => false,
          () => true,
        ) ?? Promise.resolve(false),
    )
    // Nothing was read, or it was too long ago.
    await eventually('nobody can tell', async () => (await isRevoked(opened, 'user')) === undefined)
    await single.start()
    await eventually('it can tell', async () => (await isRevoked(opened, 'user')) === false)
  })
})

it('Redis comes back without the last seconds, and others write on: what was lost is put back', async () => {
  const single = await startServer(['--save', '', '--dbfilename', 'dump.rdb'])
  const replicas = await startReplicas(2, 'redis, single', { single }, { interval: 0.1, timeout: 5, maxStaleness: 60 })
  const [first, second] = pair(replicas)
  await revoke(first, 'kept')
  await refusedByAll(replicas, 'kept')
  await single.send('SAVE')
  await revoke(first, 'lost-1')
  await revoke(first, 'lost-2')
  await refusedByAll(replicas, 'lost-2')
  await single.kill()
  await single.start()
  await eventually('it is revoked', () =>
    revoke(second, 'after').then(
      () => true,
      () => false,
    ),
  )
  const [third] = await startReplicas(1, 'redis, single', { single }, { interval: 0.1 })
  for (const subject of ['kept', 'lost-1', 'lost-2', 'after']) {
    await refusedByAll([...replicas, third ?? never()], subject)
  }
})

it('tells listeners of the state, once for each change', async () => {
  const single = await startServer()
  const [one] = await startReplicas(1, 'ioredis, single', { single }, QUICK)
  const states: string[] = []
  const end = one?.source.subscribe?.({ revoked: () => undefined, changed: (state) => states.push(state) })
  one?.source.subscribe?.({
    revoked() {
      throw new Error('a listener')
    },
    changed() {
      throw new Error('a listener')
    },
  })
  await single.kill()
  await eventually('down', async () => states.length === 1)
  await single.start()
  await eventually('up', async () => states.length === 2)
  expect(states).toEqual(['down', 'up'])
  await revoke(one ?? never(), 'user')
  end?.()
  await single.kill()
  await eventually('down', async () => one?.source.state?.() === 'down')
  expect(states).toHaveLength(2)
})

async function statesOf(replicas: readonly Replica[]): Promise<string[]> {
  return replicas.map(({ source }) => source.state?.() ?? '')
}

function pair([first, second]: readonly Replica[]): [Replica, Replica] {
  return [first ?? never(), second ?? never()]
}

function never(): never {
  throw new Error('no replica')
}
