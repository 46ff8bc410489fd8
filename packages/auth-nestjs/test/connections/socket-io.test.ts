import { describeConnections } from '@acme/tests-connections'
import { describe } from 'vitest'

import { platforms } from '../serve.js'
import { socketIoGateways } from './socket-io-driver.js'

describe.each(platforms)('gateways of socket.io, on %s', (platform) => {
  describeConnections(socketIoGateways(platform))
})
