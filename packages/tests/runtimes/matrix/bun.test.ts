import { describeContract } from '@acme/auth-conformance'
import { afterAll, beforeAll, describe, it } from 'vitest'

import { all, joinedHeaders } from './otherwise.js'
import { startBun } from './start.js'

// The path of a request is what Bun makes of Host and target, so a Host that is none leads to no route.
const unrouted = all('404', [
  'Host is "api.example.com/other?"',
  'Host is "api.example.com#"',
  'Host is "user@api.example.com"',
  'Host is "user:secret@api.example.com"',
  'Host is "api.example.com evil"',
  'Host is "api..example.com\\\\"',
  'Host is "/api.example.com"',
  'Host is ""',
])

const exceptions = {
  ...joinedHeaders,
  ...unrouted,
  // Absolute-form cannot be told from origin-form. Host counts, and the scheme of the connection.
  'a target in absolute-form': '200',
  'a target in absolute-form, with another host': '400 DPOP_6009',
  'a target in absolute-form, with another scheme': '400 DPOP_6009',
}

describeContract({ describe, it, beforeAll, afterAll }, startBun, { exceptions })
