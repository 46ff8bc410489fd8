import { describeCycles } from '@acme/tests-connections'

import { fastifyEventStream, fastifyWebSocket } from '../test/connection-servers.js'

describeCycles(fastifyWebSocket)
describeCycles(fastifyEventStream)
