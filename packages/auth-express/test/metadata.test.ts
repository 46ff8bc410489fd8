import { describeMetadata } from '@acme/tests-adapters'

import { startExpress } from './contract-server.js'

describeMetadata('Express', startExpress)
