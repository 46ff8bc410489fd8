import { setImmediate } from 'node:timers/promises'

import { createTestKey } from '@acme/auth-testing'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { AuthError } from '../../../src/outcome/errors.js'
import { memoryReplayStore } from '../../../src/dpop/replay/memory-replay-store.js'
import type { ProofSender, ReplayStore } from '../../../src/dpop/replay/replay-store.js'
import type { ResourceServer } from '../../../src/resource-server-types.js'
import { NOW, commonHeaders, createWorld, refused, request, verdict } from '../../support.js'
import { highSTwin } from '../../twins.js'

const world = await createWorld()
const { issuer, key } = world
const token = await issuer.accessToken({ jkt: key.thumbprint })

async function send(server: ResourceServer, proof: string, target = '/items', method = 'GET'): Promise<string> {
  return verdict(await server.authenticate(request({ authorization: `DPoP ${token}`, dpop: proof, target, method })))
}

function recorder(answer: () => unknown = () => 'reserved'): { store: ReplayStore; calls: [string, number][] } {
  const calls: [string, number][] = []
  const store = {
    reserve(proofKey: string, until: number) {
      calls.push([proofKey, until])
      return answer() as 'reserved'
    },
  }
  return { store, calls }
}

describe('a proof', () => {
  it('is accepted once', async () => {
    const server = world.serve()
    const proof = await world.proof(token)
    expect([await send(server, proof), await send(server, proof), await send(server, proof)]).toEqual([
      'accepted',
      '400 proof_replayed',
      '400 proof_replayed',
    ])
  })

  it('is accepted once of twenty at the same time', async () => {
    const server = world.serve()
    const proof = await world.proof(token)
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => send(server, proof)))
    expect(outcomes.filter((one) => one === 'accepted')).toHaveLength(1)
    expect(outcomes.filter((one) => one === '400 proof_replayed')).toHaveLength(19)
  })

  it('is accepted once until it is too old', async () => {
    const own = await createWorld()
    const bound = await own.issuer.accessToken({ jkt: own.key.thumbprint })
    const dpop = await own.proof(bound)
    const outcomes = []
    for (const pause of [0, 100, 229, 1, 0.5, 100]) {
      own.clock.advance(pause)
      outcomes.push(verdict(await own.server.authenticate(request({ authorization: `DPoP ${bound}`, dpop }))))
    }
    expect(outcomes).toEqual([
      'accepted',
      ...Array<string>(3).fill('400 proof_replayed'),
      '400 proof_time',
      '400 proof_time',
    ])
  })

  it('is a replay with the other signature of ECDSA', async () => {
    const proof = await world.proof(token)
    const twin = highSTwin(proof)
    expect(twin).not.toBe(proof)
    expect(await send(world.serve({ dpop: { replay: false } }), twin)).toBe('accepted')
    const server = world.serve()
    expect([await send(server, proof), await send(server, twin)]).toEqual(['accepted', '400 proof_replayed'])
  })

  it('is a replay with another signature, header order or claim of its maker', async () => {
    const server = world.serve()
    const jti = 'one'
    const first = await world.proof(token, { claims: { jti } })
    const again = [
      await world.proof(token, { claims: { jti } }),
      await world.proof(token, { claims: { jti, x: 1 } }),
      await world.proof(token, { claims: { jti, iat: NOW - 1 } }),
      await world.proof(token, { claims: { jti }, header: { kid: 'x' } }),
      await world.proof(token, {
        rawPayload: Buffer.from(first.split('.')[1] ?? '', 'base64url')
          .toString()
          .replace('"one"', '"\\u006fne"'),
      }),
    ]
    expect(await send(server, first)).toBe('accepted')
    for (const proof of again) expect(await send(server, proof)).toBe('400 proof_replayed')
  })

  it.each([
    'HTTPS://API.TEST/items',
    'https://api.test:443/items',
    'https://api.test/%69tems',
    'https://api.test/items?x',
    'https://api.test/items#x',
    'https://api.test/./items',
    'https://api.test/x/../items',
    'https://api.test:/items',
  ])('is a replay with its URL spelt %s', async (url) => {
    const server = world.serve()
    const claims = { jti: 'spelt' }
    expect(await send(server, await world.proof(token, { claims }))).toBe('accepted')
    expect(await send(server, await world.proof(token, { claims, url }))).toBe('400 proof_replayed')
  })

  it('is a replay where the request line spells the URL differently', async () => {
    const server = world.serve()
    const proof = await world.proof(token)
    expect([await send(server, proof, '/%69tems?a'), await send(server, proof, '/x/../items?b')]).toEqual([
      'accepted',
      '400 proof_replayed',
    ])
  })

  it('is no replay of another jti, method, URL or key', async () => {
    const server = world.serve()
    const claims = { jti: 'one' }
    expect(await send(server, await world.proof(token, { claims }))).toBe('accepted')
    expect(await send(server, await world.proof(token, { claims: { jti: 'two' } }))).toBe('accepted')
    expect(await send(server, await world.proof(token, { claims: { jti: 'One' } }))).toBe('accepted')
    expect(await send(server, await world.proof(token, { claims: { jti: 'one ' } }))).toBe('accepted')
    expect(await send(server, await world.proof(token, { claims, method: 'POST' }), '/items', 'POST')).toBe('accepted')
    expect(await send(server, await world.proof(token, { claims, url: 'https://api.test/other' }), '/other')).toBe(
      'accepted',
    )
    const other = await createTestKey('ES256')
    const bound = await issuer.accessToken({ jkt: other.thumbprint })
    const dpop = await world.proof(bound, { claims, key: other })
    expect(verdict(await server.authenticate(request({ authorization: `DPoP ${bound}`, dpop })))).toBe('accepted')
  })

  it('cannot be made to look like another by moving text between its parts', async () => {
    const { store, calls } = recorder()
    const server = world.serve({ dpop: { replay: store } })
    await send(server, await world.proof(token, { claims: { jti: '/b' }, url: 'https://api.test/a' }), '/a')
    await send(server, await world.proof(token, { claims: { jti: 'b' }, url: 'https://api.test/a/' }), '/a/')
    await send(server, await world.proof(token, { claims: { jti: '","b' }, url: 'https://api.test/a' }), '/a')
    await send(server, await world.proof(token, { claims: { jti: '\ud800' }, url: 'https://api.test/a' }), '/a')
    await send(server, await world.proof(token, { claims: { jti: '\ud801' }, url: 'https://api.test/a' }), '/a')
    expect(new Set(calls.map(([proofKey]) => proofKey)).size).toBe(5)
  })
})

