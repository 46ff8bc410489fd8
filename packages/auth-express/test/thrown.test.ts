import { describeFaults } from '@acme/adapter-tests'

import { serveFault } from './fault-server.js'

describeFaults('Express', serveFault)
