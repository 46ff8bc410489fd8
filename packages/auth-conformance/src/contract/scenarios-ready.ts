import { deepStrictEqual, strictEqual } from 'node:assert/strict'
import { setTimeout } from 'node:timers/promises'

import { asUser } from './case.js'
import { keysUnavailable } from './refusals.js'
import { scenario } from './scenario.js'
import type { Cast, ContractScenario } from './scenario.js'
import { CONNECTIONS } from './storm.js'
import { eventually } from './stage.js'

/** The whole answer to a probe: names and states, and nothing that strangers should not see. */
async function isReady({ issuer, api }: Cast, ready: boolean, state: string): Promise<void> {
  deepStrictEqual(await api.readiness(), { ready, issuers: [{ issuer: issuer.issuer, state }] })
}

/** Replicas that get no requests before they are ready: nothing else must be needed to become so. */
export const readyScenarios: readonly ContractScenario[] = [
  scenario('a probe before any request fetches the keys', {}, async (cast) => {
    await isReady(cast, true, 'fresh')
    await isReady(cast, true, 'fresh')
    const { issuer, api } = cast
    await api.answers(await issuer.accessToken(), asUser)
    strictEqual(issuer.count('metadata'), 1)
    strictEqual(issuer.count('keys'), 1)
  }),

  scenario('an issuer that is down at first, and back: probes alone find out', {}, async (cast) => {
    const { issuer, api } = cast
    issuer.fail('all', { status: 500 })
    for (let probes = 0; probes < 5; probes++) await isReady(cast, false, 'unavailable')
    strictEqual(issuer.count('all'), 1)
    await api.answers(await issuer.accessToken(), keysUnavailable())
    issuer.fail('all', undefined)
    await setTimeout(1000) // what Retry-After says
    await isReady(cast, true, 'fresh')
    await api.answers(await issuer.accessToken(), asUser)
  }),

  scenario('keys that are too old after an idle time are fetched', { maxAge: 0.1, staleIfError: 0 }, async (cast) => {
    await isReady(cast, true, 'fresh')
    await setTimeout(200)
    // Not `isReady`: they may be too old again by the time that the answer is made.
    await cast.api.readiness()
    strictEqual(cast.issuer.count('keys'), 2)
  }),

  scenario('stale keys are ready to serve', { maxAge: 0.1 }, async (cast) => {
    await isReady(cast, true, 'fresh')
    cast.issuer.fail('all', { status: 500 })
    await setTimeout(200)
    await isReady(cast, true, 'stale')
  }),

  scenario('stale keys that serve no more are not', { maxAge: 0.1, staleIfError: 0.4 }, async (cast) => {
    await cast.api.readiness()
    cast.issuer.fail('all', { status: 500 })
    await eventually('the end of the stale keys', async () => {
      const answer = (await cast.api.readiness()) as { readonly ready: boolean } // see isReady
      return !answer.ready
    })
    await isReady(cast, false, 'unavailable')
  }),

  scenario('fifty probes at once cost one fetch', {}, async (cast) => {
    cast.issuer.fail('all', { delay: 200 })
    await Promise.all(Array.from({ length: CONNECTIONS }, () => isReady(cast, true, 'fresh')))
    strictEqual(cast.issuer.count('metadata'), 1)
    strictEqual(cast.issuer.count('keys'), 1)
  }),
]
