import { createProof, createTestKey, startTestIssuer } from '@acme/auth-testing'
import { startSample } from '@acme/sample-api/suite'
import type { SampleProcess } from '@acme/sample-api/suite'
import { eventually, startRedis } from '@acme/tests-servers'
import { afterAll, afterEach, describe, expect, it } from 'vitest'

import { AUDIENCE, mains } from './world.js'

const LIMIT = 3
// Longer than any test takes: no count starts anew in the middle of one.
const WINDOW = 600

const [redis, issuer, otherIssuer, key] = await Promise.all([
  startRedis(),
  startTestIssuer({ audience: AUDIENCE }),
  startTestIssuer({ audience: AUDIENCE }),
  createTestKey('ES256'),
])

const started: SampleProcess[] = []
afterEach(async () => {
  for (const sample of started.splice(0)) sample.kill()
  // A test that failed in the middle may have left it frozen.
  redis.thaw()
  await redis.send('FLUSHALL')
})
afterAll(async () => {
  await Promise.all([redis.close(), issuer.close(), otherIssuer.close()])
})

interface Server {
  readonly name: string
  readonly main: URL
  readonly env?: Record<string, string>
  /** What the plugin says within the limit. */
  readonly header: string
}

const servers: readonly Server[] = [
  { name: 'Express', main: mains.express, header: 'ratelimit-policy' },
  { name: 'Fastify', main: mains.fastify, header: 'ratelimit-limit' },
  { name: 'Hono', main: mains.hono, header: 'ratelimit-policy' },
  { name: 'Nest on Express', main: mains.nestjs, env: { NEST_PLATFORM: 'express' }, header: 'x-ratelimit-limit' },
  { name: 'Nest on Fastify', main: mains.nestjs, env: { NEST_PLATFORM: 'fastify' }, header: 'x-ratelimit-limit' },
]

async function start({ main, env = {} }: Server, more: Record<string, string> = {}): Promise<SampleProcess> {
  const sample = await startSample(main, {
    ...env,
    PORT: '0',
    AUTH0_ISSUER: issuer.issuer,
    AUTH0_AUDIENCE: AUDIENCE,
    REDIS_URL: `redis://127.0.0.1:${redis.port}`,
    RATE_LIMIT: String(LIMIT),
    RATE_LIMIT_WINDOW: String(WINDOW),
    ...more,
  })
  started.push(sample)
  return sample
}

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: unknown
}

async function ask({ origin }: SampleProcess, headers: Record<string, string>, path = '/api/limited'): Promise<Answer> {
  const response = await fetch(new URL(path, origin), { headers, signal: AbortSignal.timeout(20_000) })
  return { status: response.status, headers: response.headers, body: await response.json() }
}

async function bearer(sub: string, from = issuer): Promise<Record<string, string>> {
  return { authorization: `Bearer ${await from.accessToken({ claims: { sub } })}` }
}

async function dpop({ origin }: SampleProcess, sub: string): Promise<Record<string, string>> {
  const accessToken = await issuer.accessToken({ claims: { sub }, jkt: key.thumbprint })
  const proof = await createProof({ key, url: `${origin}/api/limited`, accessToken })
  return { authorization: `DPoP ${accessToken}`, dpop: proof }
}

/** Sends so many, one after the other. */
async function statuses(
  sample: SampleProcess,
  times: number,
  headers: () => Promise<Record<string, string>>,
): Promise<number[]> {
  const seen: number[] = []
  for (let time = 1; time <= times; time++) seen.push((await ask(sample, await headers())).status)
  return seen
}

/** Connects in the background: what is asked before costs 503, and counts nothing. */
async function connected(sample: SampleProcess): Promise<void> {
  await eventually('a count', async () => (await ask(sample, await bearer('first'))).status !== 503)
}

function isRetryAfter(value: string | null): boolean {
  return /^[1-9]\d*$/.test(value ?? '') && Number(value) <= WINDOW
}

const within = Array<number>(LIMIT).fill(200)

