import { startRedisCluster } from '@acme/tests-servers'
import { describe, expect, it, onTestFinished } from 'vitest'

import { redisReplayStore } from '../src/index.js'
import { kindsOf, openClient } from '../test/clients.js'
import { newKey, newSender } from '../test/fake-client.js'
import { soon } from '../test/outages.js'

describe.each(kindsOf('single'))('%s', (kind) => {
  it('a client of a single server, at a node of a Cluster (MOVED)', { timeout: 120_000 }, async () => {
    const cluster = await startRedisCluster()
    onTestFinished(() => cluster.close())
    const [single] = cluster.nodes
    if (single === undefined) throw new Error('no node')
    const { client, close } = await openClient[kind]({ single })
    onTestFinished(close)
    const store = redisReplayStore(client, { timeout: 1 })
    const reserve = (key: string): Promise<string> => store.reserve(key, soon(), newSender()).catch(String)
    const keys = Array.from({ length: 60 }, newKey)
    const first = await Promise.all(keys.map(reserve))
    for (const answer of first) expect(answer).toMatch(/^reserved$|MOVED/)
    expect(first.filter((answer) => answer === 'reserved').length).toBeLessThan(60)
    const second = await Promise.all(keys.map(reserve))
    expect(second).not.toContain('reserved')
  })
})

describe.each(kindsOf('Cluster'))('%s', (kind) => {
  it('a slot that moves to another node (ASK, MOVED): what was used before, and on the way, stays used', async () => {
    const cluster = await startRedisCluster()
    onTestFinished(() => cluster.close())
    const { client, close } = await openClient[kind]({ cluster })
    onTestFinished(close)
    const store = redisReplayStore(client, { prefix: '{proofs}', timeout: 5 })
    const reserve = (key: string): Promise<string> => store.reserve(key, soon(), newSender())
    const slot = (await cluster.nodes[0]?.send('CLUSTER', 'KEYSLOT', '{proofs}'))?.slice(1) ?? ''
    const [from, to] = Number(slot) < 5461 ? cluster.nodes : cluster.nodes.toReversed()
    if (from === undefined || to === undefined) throw new Error('no nodes')
    const idOf = async (node: typeof from): Promise<string> =>
      (await node.send('CLUSTER', 'MYID')).split('\r\n')[1] ?? ''
    const [fromId, toId] = [await idOf(from), await idOf(to)]
    const [before, during, after] = [newKey(), newKey(), newKey()]
    expect(await reserve(before)).toBe('reserved')
    expect(await from.send('EXISTS', `{proofs}${before}`)).toBe(':1')
    await to.send('CLUSTER', 'SETSLOT', slot, 'IMPORTING', fromId)
    await from.send('CLUSTER', 'SETSLOT', slot, 'MIGRATING', toId)
    expect([await reserve(before), await reserve(during), await reserve(during)]).toEqual(['seen', 'reserved', 'seen'])
    await from.send('MIGRATE', '127.0.0.1', String(to.port), `{proofs}${before}`, '0', '5000')
    expect([await reserve(before), await reserve(during)]).toEqual(['seen', 'seen'])
    for (const node of [to, from]) await node.send('CLUSTER', 'SETSLOT', slot, 'NODE', toId)
    expect([await reserve(before), await reserve(during), await reserve(after)]).toEqual(['seen', 'seen', 'reserved'])
  })
})
