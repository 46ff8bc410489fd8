import { describeFaults } from '@acme/tests-adapters'

import { serveFault } from './fault-server.js'

describeFaults('Express', serveFault)
