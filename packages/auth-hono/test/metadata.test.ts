import { describeMetadata } from '@acme/tests-adapters'
import { Hono } from 'hono'
import { expect, it } from 'vitest'

import { createAuth } from '../src/index.js'
import { startHono } from './contract-server.js'

describeMetadata('Hono', startHono)

it('options of a request are not asked for where it is not for metadata', async () => {
  const auth = createAuth(() => {
    throw new Error('no tenant')
  })
  const app = new Hono().use(auth.metadataRoute()).get('/health', (c) => c.text('ok'))
  app.onError((_error, c) => c.text('', 500))
  expect((await app.request('/health')).status).toBe(200)
  expect((await app.request('/.well-known/oauth-protected-resource')).status).toBe(500)
})
