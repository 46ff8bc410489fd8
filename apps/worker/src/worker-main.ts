import { once } from 'node:events'
import { createServer } from 'node:http'

import { createRemoteJWKSet } from 'jose'

import { apiClient } from './api-client.js'
import { jobWorker } from './job-worker.js'
import { memoryLedger, redisLedger } from './ledger.js'
import type { Ledger } from './ledger.js'
import { BLOCKING, connect, FAIL_FAST, run } from './lifecycle.js'
import { originOf } from './origin.js'
import { redisUrl, required, tokenKey } from './settings.js'
import { tokenVault } from './token-vault.js'

const { env } = process
const now = (): number => Date.now() / 1000

await run(async () => {
  const key = tokenKey(env)
  const url = redisUrl(env, 'REDIS_URL')
  const commands = connect(url, FAIL_FAST)
  const vault = key && tokenVault(commands, key)
  const api = apiClient({
    issuer: required(env, 'AUTH0_ISSUER'),
    audience: required(env, 'AUTH0_AUDIENCE'),
    clientId: required(env, 'WORKER_CLIENT_ID'),
    clientSecret: required(env, 'WORKER_CLIENT_SECRET'),
    apiUrl: required(env, 'API_URL'),
    vault,
  })
  const ledger = chosenLedger()
  const keys = createRemoteJWKSet(new URL('/.well-known/jwks.json', required(env, 'JOBS_URL')))
  const blocking = connect(url, BLOCKING)
  const worker = jobWorker(blocking, { keys, ledger, api, vault, now })
  const server = createServer((request, response) => {
    const found = request.url === '/health'
    response.writeHead(found ? 200 : 404, { 'content-type': 'application/json' })
    response.end(JSON.stringify(found ? { status: 'ok', issuer: api.circuit } : { error: 'not_found' }))
  })
  server.listen(Number(env['PORT'] || '3001'), env['HOST'] || '127.0.0.1')
  await once(server, 'listening')
  return {
    origin: originOf(server),
    // No new jobs; those under way end, each within its timeout. Then what they need.
    async stop() {
      // While Redis is away it cannot be told how they ended: their leases run out, and they are tried again.
      await worker.close(commands.status !== 'ready')
      await ledger.close()
      server.close()
      server.closeAllConnections()
      for (const redis of [blocking, commands]) redis.disconnect()
    },
  }
})

function chosenLedger(): Ledger {
  if ((env['LEDGER_REDIS_URL'] ?? '') === '') return memoryLedger(now)
  return redisLedger(connect(redisUrl(env, 'LEDGER_REDIS_URL'), FAIL_FAST))
}
