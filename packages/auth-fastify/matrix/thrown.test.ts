import { describeFaults } from '@acme/tests-adapters'

import { placements, serveFault } from '../test/fault-server.js'

for (const [name, place] of Object.entries(placements)) {
  describeFaults(`Fastify, in ${name}`, (server) => serveFault(place, server))
}
