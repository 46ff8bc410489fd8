import { describeConnections } from '@acme/tests-connections'

import { fastifyWebSocket } from './connection-servers.js'

describeConnections(fastifyWebSocket)
