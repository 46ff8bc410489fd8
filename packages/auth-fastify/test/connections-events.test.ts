import { describeConnections } from '@acme/tests-connections'

import { fastifyEventStream } from './connection-servers.js'

describeConnections(fastifyEventStream)
