import { describeContract } from '@acme/auth-conformance'
import { afterAll, beforeAll, describe, it } from 'vitest'

import { startHono } from '../test/contract-server.js'

describeContract({ describe, it, beforeAll, afterAll }, startHono, { parts: ['storms'] })
