import { describeConnections } from '@acme/tests-connections'

import { expressWebSocket } from './connection-servers.js'

describeConnections(expressWebSocket)
