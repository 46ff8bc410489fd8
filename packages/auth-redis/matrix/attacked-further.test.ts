import { eventually, startRedis } from '@acme/tests-servers'
import { createClient } from 'redis'
import { describe, expect, it, onTestFinished } from 'vitest'

import { redisReplayStore } from '../src/index.js'
import { kindsOf, openClient } from '../test/clients.js'
import { newKey, newSender } from '../test/fake-client.js'
import { soon } from '../test/outages.js'
import { expectSafe, expectWell, start } from './attacked/expectations.js'
import { FAULTS, openAdmin, PASSWORD } from './attacked/faults.js'
import { openAttacked } from './attacked/world.js'
import type { Answer, Attacked } from './attacked/world.js'

const OUTAGE = /^503 (replay|ticket|revocation)_unavailable$/
const DAY = 86_400

/** Answers, or outages, and nothing else. */
function expectHonest(answers: readonly Answer[]): void {
  for (const answer of answers) if (answer !== '200') expect(answer).toMatch(OUTAGE)
}

async function startApi(
  kind: (typeof KINDS)[number],
  settings: readonly string[] = [],
  options: Parameters<typeof openAttacked>[2] = {},
): Promise<{ redis: Awaited<ReturnType<typeof start>>; api: Attacked }> {
  const redis = await start(settings)
  const api = await openAttacked(kind, { single: redis.server, password: PASSWORD }, options)
  await api.source.revoke({ subject: 'revoked' })
  await expectWell(api)
  return { redis, api }
}

const KINDS = kindsOf('single')

