import { describeConnections } from '@acme/tests-connections'

import { honoEventStream } from './connection-servers.js'

describeConnections(honoEventStream)
