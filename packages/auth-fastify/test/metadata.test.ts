import { describeMetadata } from '@acme/tests-adapters'

import { startFastify } from './contract-server.js'

describeMetadata('Fastify', startFastify)