// Its two looks at the clock are not one: between them the last millisecond of a proof may end.
describe('a proof that grows too old while the store is asked', () => {
  const SECRET = 'a secret of more than thirty-two characters'
  const NONCES = { mode: 'heal', secret: SECRET } as const

  it.each([
    ['at once', 'without nonces', (reserve: () => unknown) => reserve(), undefined, '400 proof_time'],
    ['later', 'without nonces', (reserve: () => unknown) => setImmediate().then(reserve), undefined, '400 proof_time'],
    ['at once', 'with nonces', (reserve: () => unknown) => reserve(), NONCES, '401 nonce_required'],
    ['later', 'with nonces', (reserve: () => unknown) => setImmediate().then(reserve), NONCES, '401 nonce_required'],
  ] as const)('is refused by a store that answers %s, %s', async (_when, _nonces, answer, nonce, expected) => {
    const own = await createWorld()
    const inner = memoryReplayStore({ now: own.clock.now })
    let pause = 0
    const store: ReplayStore = {
      reserve: (...call) =>
        answer(() => {
          own.clock.advance(pause)
          return inner.reserve(...call)
        }) as ReturnType<ReplayStore['reserve']>, // what the inner one answers
    }
    const server = own.serve({ dpop: { replay: store, ...(nonce && { nonce }) } })
    const bound = await own.issuer.accessToken({ jkt: own.key.thumbprint, expiresIn: 7200 })
    const sent = request({ authorization: `DPoP ${bound}`, dpop: await own.proof(bound) })
    const again = (): Promise<string> => server.authenticate({ ...sent, identity: {} }).then(verdict)
    expect(await again()).toBe('accepted')
    own.clock.advance(330)
    expect(await again()).toBe('400 proof_replayed')
    pause = 0.001
    expect(await again()).toBe(expected)
  })

  it('is sent for another nonce when its own grows too old', async () => {
    const own = await createWorld()
    const inner = memoryReplayStore({ now: own.clock.now })
    let pause = 0
    const reserve: ReplayStore['reserve'] = (...call) => {
      own.clock.advance(pause)
      return inner.reserve(...call)
    }
    const server = own.serve({ dpop: { replay: { reserve }, nonce: { ...NONCES, mode: 'required' } } })
    const bound = await own.issuer.accessToken({ jkt: own.key.thumbprint, expiresIn: 7200 })
    const send = async (dpop: string): Promise<ReturnType<ResourceServer['authenticate']>> =>
      server.authenticate(request({ authorization: `DPoP ${bound}`, dpop }))
    const nonce = refused(await send(await own.proof(bound))).headers['dpop-nonce'] ?? ''
    // Its iat is long over, so that it is kept for its nonce alone.
    const proof = await own.proof(bound, { claims: { nonce, iat: own.clock.now() - 3600 } })
    expect(verdict(await send(proof))).toBe('accepted')
    // A nonce begins with when it was made, in milliseconds in base 36, and is good for 300 seconds.
    own.clock.advance(Number.parseInt(nonce.slice(0, 9), 36) / 1000 + 300 - own.clock.now())
    expect(verdict(await send(proof))).toBe('400 proof_replayed')
    pause = 0.001
    const late = refused(await send(proof))
    expect([late.error.reason, late.headers['dpop-nonce']]).toEqual(['nonce_stale', expect.any(String)])
    expect(late.headers['dpop-nonce']).not.toBe(nonce)
  })
})

