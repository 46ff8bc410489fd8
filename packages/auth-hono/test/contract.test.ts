import { contractCases, describeContract } from '@acme/auth-conformance'
import { afterAll, beforeAll, describe, it } from 'vitest'

import { startHono, startHonoWithOnError } from './contract-server.js'

// Scenarios mostly wait for time-outs: all areas of them at once.
const waiting = new Set(contractCases().flatMap(({ part, area }) => (part === 'scenarios' ? [area] : [])))
const areas = (area: string, body: () => void): void => {
  const declare = waiting.has(area) ? describe.concurrent : describe
  declare(area, body)
}

// @hono/node-server parses the Host header itself, before any application.
const refusedByServer = [
  'Host is "api.example.com/other?"',
  'Host is "api.example.com#"',
  'Host is "user@api.example.com"',
  'Host is "api.example.com evil"',
  'Host is "api.example.com:99999"',
  'Host is "api.example.com:x"',
  'Host is "api..example.com\\\\"',
  'Host is "[::1"',
  'Host is "api.example.com:65536"',
  'Host is "api.example.com:-1"',
  'Host is "api.example.com:80:80"',
  'Host is "user:secret@api.example.com"',
  'Host is "api.example.com%00"',
  'Host is "api.example.com%0d%0aX"',
  'Host is "/api.example.com"',
  'Host is "[::1]x"',
  'a Host with a port and no number',
  'a replayed proof, with an empty port in Host',
]

describe("with Hono's own error handler", () => {
  describeContract({ describe: areas, it, beforeAll, afterAll }, startHono, {
    refusedByServer,
    parts: ['cases', 'scenarios'],
  })
})

describe('with an error handler of the application', () => {
  const exceptions = { refusedByServer, parts: ['cases'] } as const
  describeContract({ describe: areas, it, beforeAll, afterAll }, startHonoWithOnError, exceptions)
})
