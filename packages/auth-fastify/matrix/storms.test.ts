import { describeContract } from '@acme/auth-conformance'
import { afterAll, beforeAll, describe, it } from 'vitest'

import { startFastify } from '../test/contract-server.js'

describeContract({ describe, it, beforeAll, afterAll }, startFastify, { parts: ['storms'] })
