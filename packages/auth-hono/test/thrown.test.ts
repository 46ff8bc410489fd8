import { describeFaults } from '@acme/tests-adapters'
import { afterEach, beforeEach, vi } from 'vitest'

import { serveFault } from './fault-server.js'

// Hono writes there what no onError takes.
beforeEach(() => void vi.spyOn(console, 'error').mockReturnValue())
afterEach(() => void vi.restoreAllMocks())

describeFaults('Hono', serveFault)
