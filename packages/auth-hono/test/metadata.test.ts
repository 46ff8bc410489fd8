import { describeMetadata } from '@acme/tests-adapters'

import { startHono } from './contract-server.js'

describeMetadata('Hono', startHono)
