import { describeConnections } from '@acme/tests-connections'

import { honoWebSocket } from './connection-servers.js'

describeConnections(honoWebSocket)
