import { describeCycles } from '@acme/tests-connections'

import { eventStreams } from '../test/connections/event-stream-driver.js'
import { socketIoGateways } from '../test/connections/socket-io-driver.js'
import { wsGateways } from '../test/connections/ws-driver.js'

describeCycles(wsGateways('Express'))
describeCycles(socketIoGateways('Express'))
describeCycles(eventStreams('Fastify'))
