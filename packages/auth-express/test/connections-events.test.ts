import { describeConnections } from '@acme/tests-connections'

import { expressEventStream } from './connection-servers.js'

describeConnections(expressEventStream)
