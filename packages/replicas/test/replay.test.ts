import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { inParallel, REPLAYED, startWorld } from './world.js'
import type { Outcome, World } from './world.js'

/** What the outcomes of one proof were, in one line. */
function summary(outcomes: readonly Outcome[]): string {
  return outcomes.toSorted().join(', ')
}

async function sendOften(world: World, proofs: number, copies: number): Promise<Map<string, number>> {
  const seen = new Map<string, number>()
  await inParallel(Array.from({ length: proofs }).keys(), 16, async () => {
    const headers = await world.credentials()
    const outcomes = summary(await Promise.all(Array.from({ length: copies }, () => world.send(headers))))
    seen.set(outcomes, (seen.get(outcomes) ?? 0) + 1)
  })
  return seen
}

/** How many requests a replica refused as replays. */
function replaysIn(log: string): number {
  return log.split('\n').filter((line) => line.includes('"reason":"proof_replayed"')).length
}

describe('two processes of one API', () => {
  let world: World
  beforeAll(async () => {
    world = await startWorld(['express', 'express'])
  })
  afterAll(() => world.close())

  it('accept each of a thousand proofs once, when it reaches both at the same time', async () => {
    expect(await sendOften(world, 1000, 2)).toEqual(new Map([[summary(['200', REPLAYED]), 1000]]))
    // Each of them refused some: neither had all to itself.
    const counts = world.replicas.map(({ stderr }) => replaysIn(stderr))
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(1000)
    expect(Math.min(...counts)).toBeGreaterThan(100)
  })

  it('hold one key for each proof, and for nothing else', async () => {
    expect(await world.redis.send('DBSIZE')).toBe(':1000')
    await world.send({ authorization: `Bearer ${await world.issuer.accessToken()}` })
    expect(await world.redis.send('DBSIZE')).toBe(':1000')
  })

  it('stop on SIGTERM, and leave no connection', async () => {
    const codes = await Promise.all(world.replicas.map((replica) => replica.stop('SIGTERM')))
    expect(codes).toEqual([0, 0])
    expect(await world.redis.send('CLIENT', 'LIST')).not.toContain('lib-name=node-redis')
    expect((await world.redis.send('CLIENT', 'LIST')).match(/^id=/gm)).toHaveLength(1)
  })
})

describe('one process of each API', () => {
  let world: World
  beforeAll(async () => {
    world = await startWorld(['express', 'fastify', 'nestjs', 'hono'])
  })
  afterAll(() => world.close())

  it('accept each proof once of eight times', async () => {
    const once = summary(['200', ...Array<Outcome>(7).fill(REPLAYED)])
    expect(await sendOften(world, 50, 8)).toEqual(new Map([[once, 50]]))
    for (const { stderr } of world.replicas) expect(replaysIn(stderr)).toBeGreaterThan(0)
  })
})
