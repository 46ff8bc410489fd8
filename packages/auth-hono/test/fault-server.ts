import type { FaultServer } from '@acme/tests-adapters'
import { Hono } from 'hono'

import { createAuth } from '../src/index.js'
import { serve } from './serve.js'

/** A guarded route, and an open handler behind it, for what gets past the route. */
export function serveFault({ options, wanted, trustProxy, handler, replace }: FaultServer): Promise<number> {
  const auth = createAuth({ ...options, trustProxy })
  replace(auth.resourceServer)
  return serve(
    new Hono().get('/', auth.requireAuth(...wanted), (c) => c.text(handler())).all('*', (c) => c.text(handler())),
  )
}
