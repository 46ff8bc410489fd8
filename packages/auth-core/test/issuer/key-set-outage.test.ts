import { setImmediate } from 'node:timers/promises'

import type { TestFault } from '@acme/auth-testing'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { bearer, commonHeaders, createWorld, refused, verdict } from '../support.js'
import type { World } from '../support.js'

async function send(world: World, options: Parameters<World['issuer']['accessToken']>[0] = {}): Promise<string> {
  return verdict(await world.server.authenticate(bearer(await world.issuer.accessToken(options))))
}

/** Concurrently, to the tick: the token is there before the first request is. */
async function sendAtOnce(world: World, requests: number): Promise<string[]> {
  const token = await world.issuer.accessToken()
  const outcomes = Array.from({ length: requests }, () => world.server.authenticate(bearer(token)))
  return (await Promise.all(outcomes)).map(verdict)
}

describe('an issuer that cannot be reached', () => {
  const html = { body: '<!doctype html><title>Login</title>', contentType: 'text/html' }
  const faults: readonly (readonly [string, 'metadata' | 'keys', TestFault, string])[] = [
    ...(['metadata', 'keys'] as const).flatMap((what) => [
      ['is reset', what, 'reset', 'NET_3001'] as const,
      ['answers 500', what, { status: 500 }, 'NET_3001'] as const,
      ['answers 404', what, { status: 404 }, 'NET_3001'] as const,
      ['answers with HTML', what, html, 'NET_3001'] as const,
      ['answers with 10 MB', what, { body: `{"a":"${'x'.repeat(10_000_000)}"}` }, 'NET_3001'] as const,
      ['redirects in a loop', what, 'redirect-loop', 'NET_3001'] as const,
      [
        'redirects to another origin',
        what,
        { status: 302, headers: { location: 'https://evil.test/' } },
        'NET_3001',
      ] as const,
      ['answers with a list', what, { body: '[]' }, 'NET_3001'] as const,
      ['stalls', what, 'stall', 'NET_3002'] as const,
      ['is late', what, { delay: 1000 }, 'NET_3002'] as const,
    ]),
    [
      'has metadata of another issuer',
      'metadata',
      { body: '{"issuer":"https://evil.test/","jwks_uri":"https://issuer.test/.well-known/jwks.json"}' },
      'NET_3001',
    ],
    [
      'has keys over http',
      'metadata',
      { body: '{"issuer":"https://issuer.test/","jwks_uri":"http://issuer.test/jwks"}' },
      'NET_3001',
    ],
    ['has no jwks_uri', 'metadata', { body: '{"issuer":"https://issuer.test/"}' }, 'NET_3001'],
    ['has 101 keys', 'keys', { body: JSON.stringify({ keys: Array.from({ length: 101 }, () => ({})) }) }, 'NET_3001'],
    ['has no keys member', 'keys', { body: '{"jwks":[]}' }, 'NET_3001'],
  ]

  it.each(faults)('%s (%s): 503 with Retry-After and without a challenge', async (_, what, fault, code) => {
    const world = await createWorld({ keys: { timeout: 0.05 } })
    world.issuer.fail(what, fault)
    const outcome = await world.server.authenticate(bearer(await world.issuer.accessToken()))
    const { status, headers, body } = refused(outcome)
    expect([status, headers]).toEqual([503, { ...commonHeaders(body), 'retry-after': '1' }])
    expect(JSON.parse(body)).toMatchObject({
      error: 'temporarily_unavailable',
      error_description: 'The access token cannot be verified right now',
      code,
    })
    world.issuer.fail('all', undefined)
    world.clock.advance(2)
    expect(await send(world)).toBe('accepted')
  })

  it.each([
    ['none', '{"keys":[]}'],
    ['keys that are none', '{"keys":[null,{},{"kty":"oct","kid":"a"}]}'],
  ])('has %s: its own mistake, of which no client is to suffer', async (_, body) => {
    const world = await createWorld({ keys: { maxAge: 100, refreshAhead: 0 } })
    world.issuer.fail('keys', { body })
    expect(await send(world)).toBe('503 issuer_unavailable')
    expect(world.events.at(-1)?.detail).toContain('no usable key')
    world.issuer.fail('keys', undefined)
    world.clock.advance(2)
    expect(await send(world)).toBe('accepted')
    world.issuer.fail('keys', { body })
    world.clock.advance(101)
    expect(await send(world)).toBe('accepted')
    expect(world.server.issuerStatus()).toMatchObject([{ state: 'stale', keys: 1, failures: 1 }])
  })

  it.each(['reset', 'stall', { status: 500 }] as const)(
    '%o: twenty requests make at most two attempts',
    async (fault) => {
      const world = await createWorld({ keys: { timeout: 0.05 } })
      world.issuer.fail('all', fault)
      for (let i = 0; i < 10; i++) expect(await send(world)).toMatch(/^503 /)
      const rest = await sendAtOnce(world, 10)
      for (const outcome of rest) expect(outcome).toMatch(/^503 /)
      expect(world.issuer.count('all')).toBeLessThanOrEqual(2)
    },
  )

  it('is tried less and less often', async () => {
    const random = vi.spyOn(Math, 'random').mockReturnValue(0.999_999)
    try {
      const world = await createWorld()
      world.issuer.fail('all', 'reset')
      const attempts: number[] = []
      for (let second = 0; second < 200; second += 0.5) {
        await send(world)
        if (world.issuer.count('all') > attempts.length) attempts.push(second)
        world.clock.advance(0.5)
      }
      expect(attempts).toEqual([0, 1, 3, 7, 15, 31, 63, 123, 183])
    } finally {
      random.mockRestore()
    }
  })

  it('has clients told how long it is left alone', async () => {
    const random = vi.spyOn(Math, 'random').mockReturnValue(0.999_999)
    try {
      const world = await createWorld()
      const retryAfter = async (): Promise<unknown> => {
        const outcome = await world.server.authenticate(bearer(await world.issuer.accessToken()))
        return refused(outcome).headers['retry-after']
      }
      world.issuer.fail('all', 'reset')
      const answers: unknown[] = []
      for (const pause of [0, 1, 2, 4, 1.5, 6, 0.4]) {
        world.clock.advance(pause)
        answers.push(await retryAfter())
      }
      expect(answers).toEqual(['1', '2', '4', '8', '7', '1', '1'])
    } finally {
      random.mockRestore()
    }
  })

  it('comes back: the next failure is the first again', async () => {
    const world = await createWorld({ keys: { maxAge: 10, refreshAhead: 0, staleIfError: 0 } })
    world.issuer.fail('all', 'reset')
    for (let i = 0; i < 5; i++) {
      await send(world)
      world.clock.advance(100)
    }
    world.issuer.fail('all', undefined)
    expect(await send(world)).toBe('accepted')
    world.clock.advance(11)
    world.issuer.fail('all', 'reset')
    expect(
      refused(await world.server.authenticate(bearer(await world.issuer.accessToken()))).headers['retry-after'],
    ).toBe('1')
  })

  it('gives each request an error and an identifier of its own', async () => {
    const world = await createWorld()
    world.issuer.fail('all', 'reset')
    const token = await world.issuer.accessToken()
    const outcomes = await Promise.all(Array.from({ length: 3 }, () => world.server.authenticate(bearer(token))))
    const answers = outcomes.map(refused)
    expect(new Set(answers.map(({ error }) => error.correlationId)).size).toBe(3)
    expect(new Set(answers.map(({ error }) => error)).size).toBe(3)
  })

  it('fails preload with an AuthError', async () => {
    const world = await createWorld()
    world.issuer.fail('all', 'reset')
    await expect(world.server.preload()).rejects.toMatchObject({ reason: 'issuer_unavailable', status: 503 })
  })

  it('says in the event what happened, and nothing of it to the client', async () => {
    const world = await createWorld()
    world.issuer.fail('metadata', { status: 418 })
    const { body } = refused(await world.server.authenticate(bearer(await world.issuer.accessToken())))
    expect(world.events).toMatchObject([
      {
        reason: 'issuer_unavailable',
        status: 503,
        detail: 'https://issuer.test/.well-known/openid-configuration: status 418',
      },
    ])
    const { correlation_id: _random, ...said } = JSON.parse(body) as Record<string, string>
    expect(JSON.stringify(said)).not.toContain('418')
  })
})

