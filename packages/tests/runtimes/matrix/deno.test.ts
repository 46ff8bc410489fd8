import { describeContract } from '@acme/auth-conformance'
import { afterAll, beforeAll, describe, it } from 'vitest'

import { joinedHeaders } from './otherwise.js'
import { startDeno } from './start.js'

const exceptions = {
  ...joinedHeaders,
  // The path of a request is what Deno makes of Host and target.
  'Host is "api.example.com/other?"': '404',
  // Absolute-form cannot be told from origin-form. Host counts, but the scheme is the target's: set publicOrigins.
  'a target in absolute-form': '200',
  'a target in absolute-form, with another host': '400 DPOP_6009',
  'a target in absolute-form, with another scheme': '200',
}

describeContract({ describe, it, beforeAll, afterAll }, startDeno, { exceptions })