describe.each(KINDS)('%s', (kind) => {
  it('connections that are cut again and again, in the middle', { timeout: 120_000 }, async () => {
    const { redis, api } = await startApi(kind)
    for (let round = 0; round < 20; round++) {
      const pending = new Set<unknown>()
      const ask = (request: Promise<Answer>): Promise<Answer> => {
        pending.add(request)
        return request.finally(() => pending.delete(request))
      }
      // One caller may have no more than a hundred tickets in half a minute.
      const requests = Array.from({ length: 10 }, (_, index) => ask(index < 2 ? api.ticket() : api.fresh()))
      do {
        for (const type of ['normal', 'pubsub']) await redis.send('CLIENT', 'KILL', 'TYPE', type, 'SKIPME', 'yes')
      } while (pending.size > 0)
      expectHonest(await Promise.all(requests))
    }
    await expectSafe(api)
    await expectWell(api)
  })

  it('a server that loads what it kept (LOADING)', { timeout: 120_000 }, async () => {
    const slow = ['--key-load-delay', '2000', '--loading-process-events-interval-bytes', '1024']
    const { redis, api } = await startApi(kind, slow)
    for (let key = 0; key < 500; key++) await redis.send('SET', `other:${key}`, 'x')
    await redis.server.kill()
    const started = redis.server.start()
    const answers: Answer[] = []
    const loading = new Set([started])
    void started.finally(() => loading.delete(started))
    while (loading.size > 0) answers.push(await api.fresh(), await api.ticket(), await api.bearer('user'))
    expectHonest(answers)
    expect(answers).toContainEqual(expect.stringMatching(OUTAGE))
    await expectSafe(api)
    await expectWell(api)
  })

  it('a server that sleeps for two seconds (DEBUG SLEEP)', { timeout: 120_000 }, async () => {
    const { redis, api } = await startApi(kind)
    const slept = redis.send('DEBUG', 'SLEEP', '2')
    const before = performance.now()
    expect(await api.fresh()).toBe('503 replay_unavailable')
    // As long as the time-out, and not as the sleep.
    expect(performance.now() - before).toBeLessThan(1500)
    await expectSafe(api)
    await slept
    await expectSafe(api)
    await expectWell(api)
  })

  it('keys that are of another type (WRONGTYPE)', { timeout: 120_000 }, async () => {
    const { redis, api } = await startApi(kind)
    const kept = ['{revocations:}epochs', '{revocations:}state', 'traces:{traces}:count', 'traces:{traces}:order']
    for (const key of kept) {
      await redis.send('DEL', key)
      await redis.send('RPUSH', key, 'x')
    }
    await eventually('nobody can tell', async () => OUTAGE.test(await api.bearer('user')))
    await expectSafe(api)
    await expect(api.others.traces()).rejects.toThrow('WRONGTYPE')
    for (const key of kept) await redis.send('DEL', key)
    await expectSafe(api)
    await expectWell(api)
    // Whoever starts later has it from Redis, where it was put back.
    const later = await openAttacked(kind, { single: redis.server, password: PASSWORD })
    expect(await later.bearer('revoked')).toBe('401 token_revoked')
  })

  it('a proof whose key holds something else counts as used', async () => {
    const { redis } = await startApi(kind)
    const { client, close } = await openClient[kind]({ single: redis.server, password: PASSWORD })
    onTestFinished(close)
    const key = newKey()
    await redis.send('RPUSH', `dpop:${key}`, 'x')
    const outcome = await redisReplayStore(client)
      .reserve(key, soon(), newSender())
      .catch((error: unknown) => String(error))
    expect(outcome).toMatch(/^seen$|WRONGTYPE/)
  })

  it.each([
    ['a day behind', -DAY],
    ['a day ahead', DAY],
  ])('a replica whose clock is %s forgets no proof, and deletes no revocation of others', async (_, skew) => {
    const { redis, api } = await startApi(kind)
    const { client, close } = await openClient[kind]({ single: redis.server, password: PASSWORD })
    onTestFinished(close)
    const now = (): number => Date.now() / 1000 + skew
    const skewed = redisReplayStore(client, { now })
    const key = newKey()
    expect(await skewed.reserve(key, now() + 300, newSender())).toBe('reserved')
    expect(await redisReplayStore(client).reserve(key, soon(), newSender())).toBe('seen')
    const left = Number(await redis.send('PTTL', `dpop:${key}`))
    expect(left).toBeGreaterThan(290_000)
    const short = { retention: 3600, now }
    const other = await openAttacked(kind, { single: redis.server, password: PASSWORD }, { revocations: short })
    await other.source.preload()
    await expectSafe(api)
    const later = await openAttacked(kind, { single: redis.server, password: PASSWORD })
    expect(await later.bearer('revoked')).toBe('401 token_revoked')
  })

  it('a flood of news, long ones too, is heard as a few', { timeout: 120_000 }, async () => {
    // The process that floods is the one that is flooded.
    const { redis, api } = await startApi(kind, [], { revocations: { maxStaleness: 10 } })
    const publisher = createClient({ url: `redis://127.0.0.1:${redis.server.port}`, password: PASSWORD })
    await publisher.connect()
    onTestFinished(() => publisher.destroy())
    const before = Date.now()
    await redis.send('CONFIG', 'RESETSTAT')
    const forged = JSON.stringify({ subject: 'user' })
    for (let round = 0; round < 20; round++) {
      const news = Array.from({ length: 2000 }, () => publisher.publish('{revocations:}news', forged))
      news.push(publisher.publish('{revocations:}news', 'x'.repeat(1_000_000)))
      const [answers] = await Promise.all([Promise.all([api.fresh(), api.bearer('user')]), ...news])
      expect(answers).toEqual(['200', '200'])
    }
    const calls = /cmdstat_eval:calls=(\d+)/.exec(String(await redis.send('INFO', 'commandstats')))?.[1]
    // A look every 50 ms, and no more, whatever comes.
    expect(Number(calls)).toBeLessThan((Date.now() - before) / 50 + 10)
    await expectSafe(api)
  })

  it.each(FAULTS.filter(({ during }) => during === undefined))(
    'open, and with a memory of its own, it serves on, and lets no replay through: $name',
    { timeout: 120_000 },
    async (fault) => {
      const options = { replay: { whenDown: 'memory' }, revocations: { onFailure: 'open' } } as const
      const { redis, api } = await startApi(kind, fault.settings, options)
      await fault.strike(redis)
      await eventually('it knows', async () => {
        expect([await api.fresh(), await api.bearer('user')]).toEqual(['200', '200'])
        return api.events.some((event) => event.type === 'revocation' && event.transition === 'failed')
      })
      expect(new Set(await api.replayed())).toEqual(new Set(['400 proof_replayed']))
      expect(await api.bearer('revoked')).toBe('401 token_revoked')
      expect(api.replayEvents).toEqual([expect.objectContaining({ state: 'down', whenDown: 'memory' })])
      await fault.heal(redis)
      await expectWell(api)
      await expectSafe(api)
    },
  )

  it('a password that was set since (NOAUTH)', { timeout: 120_000 }, async () => {
    const server = await startRedis(['--appendonly', 'yes'])
    onTestFinished(() => server.close())
    const { send } = await openAdmin(server)
    const api = await openAttacked(kind, { single: server })
    await api.source.revoke({ subject: 'revoked' })
    await expectWell(api)
    await send('CONFIG', 'SET', 'requirepass', PASSWORD)
    for (const type of ['normal', 'pubsub']) await send('CLIENT', 'KILL', 'TYPE', type, 'SKIPME', 'yes')
    await eventually('nobody can tell', async () => OUTAGE.test(await api.bearer('user')))
    expectHonest([await api.fresh(), await api.ticket()])
    await expectSafe(api)
    await send('CONFIG', 'SET', 'requirepass', '')
    await expectWell(api)
  })
})
