import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict'
import { setTimeout } from 'node:timers/promises'

import type { TestFault } from '@acme/auth-testing'

import { asUser } from './case.js'
import { expiredToken, invalidToken, keysUnavailable } from './refusals.js'
import { scenario } from './scenario.js'
import type { ServerFixture, ContractScenario } from './scenario.js'
import { eventually } from '../eventually.js'

// Seconds. Short enough to become stale within a test.
const MAX_AGE = 0.2

/** Fetches the keys, makes the issuer fail, and waits until the keys are stale; a good token is good all the while. */
async function becomeStale({ issuer, api }: ServerFixture, fault: TestFault): Promise<string> {
  const token = await issuer.accessToken()
  await api.answers(token, asUser)
  issuer.fail('all', fault)
  issuer.resetCounts()
  const staleFrom = performance.now() + MAX_AGE * 1000
  await eventually('a refresh that fails', async () => {
    await api.answers(token, asUser)
    return issuer.count('all') > 0 && performance.now() > staleFrom
  })
  await api.answers(token, asUser)
  return token
}

/** Cold, down, and back. */
function recovers(name: string, fault: TestFault): ContractScenario {
  return scenario(
    `an issuer that ${name} is back: so is the API, after Retry-After`,
    { timeout: 1.5 },
    async (fixture) => {
      const { issuer, api } = fixture
      const token = await issuer.accessToken()
      issuer.fail('all', fault)
      const timedOut = typeof fault === 'string' || 'delay' in fault
      await api.answers(token, keysUnavailable(timedOut ? 'NET_3002' : 'NET_3001', '1'))
      issuer.fail('all', undefined)
      // Not a poll: a client that waits for as long as it was told must not be sent away again.
      await setTimeout(1000)
      await api.answers(token, asUser)
      ok(issuer.count('metadata') <= 2, 'one attempt that failed and one that did not')
    },
  )
}

/** An issuer that fails when its keys are known, and one that comes back. */
export const outageScenarios: readonly ContractScenario[] = [
  recovers('answered 500', { status: 500 }),
  recovers('stalled', 'stall'),
  recovers('never answered', { delay: 3_600_000 }),

  scenario('keys are fresh: only what is unknown waits for the issuer', {}, async ({ issuer, api, startIssuer }) => {
    const token = await issuer.accessToken()
    await api.answers(token, asUser)
    issuer.fail('all', { status: 500 })
    issuer.resetCounts()
    await api.answers(token, asUser)
    strictEqual(issuer.count('all'), 0)
    // Its key may have been replaced; that this cannot be known makes it no better.
    await api.answers(await issuer.accessToken({ signature: 'flipped' }), invalidToken())
    await api.answers(await issuer.accessToken({ signature: 'flipped' }), invalidToken())
    strictEqual(issuer.count('all'), 1)
    const unknown = await issuer.accessToken({ header: { kid: 'unknown' } })
    await api.answers(unknown, keysUnavailable())
    await api.answers(unknown, keysUnavailable())
    await api.answers(token, asUser)
    issuer.resetCounts()
    const stranger = await startIssuer()
    await api.answers(await stranger.accessToken(), invalidToken())
    strictEqual(issuer.count('all') + stranger.count('all'), 0)
  }),

  scenario('keys are stale: good tokens are served, bad ones are not', { maxAge: MAX_AGE }, async (fixture) => {
    const { issuer, api } = fixture
    await becomeStale(fixture, { status: 500 })
    await api.answers(await issuer.accessToken({ scope: 'read:messages' }), {
      ...asUser,
      body: { ...asUser.body, scopes: ['read:messages'] },
    })
    await api.answers(await issuer.accessToken({ signature: 'flipped' }), invalidToken())
    await api.answers(await issuer.accessToken({ expiresIn: -60 }), expiredToken())
    await api.answers('garbage', invalidToken())
  }),

  scenario('keys are stale and the issuer is back: it is asked again', { maxAge: MAX_AGE }, async (fixture) => {
    const { issuer, api } = fixture
    const token = await becomeStale(fixture, { status: 500 })
    const before = issuer.signingKey.kid
    await issuer.rotateKey()
    const rotated = await issuer.accessToken()
    strictEqual(await api.isBack(rotated), false)
    issuer.fail('all', undefined)
    issuer.resetCounts()
    await eventually('the token of the new key', () => api.isBack(rotated))
    ok(issuer.count('keys') >= 1)
    await api.answers(token, asUser)
    issuer.removeKey(before)
    await eventually('the refresh without the old key', async () => {
      await api.answers(rotated, asUser)
      return (await api.status(token)) === 401
    })
    await api.answers(token, invalidToken())
  }),

  scenario('keys are stale and the issuer stalls', { maxAge: MAX_AGE, timeout: 1.5 }, async (fixture) => {
    await becomeStale(fixture, 'stall')
  }),

  scenario('keys are stale beyond staleIfError', { maxAge: MAX_AGE, staleIfError: 0.5 }, async (fixture) => {
    const { issuer, api } = fixture
    const token = await issuer.accessToken()
    await api.answers(token, asUser)
    issuer.fail('all', { status: 500 })
    await eventually('the end of the stale keys', async () => !(await api.isBack(token)))
    strictEqual(await api.isBack(token), false)
    issuer.fail('all', undefined)
    await eventually('good tokens', () => api.isBack(token))
    await api.answers(token, asUser)
  }),

  scenario('keys are stale and may not be', { maxAge: MAX_AGE, staleIfError: 0 }, async ({ issuer, api }) => {
    const token = await issuer.accessToken()
    await api.answers(token, asUser)
    issuer.fail('all', 'reset')
    await eventually('the end of the fresh keys', async () => !(await api.isBack(token)))
  }),

  scenario('a refresh ahead of time holds nobody up', { maxAge: 2, refreshAhead: 1 }, async ({ issuer, api }) => {
    const token = await issuer.accessToken()
    await api.answers(token, asUser)
    issuer.fail('all', { delay: 3_600_000 })
    const waits: number[] = []
    await eventually('the refresh', async () => {
      const before = performance.now()
      await api.answers(token, asUser)
      waits.push(performance.now() - before)
      return issuer.count('keys') === 2
    })
    deepStrictEqual(
      waits.filter((wait) => wait > 3000),
      [],
    )
  }),
]