describe('what the store is asked', () => {
  it('a key of 43 characters, kept for as long as the proof could be accepted', async () => {
    const { store, calls } = recorder()
    const server = world.serve({ dpop: { replay: store, proofMaxAge: 100, clockTolerance: 7 } })
    expect(await send(server, await world.proof(token, { claims: { iat: NOW - 50 } }))).toBe('accepted')
    expect(calls).toEqual([[expect.stringMatching(/^[A-Za-z0-9_-]{43}$/), NOW - 50 + 107]])
  })

  it('nothing, for a Bearer request', async () => {
    const { store, calls } = recorder()
    await world
      .serve({ dpop: { replay: store } })
      .authenticate(request({ authorization: `Bearer ${await issuer.accessToken()}` }))
    expect(calls).toEqual([])
  })

  it('may be answered later', async () => {
    const store: ReplayStore = { reserve: async () => Promise.resolve('reserved' as const) }
    expect(await send(world.serve({ dpop: { replay: store } }), await world.proof(token))).toBe('accepted')
  })

  it('may be answered later by a function that is a thenable', async () => {
    const { store } = recorder(() =>
      Object.assign(
        () => 'seen',
        thenable((resolve) => resolve('reserved')),
      ),
    )
    expect(await send(world.serve({ dpop: { replay: store } }), await world.proof(token))).toBe('accepted')
  })
})

/** A Proxy all of whose traps throw. */
const DEAF: unknown = new Proxy({}, new Proxy({}, { get: () => () => raise(new Error('a trap')) }))

function raise(thrown: unknown): never {
  throw thrown
}

function nameOf(value: unknown): string {
  if (value === DEAF) return 'a Proxy'
  return typeof value === 'string' ? JSON.stringify(value) : Object.prototype.toString.call(value)
}

function thenable(then: (resolve: (value: unknown) => void, reject: (reason: unknown) => void) => unknown): object {
  return { then }
}

function endless(): unknown {
  const self = { then: (resolve: (value: unknown) => void) => resolve(self) }
  return self
}

