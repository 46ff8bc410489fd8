import { describeContract } from '@acme/auth-conformance'
import { afterAll, beforeAll, describe, it } from 'vitest'

import { startExpress } from './contract-server.js'

describeContract({ describe, it, beforeAll, afterAll }, startExpress, { parts: ['cases', 'scenarios'] })
