import { describeReplayStore } from '@acme/auth-conformance/replay-store'
import { afterAll, beforeAll, describe, it } from 'vitest'

import type { ClientKind } from './clients.js'
import { implementationOf, startBackend } from './subject.js'
import type { Backend } from './subject.js'

/** Declares the tests that every replay store has to pass, on one Redis for all of them. */
export function describeConformance(kind: ClientKind): void {
  describe(kind, () => {
    let backend: Backend

    beforeAll(async () => {
      backend = await startBackend(kind)
    })
    afterAll(() => backend.close())

    describeReplayStore(
      { describe, it },
      implementationOf(kind, () => backend),
    )
  })
}