describe('a store that does not answer', () => {
  it.each([
    ['undefined', () => undefined],
    ['null', () => null],
    ['true', () => true],
    ['1', () => 1],
    ['OK', () => 'OK'],
    ['RESERVED', () => 'RESERVED'],
    ['an object', () => ({ result: 'reserved' })],
    ['a list', () => ['reserved']],
    ['a promise of nothing', () => Promise.resolve()],
    ['an Error that is returned', () => new Error('down')],
    [
      'an Error that is thrown',
      () => {
        throw new Error('down')
      },
    ],
    [
      'text that is thrown',
      () => {
        throw 'down'
      },
    ],
    ['a rejection', () => Promise.reject(new Error('down'))],
    ['a rejection with nothing', () => Promise.reject()],
    ...[undefined, null, false, 0, '', 'text', { statusCode: 200 }, Object.freeze(new Error('frozen')), DEAF].flatMap(
      (thrown): [string, () => unknown][] => [
        [
          `throws ${nameOf(thrown)}`,
          () => {
            throw thrown
          },
        ],
        [`rejects with ${nameOf(thrown)}`, () => Promise.reject(thrown)],
        [`a thenable that throws ${nameOf(thrown)}`, () => thenable(() => raise(thrown))],
      ],
    ),
    ['a Proxy that answers nothing', () => DEAF],
    ['a thenable that resolves with a Proxy', () => thenable((resolve) => resolve(DEAF))],
    [
      'a `then` that cannot be read',
      () => ({
        get then(): never {
          throw new Error('no')
        },
      }),
    ],
    // Each of them resolves to the next: unwrapping them would never end.
    ['a thenable that resolves to itself', () => endless()],
    ['a thenable that resolves to a promise', () => thenable((resolve) => resolve(Promise.resolve('reserved')))],
    ['an AuthError that would let the client try again', () => Promise.reject(new AuthError('nonce_required'))],
  ])('clearly (%s): 503 and nothing is accepted', async (_, answer) => {
    const server = world.serve({ dpop: { replay: recorder(answer).store } })
    const outcome = await server.authenticate(
      request({ authorization: `DPoP ${token}`, dpop: await world.proof(token) }),
    )
    const { status, headers, body } = refused(outcome)
    expect([status, headers]).toEqual([503, { ...commonHeaders(body), 'retry-after': '5' }])
    expect(JSON.parse(body)).toMatchObject({ error: 'temporarily_unavailable', code: 'SRV_5001' })
  })

  it.each([undefined, null, 'OK', {}, { then: 1 }, { then: 'reserved' }])('is told of so: %o', async (answer) => {
    world.events.length = 0
    await send(world.serve({ dpop: { replay: recorder(() => answer).store } }), await world.proof(token))
    expect(world.events).toMatchObject([{ detail: 'the replay store gave no answer' }])
  })

  it('says why in the event, and nothing of it to the client', async () => {
    world.events.length = 0
    const down = new Error('ECONNREFUSED 10.0.0.7')
    const server = world.serve({ dpop: { replay: recorder(() => Promise.reject(down)).store } })
    const outcome = refused(
      await server.authenticate(request({ authorization: `DPoP ${token}`, dpop: await world.proof(token) })),
    )
    expect(world.events).toMatchObject([
      { reason: 'replay_unavailable', status: 503, detail: 'ECONNREFUSED 10.0.0.7', cause: down },
    ])
    expect(outcome.body).not.toContain('10.0.0.7')
  })

  it('a full one: 503, no proof is forgotten, and Bearer goes on', async () => {
    world.events.length = 0
    const server = world.serve({ dpop: { replay: memoryReplayStore({ maxEntries: 1, now: world.clock.now }) } })
    const first = await world.proof(token)
    expect(await send(server, first)).toBe('accepted')
    expect(await send(server, await world.proof(token))).toBe('503 replay_unavailable')
    expect(await send(server, first)).toBe('400 proof_replayed')
    expect(world.events[1]).toMatchObject({ detail: 'replay store is full: 1 proofs' })
    expect(verdict(await server.authenticate(request({ authorization: `Bearer ${await issuer.accessToken()}` })))).toBe(
      'accepted',
    )
  })
})

