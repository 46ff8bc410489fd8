import type { FaultServer } from '@acme/tests-adapters'
import type { RequestHandler } from 'express'

import { createAuth } from '../src/index.js'
import { createApp, serve } from './serve.js'

/** A guarded route, and an open handler behind it, for what gets past the route. */
export function serveFault({ options, wanted, trustProxy, handler, replace }: FaultServer): Promise<number> {
  const auth = createAuth(options)
  replace(auth.resourceServer)
  const answer: RequestHandler = (_request, response) => void response.send(handler())
  return serve(
    createApp()
      .set('trust proxy', trustProxy)
      .get('/', auth.requireAuth(...wanted), answer)
      .use(answer),
  )
}
