import { describeContract } from '@acme/auth-testing/contract'
import { afterAll, beforeAll, describe, it } from 'vitest'

import { startExpress } from './contract-server.js'

describeContract({ describe, it, beforeAll, afterAll }, startExpress, { parts: ['cases', 'scenarios'] })
