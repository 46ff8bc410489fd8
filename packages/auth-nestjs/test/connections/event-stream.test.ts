import { describeConnections } from '@acme/tests-connections'
import { describe } from 'vitest'

import { platforms } from '../serve.js'
import { eventStreams } from './event-stream-driver.js'

describe.each(platforms)('streams of events, on %s', (platform) => {
  describeConnections(eventStreams(platform))
})