describe.each(servers)('the limit of a subject: $name', (server) => {
  it('answers 200 with the headers of the plugin, then 429 with Retry-After', async () => {
    const sample = await start(server)
    await connected(sample)
    for (let time = 1; time <= LIMIT; time++) {
      const { status, headers, body } = await ask(sample, await bearer('ada'))
      expect([status, body]).toEqual([200, expect.objectContaining({ sub: 'ada' })])
      expect(headers.get(server.header)).toContain(String(LIMIT))
      expect(headers.get('retry-after')).toBeNull()
    }
    const { status, headers, body } = await ask(sample, await bearer('ada'))
    expect([status, body]).toEqual([429, { error: 'too_many_requests' }])
    expect(headers.get('retry-after')).toSatisfy(isRetryAfter)
    expect(headers.get('content-type')).toMatch(/^application\/json/)
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('www-authenticate')).toBeNull()
  })

  it('is spent by Bearer and DPoP together, on this route only, and by no one else', async () => {
    const sample = await start(server)
    await connected(sample)
    expect(await statuses(sample, LIMIT - 1, () => bearer('ada'))).toEqual(within.slice(1))
    expect(await statuses(sample, 2, () => dpop(sample, 'ada'))).toEqual([200, 429])
    expect(await statuses(sample, 1, () => bearer('ada'))).toEqual([429])
    expect((await ask(sample, await bearer('ada'), '/api/private')).status).toBe(200)
    // Other subjects, however alike.
    for (const other of ['grace', 'Ada', 'ada ', '["subject","ada"]']) {
      expect(await statuses(sample, 1, () => bearer(other))).toEqual([200])
    }
  })

  it('is not touched before authentication', async () => {
    const sample = await start(server)
    await connected(sample)
    const before = await redis.send('KEYS', 'limit:*')
    const forged = { authorization: `${(await bearer('ada'))['authorization']}x` }
    const foreign = await bearer('ada', otherIssuer)
    for (const headers of [{}, forged, foreign]) {
      expect(await statuses(sample, LIMIT + 1, async () => headers)).toEqual([...within, 200].map(() => 401))
    }
    expect(await redis.send('KEYS', 'limit:*')).toBe(before)
    expect(await statuses(sample, LIMIT + 1, () => bearer('ada'))).toEqual([...within, 429])
  })

  it('is shared by replicas, but not with the same subject of another issuer', async () => {
    const [first, second, other] = await Promise.all([
      start(server),
      start(server),
      start(server, { AUTH0_ISSUER: otherIssuer.issuer }),
    ])
    await Promise.all([connected(first), connected(second)])
    await eventually('a count', async () => (await ask(other, await bearer('x', otherIssuer))).status !== 503)
    expect(await statuses(first, LIMIT, () => bearer('ada'))).toEqual(within)
    expect(await statuses(second, 1, () => bearer('ada'))).toEqual([429])
    expect(await statuses(other, LIMIT + 1, () => bearer('ada', otherIssuer))).toEqual([...within, 429])
  })

  it('lets no more through when many ask at once', async () => {
    const sample = await start(server)
    await connected(sample)
    const headers = await bearer('ada')
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(sample, headers)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(LIMIT)
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(20 - LIMIT)
  })

  it('costs a 503 at once while Redis is gone or frozen, and comes back by itself', async () => {
    const sample = await start(server)
    await connected(sample)
    const unavailable = async (): Promise<void> => {
      const headers = await bearer('ada')
      const before = performance.now()
      const answer = await ask(sample, headers)
      const took = performance.now() - before
      expect([answer.status, answer.body]).toEqual([503, { error: 'temporarily_unavailable' }])
      expect(answer.headers.get('retry-after')).toSatisfy(isRetryAfter)
      // Ten times what a client waits at most: it finds what hangs, not a busy machine.
      expect(took).toBeLessThan(5000)
      expect((await ask(sample, headers, '/api/private')).status).toBe(200)
      expect((await ask(sample, {})).status).toBe(401)
    }
    const back = (): Promise<void> =>
      eventually('an answer', async () => (await ask(sample, await bearer('grace'))).status !== 503)

    redis.freeze()
    await unavailable()
    redis.thaw()
    await back()
    await redis.kill()
    await unavailable()
    await redis.start()
    await back()
    expect(await statuses(sample, LIMIT + 1, () => bearer('ada'))).toEqual([...within, 429])
    expect(sample.stderr).toContain('{"event":"rate_limits","state":"down"}')
    expect(sample.stderr).toContain('{"event":"rate_limits","state":"up"}')
  })

  it('starts and stops without Redis', async () => {
    const sample = await start(server, { REDIS_URL: 'redis://127.0.0.1:1' })
    expect(await statuses(sample, 1, () => bearer('ada'))).toEqual([503])
    expect(await sample.stop('SIGTERM')).toBe(0)
  })

  it('is counted in memory where no Redis is set', async () => {
    const sample = await start(server, { REDIS_URL: '' })
    expect(await statuses(sample, LIMIT, () => bearer('ada'))).toEqual(within)
    const { status, headers, body } = await ask(sample, await dpop(sample, 'ada'))
    expect([status, body]).toEqual([429, { error: 'too_many_requests' }])
    expect(headers.get('retry-after')).toSatisfy(isRetryAfter)
    expect(await statuses(sample, 1, () => bearer('grace'))).toEqual([200])
    expect(await sample.stop('SIGTERM')).toBe(0)
  })
})
