import { describeContract } from '@acme/auth-conformance'
import { afterAll, beforeAll, describe, it } from 'vitest'

import { startNestOnExpress, startNestOnFastify } from '../test/contract-server.js'

describe('on Express', () => {
  describeContract({ describe, it, beforeAll, afterAll }, startNestOnExpress, { parts: ['storms'] })
})

describe('on Fastify', () => {
  describeContract({ describe, it, beforeAll, afterAll }, startNestOnFastify, { parts: ['storms'] })
})
