import { describeCycles } from '@acme/tests-connections'

import { honoEventStream, honoWebSocket } from '../test/connection-servers.js'

describeCycles(honoWebSocket)
describeCycles(honoEventStream)
