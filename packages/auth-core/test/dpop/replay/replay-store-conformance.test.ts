import { describeReplayStore } from '@acme/auth-conformance/replay-store'
import type { ReplayStoreFixture } from '@acme/auth-conformance/replay-store'
import { describe, it } from 'vitest'

import { memoryReplayStore } from '../../../src/dpop/replay/memory-replay-store.js'
import { NOW } from '../../support.js'

function start(maxEntries: number): ReplayStoreFixture {
  let time = NOW
  const clock = {
    now: () => time,
    set(seconds: number) {
      time = seconds
    },
  }
  return { store: memoryReplayStore({ maxEntries, now: clock.now }), clock }
}

describe('memoryReplayStore', () => {
  describeReplayStore({ describe, it }, { start: () => start(10_000), startSmall: () => start(500), quota: true })
})
