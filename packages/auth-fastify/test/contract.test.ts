import { contractCases, describeContract } from '@acme/auth-conformance'
import { afterAll, beforeAll, describe, it } from 'vitest'

import { startFastify } from './contract-server.js'

// Scenarios mostly wait for time-outs: all areas of them at once.
const waiting = new Set(contractCases().flatMap(({ part, area }) => (part === 'scenarios' ? [area] : [])))
const areas = (area: string, body: () => void): void => {
  const declare = waiting.has(area) ? describe.concurrent : describe
  declare(area, body)
}

describeContract({ describe: areas, it, beforeAll, afterAll }, startFastify, { parts: ['cases', 'scenarios'] })
