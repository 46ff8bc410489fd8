import { createServer } from 'node:http'

import { createAuth } from '@acme/auth-express'
import { closeServer, listen, readSettings } from '@acme/sample-api'

import { createApp } from './app.js'
import { BLOCKING, connect, FAIL_FAST, run } from './lifecycle.js'
import { originOf } from './origin.js'
import { jobQueue } from './queue.js'
import { redisUrl, signingKeys, tokenKey } from './settings.js'
import { tokenVault } from './token-vault.js'

await run(async () => {
  const settings = readSettings(process.env)
  const { signingKey, jwks } = await signingKeys(process.env)
  const key = tokenKey(process.env)
  const url = redisUrl(process.env, 'REDIS_URL')
  const redis = connect(url, FAIL_FAST)
  const blocking = connect(url, BLOCKING)
  const queue = jobQueue(redis, blocking)
  const vault = key && tokenVault(redis, key)
  const app = createApp({ auth: createAuth(settings.auth), queue, signingKey, jwks, vault }, settings.trustProxy)
  const server = createServer(app)
  await listen(server, settings)
  settings.replay?.open()
  return {
    origin: originOf(server),
    // Redis last: requests under way still need it.
    async stop() {
      await closeServer(server)
      await queue.close()
      for (const one of [blocking, redis]) one.disconnect()
      await settings.replay?.close()
    },
  }
})