describe('a store that does not answer', () => {
  afterEach(() => vi.useRealTimers())

  it('holds a request for five seconds, then 503, whatever it answers later', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    world.events.length = 0
    let answer: (result: 'reserved') => void = () => undefined
    const { store, calls } = recorder(() => new Promise((resolve) => (answer = resolve)))
    const sent = send(world.serve({ dpop: { replay: store } }), await world.proof(token))
    while (calls.length === 0) await setImmediate()
    await vi.advanceTimersByTimeAsync(4999)
    expect(world.events).toEqual([])
    await vi.advanceTimersByTimeAsync(1)
    answer('reserved')
    expect(await sent).toBe('503 replay_unavailable')
    expect(world.events).toMatchObject([{ reason: 'replay_unavailable', detail: 'the replay store gave no answer' }])
  })

  it('is not waited for when it is a thenable that never settles', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const { store, calls } = recorder(() => thenable(() => undefined))
    const sent = send(world.serve({ dpop: { replay: store } }), await world.proof(token))
    while (calls.length === 0) await setImmediate()
    await vi.advanceTimersByTimeAsync(5000)
    expect(await sent).toBe('503 replay_unavailable')
  })

  it('leaves no timer behind when it does answer', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const server = world.serve({ dpop: { replay: recorder(() => Promise.resolve('reserved')).store } })
    expect(await send(server, await world.proof(token))).toBe('accepted')
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('whom a proof counts for', () => {
  async function ownersOf(...claims: Readonly<Record<string, unknown>>[]): Promise<string[]> {
    const owners: string[] = []
    const reserve = (_key: string, _until: number, { owner }: ProofSender): 'reserved' => {
      owners.push(owner)
      return 'reserved'
    }
    const server = world.serve({ dpop: { replay: { reserve } } })
    for (const { keys, ...more } of claims) {
      const own = keys === undefined ? key : await createTestKey('ES256')
      const bound = await issuer.accessToken({ jkt: own.thumbprint, claims: more })
      const dpop = await world.proof(bound, { key: own })
      expect(verdict(await server.authenticate(request({ authorization: `DPoP ${bound}`, dpop })))).toBe('accepted')
    }
    return owners
  }

  it('is one subject, whatever its keys and clients are', async () => {
    const claims = { sub: 'alice', client_id: 'app' }
    const owners = await ownersOf(claims, { ...claims, keys: 1 }, { ...claims, keys: 2 }, { ...claims, client_id: 'b' })
    expect(new Set(owners).size).toBe(1)
    expect(owners[0]).toMatch(/^[A-Za-z0-9_-]{43}$/)
  })

  it('is another subject, or another client without one', async () => {
    const owners = await ownersOf(
      { sub: 'alice' },
      { sub: 'bob' },
      { sub: undefined, client_id: 'alice' },
      { sub: undefined, client_id: 'bob' },
      { sub: undefined, azp: undefined, client_id: undefined },
      { sub: '' },
    )
    expect(new Set(owners).size).toBe(owners.length)
  })

  it('leaves room for others, however many keys a subject has', async () => {
    const server = world.serve({ dpop: { replay: memoryReplayStore({ maxEntries: 40, now: world.clock.now }) } })
    const sendAs = async (sub: string): Promise<string> => {
      const own = await createTestKey('ES256')
      const bound = await issuer.accessToken({ jkt: own.thumbprint, claims: { sub } })
      const dpop = await world.proof(bound, { key: own })
      return verdict(await server.authenticate(request({ authorization: `DPoP ${bound}`, dpop })))
    }
    const greedy: string[] = []
    for (let sent = 0; sent < 12; sent++) greedy.push(await sendAs('greedy'))
    expect(greedy.filter((outcome) => outcome === 'accepted')).toHaveLength(10)
    expect([greedy.at(-1), await sendAs('innocent')]).toEqual(['503 replay_unavailable', 'accepted'])
  })
})

describe('two resource servers that guard one request', () => {
  it('and share a store do not take its proof for a replay of itself, and still take it for one of another', async () => {
    for (const later of [false, true]) {
      const inner = memoryReplayStore({ now: world.clock.now })
      const replay: ReplayStore = later
        ? { reserve: async (...call) => setImmediate().then(() => inner.reserve(...call)) }
        : inner
      const servers = [world.serve({ dpop: { replay } }), world.serve({ dpop: { replay, mode: 'required' } })]
      const one = request({ authorization: `DPoP ${token}`, dpop: await world.proof(token) })
      const outcomes = await Promise.all([...servers, ...servers].map((server) => server.authenticate(one)))
      expect(outcomes.map(verdict)).toEqual(Array(4).fill('accepted'))
      const again = { ...one, identity: {} }
      for (const server of servers) expect(verdict(await server.authenticate(again))).toBe('400 proof_replayed')
    }
  })

  it('and have a store each hold it against both', async () => {
    const stores = [memoryReplayStore({ now: world.clock.now }), memoryReplayStore({ now: world.clock.now })]
    const servers = stores.map((replay) => world.serve({ dpop: { replay } }))
    const one = request({ authorization: `DPoP ${token}`, dpop: await world.proof(token) })
    for (const server of [...servers, ...servers]) expect(verdict(await server.authenticate(one))).toBe('accepted')
    for (const server of servers) {
      expect(verdict(await server.authenticate({ ...one, identity: {} }))).toBe('400 proof_replayed')
    }
  })

  it('refuse another proof on the same request object for what it is', async () => {
    const replay = memoryReplayStore({ now: world.clock.now })
    const [first, second] = [world.serve({ dpop: { replay } }), world.serve({ dpop: { replay } })]
    const used = request({ authorization: `DPoP ${token}`, dpop: await world.proof(token) })
    expect(verdict(await first.authenticate(used))).toBe('accepted')
    const other = request({ authorization: `DPoP ${token}`, dpop: await world.proof(token) })
    expect(verdict(await first.authenticate(other))).toBe('accepted')
    expect(verdict(await second.authenticate({ ...used, identity: other.identity }))).toBe('400 proof_replayed')
  })
})

describe('replay: false', () => {
  it('accepts a proof again', async () => {
    const server = world.serve({ dpop: { replay: false } })
    const proof = await world.proof(token)
    expect([await send(server, proof), await send(server, proof)]).toEqual(['accepted', 'accepted'])
  })
})
