import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { inParallel, REPLAYED, startWorld, UNAVAILABLE } from './world.js'
import type { Outcome, World } from './world.js'

/**
 * Sends each proof so many times at once. Where Redis does not answer in time, as on a busy machine, a request is refused
 * for that; never is a proof accepted twice.
 *
 * @returns of how many proofs no request was refused for that: one was accepted, and all others were replays
 */
async function sendOften(world: World, proofs: number, copies: number): Promise<number> {
  let judged = 0
  await inParallel(Array.from({ length: proofs }).keys(), 16, async () => {
    const headers = await world.credentials()
    const outcomes = await Promise.all(Array.from({ length: copies }, () => world.send(headers)))
    const answered = outcomes.filter((outcome) => outcome !== UNAVAILABLE).toSorted()
    if (answered.length === copies) {
      expect(answered).toEqual(['200', ...Array<Outcome>(copies - 1).fill(REPLAYED)])
      judged++
    } else {
      expect(answered.filter((outcome) => outcome !== REPLAYED).join()).toMatch(/^(?:200)?$/)
    }
  })
  return judged
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
    const judged = await sendOften(world, 1000, 2)
    expect(judged).toBeGreaterThan(900)
    // Each of them refused some: neither had all to itself.
    const counts = world.replicas.map(({ stderr }) => replaysIn(stderr))
    expect(counts.reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(judged)
    expect(Math.min(...counts)).toBeGreaterThan(100)
  })

  it('hold one key for each proof, and for nothing else', async () => {
    const size = await world.redis.send('DBSIZE')
    expect(Number(size.slice(1))).toBeGreaterThan(900)
    // And one, which says how far the revocations are that replicas share.
    expect(Number(size.slice(1))).toBeLessThanOrEqual(1001)
    await world.send({ authorization: `Bearer ${await world.issuer.accessToken()}` })
    expect(await world.redis.send('DBSIZE')).toBe(size)
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
    expect(await sendOften(world, 50, 8)).toBeGreaterThan(25)
    for (const { stderr } of world.replicas) expect(replaysIn(stderr)).toBeGreaterThan(0)
  })
})
