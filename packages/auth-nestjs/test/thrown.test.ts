import { describeFaults } from '@acme/tests-adapters'

import { serveFault } from './fault-server.js'
import { platforms } from './serve.js'

for (const platform of platforms) describeFaults(`Nest on ${platform}`, (server) => serveFault(platform, server))
