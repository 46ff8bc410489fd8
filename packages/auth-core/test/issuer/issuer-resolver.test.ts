import { runInNewContext } from 'node:vm'

import { afterEach, describe, expect, it, vi } from 'vitest'
import type { IssuerResolver } from '../../src/issuer/issuer-options.js'
import { isIssuerName } from '../../src/issuer/issuer-resolver.js'
import type { ResourceServer } from '../../src/resource-server-types.js'
import { bearer, createWorld, faultOf, refused, verdict } from '../support.js'
import type { World } from '../support.js'
import { THROWN_VALUES } from '../thrown-values.js'

const ISSUER = 'https://issuer.test/'

async function send(world: World, server: ResourceServer, iss: unknown = ISSUER): Promise<string> {
  return verdict(await server.authenticate(bearer(await world.issuer.accessToken({ claims: { iss } }))))
}

/** A server whose function knows every name that fits a pattern, as one is easily written; and what it was asked. */
async function byPattern(): Promise<{ world: World; server: ResourceServer; asked: string[] }> {
  const world = await createWorld()
  const asked: string[] = []
  const server = world.serve({
    issuers(issuer) {
      asked.push(issuer)
      return /\.tenants\.test/.test(issuer) || issuer === ISSUER ? { issuer } : undefined
    },
  })
  return { world, server, asked }
}

const LONGEST = 'https://a.tenants.test/'.padEnd(1024, 'x')

const NO_ISSUERS = [
  'http://a.tenants.test/',
  'https://a.tenants.test/?x',
  'https://a.tenants.test/#x',
  'https://evil.test/?.tenants.test',
  'https://a.tenants.test/\n',
  'https://a.tenants.test/\u009b31m',
  'https://a.tenants.test/\u202e',
  'https://user@a.tenants.test/',
  'https://a.tenants.test/tenants/../mine/',
  'https://a.tenants.test/./',
  'https://a.tenants.test/%2e%2E/mine/',
  'https://a.tenants.test\\mine/',
  'https://a.tenants.test:99999/',
  `${LONGEST}x`,
  'ftp://a.tenants.test/',
  'a.tenants.test',
  '.tenants.test',
  '',
]

describe('a name that no issuer can have', () => {
  it.each(NO_ISSUERS)('%j is refused, and the function is not asked', async (iss) => {
    const { world, server, asked } = await byPattern()
    expect(await send(world, server, iss)).toBe('401 token_invalid')
    expect([asked, world.issuer.count('all')]).toEqual([[], 0])
  })

  it('is told without what could harm a log', async () => {
    const { world, server } = await byPattern()
    await send(world, server, 'https://a.tenants.test/\n\u009b31m\u202e"')
    expect(world.events.at(-1)?.detail).toBe(
      String.raw`iss is "https://a.tenants.test/\u000a\u009b31m\u202e\u0022"; want a trusted issuer`,
    )
    await server.authenticate(bearer(await world.issuer.accessToken({ claims: { iss: undefined } })))
    expect(world.events.at(-1)?.detail).toBe('iss is missing; want a trusted issuer')
  })

  it.each([
    'https://a.test',
    'https://a.test/',
    'https://A.test:8443/tenant/v2.0',
    'https://a.test/realms/%7Etilde/',
    'http://localhost:3000/',
    'http://127.0.0.1',
    'http://[::1]:8080/x',
    LONGEST,
  ])('%s is one', (name) => {
    expect(isIssuerName(name)).toBe(true)
  })
})

const UNREADABLE = Object.assign(new Error('x'), {
  message: {
    toString() {
      throw new Error('no message')
    },
  },
})

const THROWN = [...THROWN_VALUES, ['an error whose message cannot be read', UNREADABLE] as const]

describe('a function that fails is an outage', () => {
  it.each(THROWN)('when it throws %s', async (_, thrown) => {
    const world = await createWorld()
    const server = world.serve({
      issuers: () => {
        throw thrown
      },
    })
    const { status, headers } = refused(await server.authenticate(bearer(await world.issuer.accessToken())))
    expect([status, headers['retry-after']]).toEqual([503, '1'])
    expect(world.events.at(-1)).toMatchObject({
      reason: 'issuer_unavailable',
      detail: expect.stringMatching(/^issuers\(\) failed: /),
    })
  })

  it.each(THROWN)('when it rejects with %s', async (_, thrown) => {
    const world = await createWorld()
    const server = world.serve({ issuers: () => Promise.reject(thrown) })
    expect(await send(world, server)).toBe('503 issuer_unavailable')
  })

  it('when its answer has a then that throws', async () => {
    const world = await createWorld()
    const answer = Object.defineProperty({}, 'then', {
      get() {
        throw new Error('getter')
      },
    })
    const server = world.serve({ issuers: (() => answer) as IssuerResolver })
    expect(await send(world, server)).toBe('503 issuer_unavailable')
  })
})

