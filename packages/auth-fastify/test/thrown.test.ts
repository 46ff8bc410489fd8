import { describeFaults } from '@acme/tests-adapters'

import { placements, serveFault } from './fault-server.js'

// One of each kind: thrown and written by the route, thrown through @fastify/auth, written by the guard.
const kinds = ['a hook', '@fastify/auth', 'a handler that was declared before the plugin']

for (const [name, place] of Object.entries(placements)) {
  if (kinds.includes(name)) describeFaults(`Fastify, in ${name}`, (server) => serveFault(place, server))
}
