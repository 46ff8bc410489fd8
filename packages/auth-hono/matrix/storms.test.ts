import { describeContract } from '@acme/auth-testing/contract'
import { afterAll, beforeAll, describe, it } from 'vitest'

import { startHono } from '../test/contract-server.js'

describeContract({ describe, it, beforeAll, afterAll }, startHono, { parts: ['storms'] })
