import { describe, expect, it } from 'vitest'

import { policyEngine } from '../../src/index.js'
import type { PolicyEngineOptions } from '../../src/index.js'
import { bearer, createWorld, faultOf } from '../support.js'

const { server, issuer } = await createWorld()
const token = await issuer.accessToken({})

type Query = { path: string }
type Decide = PolicyEngineOptions<Query>['decide']

/** Outcomes of concurrent requests: `ok`, or the reason and the detail. */
async function ask(
  paths: readonly string[],
  decide: Decide,
  options: Partial<PolicyEngineOptions<Query>> = {},
): Promise<readonly string[]> {
  const authorize = policyEngine<Query>({ query: (_auth, { path }) => ({ path }), decide, ...options })
  const wanted = server.requirements({ authorize })
  return Promise.all(
    paths.map(async (target) => {
      const outcome = await server.authenticate({ ...bearer(token), target, identity: {} }, wanted)
      return outcome.ok ? 'ok' : outcome.error.reason
    }),
  )
}

const allowsA: Decide = (queries) => queries.map(({ path }) => path === '/a')
const paths = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `/${index}`)

describe('a policy engine', () => {
  it('answers each request with its own answer', async () => {
    expect(await ask(['/a', '/b?/a', '/a', '/c'], allowsA)).toEqual(['ok', 'access_denied', 'ok', 'access_denied'])
  })

  it('is asked about many at once: all that came while others were under way', async () => {
    const sizes: number[] = []
    const outcomes = await ask(paths(120), async (queries) => {
      sizes.push(queries.length)
      await Promise.resolve()
      return queries.map(() => true)
    })
    expect(outcomes).toEqual(Array(120).fill('ok'))
    expect(sizes.length).toBeLessThan(20)
    expect(Math.max(...sizes)).toBe(50)
    expect(sizes.reduce((sum, size) => sum + size)).toBe(120)
  })

  it.each<readonly [string, Decide]>([
    [
      'throws',
      () => {
        throw new Error('down')
      },
    ],
    [
      'throws nothing',
      () => {
        throw undefined
      },
    ],
    ['rejects', () => Promise.reject(new Error('down'))],
    ['answers too few', () => []],
    ['answers too many', (queries) => [...queries.map(() => true), true]],
    ['answers something truthy', (queries) => queries.map(() => 1 as unknown as boolean)],
    ['answers no list', () => true as unknown as boolean[]],
    ['answers nothing', () => undefined as unknown as boolean[]],
  ])('that %s lets nobody pass: 503', async (_, decide) => {
    expect(await ask(['/a', '/a'], decide)).toEqual(['policy_unavailable', 'policy_unavailable'])
  })

  it('that never answers is given up, and told so', async () => {
    let aborted = 0
    const outcomes = await ask(
      paths(3),
      (_queries, signal) => new Promise(() => signal.addEventListener('abort', () => aborted++)),
      { timeout: 0.01 },
    )
    expect([outcomes, aborted]).toEqual([Array(3).fill('policy_unavailable'), 3])
  })

  it('goes on after a failure', async () => {
    let calls = 0
    const authorize = policyEngine<Query>({
      query: (_auth, { path }) => ({ path }),
      decide: (queries) => (++calls === 1 ? Promise.reject(new Error('down')) : queries.map(() => true)),
    })
    const wanted = server.requirements({ authorize })
    const once = async (): Promise<boolean> => (await server.authenticate(bearer(token), wanted)).ok
    expect([await once(), await once()]).toEqual([false, true])
  })

  it('keeps no more waiting than it may', async () => {
    const outcomes = await ask(paths(20), (queries) => Promise.resolve(queries.map(() => true)), {
      maxWaiting: 3,
      maxBatch: 1,
    })
    expect(outcomes.filter((one) => one === 'ok').length).toBeGreaterThanOrEqual(7)
    expect(outcomes.filter((one) => one === 'policy_unavailable').length).toBeGreaterThan(0)
  })

  it.each([
    [{ query: 1 }, 'policyEngine.query'],
    [{ decide: undefined }, 'policyEngine.decide'],
    [{ timeout: 0 }, 'policyEngine.timeout'],
    [{ timeout: NaN }, 'policyEngine.timeout'],
    [{ maxBatch: 0 }, 'policyEngine.maxBatch'],
    [{ maxWaiting: 1.5 }, 'policyEngine.maxWaiting'],
    [{ batch: 1 }, 'policyEngine: unknown option'],
  ])('with bad options throws: %j', async (options, message) => {
    const fault = await faultOf(() =>
      policyEngine({ query: () => 1, decide: () => [], ...options } as unknown as PolicyEngineOptions<number>),
    )
    expect([fault.name, fault.message.slice(0, message.length)]).toEqual(['TypeError', message])
  })
})
