import { describeReplayStore } from '@acme/auth-testing/replay-store'
import { afterAll, beforeAll, describe, it } from 'vitest'

import { openClient } from './clients.js'
import type { ClientKind } from './clients.js'
import { implementationOf, startBackend } from './subject.js'
import type { Backend } from './subject.js'

describe.each(Object.keys(openClient) as ClientKind[])('%s', (kind) => {
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
