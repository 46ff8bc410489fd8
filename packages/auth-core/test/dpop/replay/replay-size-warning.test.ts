import { expect, it } from 'vitest'

import { memoryReplayStore } from '../../../src/dpop/replay/memory-replay-store.js'
import type { DpopOptions } from '../../../src/options/dpop-options.js'
import { createWorld } from '../../support.js'

const secret = 'a secret of this test, long enough'

/** What is warned of when a server is made with these options. */
async function warningsOf(dpop: DpopOptions): Promise<string[]> {
  const world = await createWorld({ dpop })
  return world.warnings.map(({ code, detail }) => `${code}: ${detail}`)
}

it.each<[DpopOptions]>([
  [{}],
  [{ proofMaxAge: 970 }],
  [{ nonce: { secret, maxAge: 1000 } }],
  [{ nonce: { secret, maxAge: 3600 }, replay: memoryReplayStore({ maxEntries: 4_000_000 }) }],
  [{ proofMaxAge: 3600, replay: false }],
  [{ proofMaxAge: 3600, mode: 'disabled' }],
])('%o: nothing', async (dpop) => {
  expect(await warningsOf(dpop)).toEqual([])
})

// A nonce that is good for longer than a proof makes proofs be kept for longer.
it.each<[number, number, DpopOptions]>([
  [3600, 277, { nonce: { secret, maxAge: 3600 } }],
  [3630, 275, { proofMaxAge: 3600 }],
  [3630, 275, { proofMaxAge: 3600, nonce: { secret, maxAge: 600 } }],
])('%d s are %d proofs a second: %o', async (kept, rate, dpop) => {
  expect(await warningsOf(dpop)).toEqual([
    expect.stringMatching(
      `^replay_store_small: proofs are kept for ${kept} s: .* at ${rate} proofs a second\\. Shorten dpop\\.nonce\\.maxAge`,
    ),
  ])
})
