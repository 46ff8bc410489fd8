import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict'
import { setTimeout } from 'node:timers/promises'

import { asUser } from './case.js'
import { scenario } from './scenario.js'
import type { ServerFixture, ContractScenario } from './scenario.js'
import { CONNECTIONS } from './storm.js'
import { eventually } from '../eventually.js'

/** The whole answer to a probe: names and states, and nothing that strangers should not see. */
async function isReady({ issuer, api }: ServerFixture, ready: boolean, state: string): Promise<void> {
  deepStrictEqual(await api.readiness(), { ready, issuers: [{ issuer: issuer.issuer, state }] })
}

/** Replicas that get no requests before they are ready: nothing else must be needed to become so. */
export const readyScenarios: readonly ContractScenario[] = [
  scenario('a probe before any request fetches the keys', {}, async (fixture) => {
    await isReady(fixture, true, 'fresh')
    await isReady(fixture, true, 'fresh')
    const { issuer, api } = fixture
    await api.answers(await issuer.accessToken(), asUser)
    strictEqual(issuer.count('metadata'), 1)
    strictEqual(issuer.count('keys'), 1)
  }),

  scenario('an issuer that is down at first, and back: probes alone find out', {}, async (fixture) => {
    const { issuer, api } = fixture
    const token = await issuer.accessToken()
    issuer.fail('all', { status: 500 })
    const began = performance.now()
    for (let probes = 0; probes < 5; probes++) await isReady(fixture, false, 'unavailable')
    strictEqual(await api.isBack(token), false)
    const attempts = issuer.count('all')
    // The shortest pauses are half a second, one, two, …: one attempt on a machine that has not been held up.
    const most = 1 + Math.floor(Math.log2((performance.now() - began) / 500 + 1))
    ok(attempts >= 1 && attempts <= most, `${attempts} attempts, at most ${most}`)
    issuer.fail('all', undefined)
    await setTimeout(1000 * 2 ** (attempts - 1)) // the longest pause after so many
    await isReady(fixture, true, 'fresh')
    await api.answers(await issuer.accessToken(), asUser)
  }),

  scenario(
    'keys that are too old after an idle time are fetched',
    { maxAge: 0.1, staleIfError: 0 },
    async (fixture) => {
      await isReady(fixture, true, 'fresh')
      await setTimeout(200)
      // Not `isReady`: they may be too old again by the time that the answer is made.
      await fixture.api.readiness()
      strictEqual(fixture.issuer.count('keys'), 2)
    },
  ),

  scenario('stale keys are ready to serve', { maxAge: 0.1 }, async (fixture) => {
    await isReady(fixture, true, 'fresh')
    fixture.issuer.fail('all', { status: 500 })
    await setTimeout(200)
    await isReady(fixture, true, 'stale')
  }),

  scenario('stale keys that serve no more are not', { maxAge: 0.1, staleIfError: 0.4 }, async (fixture) => {
    await fixture.api.readiness()
    fixture.issuer.fail('all', { status: 500 })
    await eventually('the end of the stale keys', async () => {
      const answer = (await fixture.api.readiness()) as { readonly ready: boolean } // see isReady
      return !answer.ready
    })
    await isReady(fixture, false, 'unavailable')
  }),

  scenario('fifty probes at once cost one fetch', {}, async (fixture) => {
    fixture.issuer.fail('all', { delay: 200 })
    await Promise.all(Array.from({ length: CONNECTIONS }, () => isReady(fixture, true, 'fresh')))
    strictEqual(fixture.issuer.count('metadata'), 1)
    strictEqual(fixture.issuer.count('keys'), 1)
  }),
]
