import { describeMetadata } from '@acme/tests-adapters'

import { startNestOnExpress, startNestOnFastify } from './contract-server.js'

describeMetadata('Nest on Express', startNestOnExpress)
describeMetadata('Nest on Fastify', startNestOnFastify)
