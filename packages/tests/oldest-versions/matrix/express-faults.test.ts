import { describeFaults } from '@acme/tests-adapters'

import { serveFault } from '../../../auth-express/test/fault-server.js'
// Declares its tests, on the Express of this package.
import '../../../auth-express/test/writing.test.js'

describeFaults('Express 4.18.0', serveFault)
