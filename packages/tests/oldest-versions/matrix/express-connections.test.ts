import { describeConnections } from '@acme/tests-connections'
import { describe } from 'vitest'

import { expressEventStream, expressWebSocket } from '../../../auth-express/test/connection-servers.js'
// Declare their tests, on the Express of this package.
import '../../../auth-express/test/event-stream.test.js'
import '../../../auth-express/test/websocket.test.js'

describe('WebSockets on Express 4.18.0', () => {
  describeConnections(expressWebSocket)
})
describe('events on Express 4.18.0', () => {
  describeConnections(expressEventStream)
})
