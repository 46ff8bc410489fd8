import { eventually, startRedisCluster, startRedisSentinel } from '@acme/tests-servers'
import { describe, expect, it, onTestFinished } from 'vitest'

import { redisTicketStore } from '../src/tickets.js'
import { kindsOf, openClient } from '../test/clients.js'
import type { Target } from '../test/clients.js'
import { newKey } from '../test/fake-client.js'
import { isRevoked, refusedByAll, revoke, startReplicas } from '../test/revocations/replicas.js'

async function start(kind: string): Promise<Target> {
  if (kind.endsWith('Cluster')) {
    const cluster = await startRedisCluster()
    onTestFinished(() => cluster.close())
    return { cluster }
  }
  const sentinel = await startRedisSentinel()
  onTestFinished(() => sentinel.close())
  return { sentinel }
}

describe.each([...kindsOf('Cluster'), ...kindsOf('Sentinel')])('%s', (kind) => {
  it('what one revokes all refuse within a second, by pub/sub', { timeout: 120_000 }, async () => {
    const target = await start(kind)
    const replicas = await startReplicas(3, kind, target, { interval: 60, maxStaleness: 120 })
    const [first] = replicas
    if (first === undefined) throw new Error('no replicas')
    const servers = target.cluster?.nodes ?? (target.sentinel ? [target.sentinel.master] : [])
    await eventually('all listen', async () => {
      const counts = await Promise.all(servers.map((one) => one.send('PUBSUB', 'NUMSUB', '{revocations:}news')))
      return counts.reduce((sum, count) => sum + Number(/:(\d+)$/.exec(count)?.[1]), 0) === 3
    })
    await revoke(first, 'user')
    expect(await refusedByAll(replicas, 'user')).toBeLessThan(1)
    expect(await isRevoked(first, 'other')).toBe(false)
  })

  it('a ticket is taken once', async () => {
    const { client, close } = await openClient[kind](await start(kind))
    onTestFinished(close)
    const store = redisTicketStore(client)
    const ids = Array.from({ length: 20 }, newKey)
    await Promise.all(ids.map((id) => store.put(id, `sealed ${id}`, 30)))
    expect(await Promise.all(ids.map((id) => store.take(id)))).toEqual(ids.map((id) => `sealed ${id}`))
    expect(await Promise.all(ids.map((id) => store.take(id)))).toEqual(ids.map(() => undefined))
  })
})

describe.each(kindsOf('Sentinel'))('%s, a failover to a replica that lacks the last revocations', (kind) => {
  it('gets them back', { timeout: 120_000 }, async () => {
    const target = await start(kind)
    const { sentinel } = target
    const options = { interval: 0.2, timeout: 2, maxStaleness: 60 }
    const replicas = await startReplicas(2, kind, target, options)
    const [first] = replicas
    if (first === undefined || sentinel === undefined) throw new Error('no replicas')
    await revoke(first, 'kept')
    await refusedByAll(replicas, 'kept')
    // As if it had not got it yet.
    await sentinel.replica.send('REPLICAOF', 'NO', 'ONE')
    await revoke(first, 'lost')
    await refusedByAll(replicas, 'lost')
    await sentinel.master.kill()
    await sentinel.replica.send('REPLICAOF', '127.0.0.1', String(sentinel.master.port))
    await sentinel.failover()
    await eventually(
      'the new master has it',
      async () => (await sentinel.replica.send('ZRANGE', '{revocations:}log', '0', '-1')).includes('lost'),
      60,
    )
  })
})
