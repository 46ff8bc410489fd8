import { describeContract } from '@acme/auth-conformance'
import { afterAll, beforeAll, describe, it } from 'vitest'

import { all, joinedHeaders } from './otherwise.js'
import { startWorkerd } from './start.js'

// workerd makes a URL of Host and target before any Worker runs, and fails where that is none.
const failedByServer = all('500', [
  'Host is "api.example.com/other?"',
  'Host is "api.example.com#"',
  'Host is "user@api.example.com"',
  'Host is "user:secret@api.example.com"',
  'Host is "api.example.com,evil.example.com"',
  'Host is "api.example.com evil"',
  'Host is "api.example.com:99999"',
  'Host is "api.example.com:65536"',
  'Host is "api.example.com:-1"',
  'Host is "api.example.com:x"',
  'Host is "api.example.com:80:80"',
  'Host is "api.example.com%00"',
  'Host is "api.example.com%0d%0aX"',
  'Host is "api..example.com\\\\"',
  'Host is "/api.example.com"',
  'Host is "[::1"',
  'Host is "[::1]x"',
  'two Hosts',
  'a target in absolute-form',
  'a target in absolute-form, with another host',
  'a target in absolute-form, with another scheme',
  'a target in absolute-form, with a Bearer token',
])

const exceptions = {
  ...joinedHeaders,
  ...failedByServer,
  'Host is ""': '400',
  // A bare CR ends a line there: the forwarded host behind it is a header of its own, and not believed.
  'Host is "api.example.com\\rX-Forwarded-Host: evil.example.com"': '200',
  // It keeps white space around values, and drops a header without one.
  'trailing spaces, which HTTP drops': '400 VAL_2001',
  'an empty Authorization header': '401 AUTH_1003',
}

describeContract({ describe, it, beforeAll, afterAll }, startWorkerd, { exceptions })
