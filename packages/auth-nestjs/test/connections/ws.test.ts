import { describeConnections } from '@acme/tests-connections'
import { describe } from 'vitest'

import { platforms } from '../serve.js'
import { wsGateways } from './ws-driver.js'

describe.each(platforms)('gateways of ws, on %s', (platform) => {
  describeConnections(wsGateways(platform))
})
