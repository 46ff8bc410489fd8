import { describeContract } from '@acme/auth-testing/contract'
import { afterAll, beforeAll, describe, it } from 'vitest'

import { startHono } from './contract-server.js'

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
]

describeContract({ describe, it, beforeAll, afterAll }, startHono, { refusedByServer })
