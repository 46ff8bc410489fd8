import { describeExplainer } from '@acme/tests-adapters'
import { Hono } from 'hono'

import { createAuth } from '../src/index.js'
import { serve } from './serve.js'

describeExplainer('Hono', 'createAuth({ trustProxy: ... })', ({ options, trustProxy }) => {
  const { requireAuth } = createAuth({ ...options, trustProxy })
  return serve(new Hono().get('/', requireAuth(), (c) => c.text('done')))
})
