import { eventually } from '@acme/tests-servers'
import { afterEach, describe, expect, it } from 'vitest'

import { REPLAYED, send, startWorld, UNAVAILABLE } from './world.js'
import type { Outcome, World } from './world.js'

let world: World
afterEach(() => world.close())

/** Clients that send new proofs, each twice at the same time, and old ones again. */
function startTraffic({ credentials, send: deliver }: World): {
  readonly accepted: Map<string, number>
  readonly outcomes: Set<Outcome>
  readonly sent: Record<string, string>[]
  readonly end: () => Promise<void>
} {
  const [accepted, outcomes, sent] = [
    new Map<string, number>(),
    new Set<Outcome>(),
    new Array<Record<string, string>>(),
  ]
  const state = { over: false }

  async function use(headers: Record<string, string>): Promise<void> {
    const { dpop = '' } = headers
    const outcome = await deliver(headers)
    outcomes.add(outcome)
    if (outcome === '200') accepted.set(dpop, (accepted.get(dpop) ?? 0) + 1)
  }

  async function client(): Promise<void> {
    while (!state.over) {
      const headers = await credentials()
      sent.push(headers)
      const old = sent[Math.floor(Math.random() * sent.length)] ?? headers
      await Promise.all([use(headers), use(headers), use(old)])
    }
  }

  const clients = Array.from({ length: 8 }, client)
  return {
    accepted,
    outcomes,
    sent,
    async end() {
      state.over = true
      await Promise.all(clients)
      for (const headers of sent) await use(headers)
    },
  }
}

async function accepts(headers: Record<string, string>): Promise<boolean> {
  return (await world.send(headers)) === '200'
}

describe('Redis, killed and started again in the middle of traffic', () => {
  it('loses no proof with an append-only file: none is accepted twice', async () => {
    world = await startWorld(['express', 'fastify'])
    const { redis } = world
    const traffic = startTraffic(world)
    for (let round = 1; round <= 3; round++) {
      const before = traffic.accepted.size
      await eventually('traffic', async () => traffic.accepted.size > before + 50)
      await redis.kill()
      await eventually('a refusal', async () => traffic.outcomes.has(UNAVAILABLE))
      traffic.outcomes.delete(UNAVAILABLE)
      await redis.start()
      await eventually('a proof that is accepted', async () => accepts(await world.credentials()))
    }
    await traffic.end()
    const twice = [...traffic.accepted.values()].filter((times) => times > 1)
    expect(twice).toEqual([])
    expect(traffic.accepted.size).toBeGreaterThan(150)
    expect([...traffic.outcomes].toSorted()).toEqual(expect.arrayContaining(['200', REPLAYED]))
    expect([...traffic.outcomes].filter((one) => !['200', REPLAYED, UNAVAILABLE].includes(one))).toEqual([])
  })
})

describe('Redis that is not there', () => {
  it('costs DPoP requests a 503 with Retry-After, and no others anything', async () => {
    world = await startWorld(['express', 'fastify', 'nestjs', 'hono'])
    await world.redis.kill()
    const bearer = { authorization: `Bearer ${await world.issuer.accessToken()}` }
    for (const { origin } of world.replicas) {
      const response = await fetch(`${world.nginx.origin}/api/private`, { headers: await world.credentials() })
      expect([response.status, response.headers.get('retry-after')]).toEqual([503, expect.stringMatching(/^\d+$/)])
      expect(await send(`${origin}/api/private`, bearer)).toBe('200')
      expect(await send(`${origin}/health`, {})).toBe('200')
    }
    for (const { stderr } of world.replicas) expect(stderr).toContain('{"event":"replay_store","state":"down"')
    await world.redis.start()
    await eventually('a proof that is accepted', async () => accepts(await world.credentials()))
  })

  it('keeps no API from starting, nor from stopping', async () => {
    world = await startWorld(['express'])
    await world.redis.kill()
    const late = await world.startReplica('express')
    const { origin } = late
    const bearer = { authorization: `Bearer ${await world.issuer.accessToken()}` }
    const url = `${origin}/api/private`
    expect(await send(url, bearer)).toBe('200')
    expect(await send(url, await world.credentials(url))).toBe(UNAVAILABLE)
    await world.redis.start()
    await eventually('a proof that is accepted', async () => (await send(url, await world.credentials(url))) === '200')
    await world.redis.kill()
    expect(await late.stop('SIGTERM')).toBe(0)
  })
})
