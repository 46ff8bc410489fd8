import { describeConnections } from '@acme/tests-connections'
import type { Capability } from '@acme/tests-connections'
import { describe } from 'vitest'

import { driverOf } from './connections/driver.js'
import { bunProgram, denoProgram } from './start.js'

// Bun drops what a client sends before its handshake is answered. Deno resets a client that goes on sending when it is
// closed; what it throws for a handshake without a key becomes a 500, and so does a list of subprotocols without spaces.
const BUN: readonly Capability[] = ['clock', 'early-frames']
const DENO: readonly Capability[] = ['clock', 'last-words', 'bad-handshakes', 'tight-lists']

describe.each([
  ['Bun', bunProgram('servers/connections-bun.ts'), BUN],
  ['Deno', denoProgram('servers/connections-deno.ts'), DENO],
])('on %s', (_name, program, lacks) => {
  describe('WebSockets', () => {
    describeConnections(driverOf(program, 'ws', lacks))
  })
  describe('streams of events', () => {
    describeConnections(driverOf(program, 'sse', lacks))
  })
})
