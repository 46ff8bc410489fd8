import { describeCycles } from '@acme/tests-connections'

import { expressEventStream, expressWebSocket } from '../test/connection-servers.js'

describeCycles(expressWebSocket)
describeCycles(expressEventStream)
