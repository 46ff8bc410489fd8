import { describeContract } from '@acme/auth-testing/contract'
import { afterAll, beforeAll, describe, it } from 'vitest'

import { startFastify } from '../test/contract-server.js'

describeContract({ describe, it, beforeAll, afterAll }, startFastify, { parts: ['storms'] })