describe('a function that never answers', () => {
  afterEach(() => vi.useRealTimers())

  it.each([
    ['a promise', () => new Promise<undefined>(() => undefined)],
    ['a thenable', () => ({ then: () => undefined }) as unknown as PromiseLike<undefined>],
  ])('(%s) is an outage after keys.timeout', async (_, issuers) => {
    const world = await createWorld()
    const server = world.serve({ issuers, keys: { timeout: 0.05 } })
    const { status, headers, error } = refused(await server.authenticate(bearer(await world.issuer.accessToken())))
    expect([status, headers['retry-after'], error.reason]).toEqual([503, '1', 'issuer_timeout'])
    expect(error.detail).toBe('issuers() gave no answer within 0.05 s')
  })

  it('leaves no timer behind when it does', async () => {
    const world = await createWorld()
    const token = bearer(await world.issuer.accessToken())
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const server = world.serve({ issuers: (issuer) => Promise.resolve({ issuer }) })
    expect(verdict(await server.authenticate(token))).toBe('accepted')
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('an answer', () => {
  it.each([
    ['a promise of another realm', (issuer: string) => runInNewContext('Promise.resolve({ issuer })', { issuer })],
    ['a thenable', (issuer: string) => ({ then: (resolve: (value: unknown) => void) => resolve({ issuer }) })],
  ])('may be %s', async (_, resolve) => {
    const world = await createWorld()
    const server = world.serve({ issuers: (issuer) => resolve(issuer) as Promise<{ issuer: string }> })
    // An object of another realm is no plain one of this.
    expect(await send(world, server).catch(String)).toMatch(/^accepted|TypeError: issuers\(\): got/)
  })

  it.each([undefined, null])('of %s is that there is no such issuer', async (answer) => {
    const world = await createWorld()
    for (const issuers of [() => answer, () => Promise.resolve(answer)]) {
      expect(await send(world, world.serve({ issuers }))).toBe('401 token_invalid')
    }
  })

  it('that is malformed is a fault, told without what could harm a log, and short', async () => {
    const world = await createWorld()
    const audience = [`\u009b31m\u202e\n${'x'.repeat(10_000)}`, 1]
    const server = world.serve({ issuers: ((issuer: string) => ({ issuer, audience })) as unknown as IssuerResolver })
    const { name, message } = await faultOf(() => send(world, server))
    expect([name, message.length < 700]).toEqual(['TypeError', true])
    expect(message).toMatch(/^[\x20-\x7e…]+$/)
    const names = ((issuer: string) => ({ issuer, ['\u009b31m']: 1 })) as unknown as IssuerResolver
    expect((await faultOf(() => send(world, world.serve({ issuers: names })))).message).toMatch(/^[\x20-\x7e…]+$/)
  })

  it('does not send this process to its own machine', async () => {
    const world = await createWorld()
    const urls: unknown[] = []
    const server = world.serve({
      issuers: (issuer) => ({ issuer, jwksUri: 'http://127.0.0.1:8080/shutdown?now=1' }),
      fetch: (input) => {
        urls.push(input)
        return Promise.reject(new Error('not reached'))
      },
    })
    expect((await faultOf(() => send(world, server))).message).toMatch(/^issuers\(\)\.jwksUri: got /)
    expect(urls).toEqual([])
  })
})

describe('what is remembered', () => {
  it('is a refusal, for five seconds', async () => {
    const { world, server, asked } = await byPattern()
    const iss = 'https://unknown.test/'
    for (const pause of [0, 0, 4, 0.9, 0.2, 0]) {
      world.clock.advance(pause)
      expect(await send(world, server, iss)).toBe('401 token_invalid')
    }
    expect(asked).toEqual([iss, iss])
  })

  it('is no outage: the next request asks again', async () => {
    const world = await createWorld()
    let calls = 0
    const server = world.serve({
      issuers(issuer) {
        calls += 1
        if (calls < 3) throw new Error('down')
        return { issuer }
      },
    })
    const outcomes = [await send(world, server), await send(world, server), await send(world, server)]
    expect(outcomes).toEqual(['503 issuer_unavailable', '503 issuer_unavailable', 'accepted'])
  })

  it('is forgotten by invalidate(), refusals and answers', async () => {
    const world = await createWorld()
    let known = false
    const server = world.serve({ issuers: (issuer) => (known ? { issuer } : null) })
    const outcomes: string[] = []
    for (const next of [false, true, false]) {
      known = next
      server.invalidate()
      outcomes.push(await send(world, server), await send(world, server))
    }
    const refusal = '401 token_invalid'
    expect(outcomes).toEqual([refusal, refusal, 'accepted', 'accepted', refusal, refusal])
  })

  it('is not an answer from before an invalidation', async () => {
    const world = await createWorld()
    const answers: ((known: boolean) => void)[] = []
    const server = world.serve({
      issuers: (issuer) =>
        new Promise((resolve) => {
          answers.push((known) => resolve(known ? { issuer } : undefined))
        }),
    })
    const decision = send(world, server)
    while (answers.length === 0) await new Promise((resolve) => setImmediate(resolve))
    server.invalidate()
    answers[0]?.(true)
    while (answers.length === 1) await new Promise((resolve) => setImmediate(resolve))
    answers[1]?.(false)
    expect(await decision).toBe('401 token_invalid')
  })

  it('does not outlive a clock that is set back', async () => {
    const world = await createWorld()
    let known = true
    const server = world.serve({ issuers: (issuer) => (known ? { issuer } : null) })
    expect(await send(world, server)).toBe('accepted')
    known = false
    world.clock.advance(-3600)
    expect(await send(world, server)).toBe('401 token_invalid')
  })

  it('of tenants whose keys were had is not pushed out by names that strangers make up', async () => {
    const { world, server, asked } = await byPattern()
    expect(await send(world, server)).toBe('accepted')
    asked.length = 0
    world.issuer.resetCounts()
    for (let at = 0; at < 1500; at++) {
      expect(await send(world, server, `https://made-up-${at}.tenants.test/`)).toBe('503 issuer_unavailable')
    }
    expect(asked).toHaveLength(1500)
    world.issuer.fail('all', 'reset')
    expect(await send(world, server)).toBe('accepted')
    expect([asked.length, world.issuer.count('all')]).toEqual([1500, 0])
  }, 60_000)
})