describe('a fetch that ends with the request that began it, and says nothing', () => {
  afterEach(() => vi.useRealTimers())

  it('is begun anew by a request that waited for it too long', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const world = await createWorld()
    const fetches: unknown[] = []
    const server = world.serve({
      fetch: (input, init) => {
        fetches.push(input)
        return fetches.length === 1 ? new Promise<Response>(() => undefined) : world.issuer.fetch(input, init)
      },
    })
    const token = await world.issuer.accessToken()
    void server.authenticate(bearer(token))
    while (fetches.length === 0) await setImmediate()
    // Workers stop the timers of a request, too.
    vi.clearAllTimers()
    const second = server.authenticate(bearer(token)).then(verdict)
    await vi.advanceTimersByTimeAsync(5999)
    expect(fetches).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(await second).toBe('accepted')
    expect(await server.authenticate(bearer(token)).then(verdict)).toBe('accepted')
  })
  it('is not begun in the background again: the next request waits', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    const world = await createWorld()
    let dead = false
    let answers = 0
    const server = world.serve({
      fetch: async (input, init) => {
        if (dead) return new Promise<Response>(() => undefined)
        await setImmediate()
        answers += 1
        return world.issuer.fetch(input, init)
      },
    })
    const request = async (): Promise<string> =>
      verdict(await server.authenticate(bearer(await world.issuer.accessToken())))
    await server.preload()
    world.clock.advance(3400)
    dead = true
    expect(await request()).toBe('accepted')
    vi.clearAllTimers()
    vi.advanceTimersByTime(6001)
    dead = false
    answers = 0
    expect([await request(), answers]).toEqual(['accepted', 1])
  })
})
