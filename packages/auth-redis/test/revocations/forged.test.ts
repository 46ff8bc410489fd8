import { eventually } from '@acme/tests-servers'
import type { RedisServer } from '@acme/tests-servers'
import { expect, it } from 'vitest'

import { isRevoked, ISSUER, refusedByAll, revoke, startReplica, startReplicas, startServer } from './replicas.js'
import type { Replica } from './replicas.js'

const QUICK = { interval: 0.1, timeout: 2, maxStaleness: 5 }
const text = (subject: string): string => JSON.stringify({ issuer: ISSUER, subject })

/** As somebody writes who can write to Redis, and is none of us. */
async function forge(server: RedisServer, entry: string, time: string): Promise<void> {
  await server.send('ZADD', '{revocations:}epochs', time, entry)
  const sequence = await server.send('HINCRBY', '{revocations:}state', 'sequence', '1')
  await server.send('ZADD', '{revocations:}log', sequence.slice(1), entry)
}

async function setup(): Promise<{ single: RedisServer; one: Replica }> {
  const single = await startServer()
  const [one] = await startReplicas(1, 'redis, single', { single }, QUICK)
  await revoke(one ?? never(), 'user')
  return { single, one: one ?? never() }
}

const now = (): string => String(Date.now() / 1000)

it.each([
  ['no JSON', 'x', now()],
  ['nothing', '', now()],
  ['a list', '["user"]', now()],
  ['null', 'null', now()],
  ['a member that is not known', JSON.stringify({ subject: 'other', role: 'x' }), now()],
  ['a member that is no text', JSON.stringify({ subject: { $ne: '' } }), now()],
  ['an empty member', JSON.stringify({ subject: '' }), now()],
  ['everybody', '{}', now()],
  ['a prototype', '{"__proto__":{"subject":"other"}}', now()],
  ['a long text', JSON.stringify({ subject: 'x'.repeat(100_000) }), now()],
  ['a time of the far future', text('other'), '1e15'],
  ['a time without an end', text('other'), '+inf'],
  ['nesting', `${'['.repeat(2000)}${']'.repeat(2000)}`, now()],
])('%s is told, changes nothing, and stops nothing', async (_, entry, time) => {
  const { single, one } = await setup()
  await forge(single, entry, time)
  await eventually('it is told', async () => one.events.some(({ transition }) => transition === 'rejected'))
  expect(one.events).toEqual([
    { type: 'revocations', transition: 'rejected', detail: '1 entries in Redis are no revocations', cause: undefined },
  ])
  expect([await isRevoked(one, 'user'), await isRevoked(one, 'other')]).toEqual([true, false])
  await revoke(one, 'later')
  const [another] = await startReplicas(1, 'ioredis, single', { single }, QUICK)
  expect(await refusedByAll([one, another ?? never()], 'later')).toBeLessThan(10)
  expect(await isRevoked(another ?? never(), 'other')).toBe(false)
})

it.each([
  ['an earlier time', ['ZADD', '{revocations:}epochs', '1', text('user')]],
  ['no time', ['ZREM', '{revocations:}epochs', text('user')]],
  ['a time that is none, which a revocation repairs', ['ZADD', '{revocations:}epochs', '+inf', text('user')]],
  ['another number', ['ZADD', '{revocations:}log', '1e300', text('user')]],
  ['numbers that start anew', ['HSET', '{revocations:}state', 'sequence', '0']],
  ['another name', ['HSET', '{revocations:}state', 'name', 'x']],
  ['no state', ['DEL', '{revocations:}state']],
  ['no log', ['DEL', '{revocations:}log']],
])('%s does not un-revoke, and new revocations arrive', async (_, command) => {
  const { single, one } = await setup()
  const [other] = await startReplicas(1, 'redis, single', { single }, QUICK)
  const both = [one, other ?? never()]
  await refusedByAll(both, 'user')
  await single.send(...command)
  await revoke(one, 'later')
  await refusedByAll(both, 'later')
  await revoke(other ?? never(), 'latest')
  await refusedByAll(both, 'latest')
  await refusedByAll(both, 'user')
  // As whoever finds it does.
  await revoke(one, 'user')
  const [third] = await startReplicas(1, 'redis, single', { single }, QUICK)
  expect(await isRevoked(third ?? never(), 'user')).toBe(true)
})

it.each([
  ['a key of another type', ['SET', '{revocations:}log', 'x']],
  ['a count that is none', ['HSET', '{revocations:}state', 'sequence', 'x']],
  ['a count beyond numbers', ['HSET', '{revocations:}state', 'sequence', '9223372036854775806']],
])('%s: nobody can tell', async (_, command) => {
  const single = await startServer()
  await single.send(...command)
  const one = await startReplica('redis, single', { single }, QUICK)
  await expect(one.source.preload?.()).rejects.toThrow(/WRONGTYPE|lost count|not a float/)
  expect(await isRevoked(one, 'user')).toBeUndefined()
  expect(one.source.state?.()).toBe('down')
})

it('messages from others are a reason to look, and no more', async () => {
  const { single, one } = await setup()
  for (let index = 0; index < 1000; index++) {
    await single.send('PUBLISH', '{revocations:}news', JSON.stringify({ subject: 'other' }))
  }
  expect(await isRevoked(one, 'other')).toBe(false)
  const calls = /cmdstat_eval:calls=(\d+)/.exec(await single.send('INFO', 'commandstats'))?.[1]
  expect(Number(calls)).toBeLessThan(500)
})

it('a replica whose clock is behind refuses as soon as it can tell, and in full when its time has come', async () => {
  const single = await startServer()
  let behind = 300
  const [ahead] = await startReplicas(1, 'redis, single', { single }, QUICK)
  const [late] = await startReplicas(
    1,
    'redis, single',
    { single },
    { ...QUICK, now: () => Date.now() / 1000 - behind },
  )
  const [one, other] = [ahead ?? never(), late ?? never()]
  const before = Date.now() / 1000
  await one.source.revoke({ issuer: ISSUER, subject: 'user' }, before)
  await eventually('an old token', async () => (await isRevoked(other, 'user', before - 1000)) === true)
  expect(await isRevoked(other, 'user', before - 1)).toBe(false)
  behind = 0
  await eventually('a newer one', async () => (await isRevoked(other, 'user', before - 1)) === true)
  expect(await isRevoked(other, 'user', before + 1)).toBe(false)
})

function never(): never {
  throw new Error('no replica')
}
