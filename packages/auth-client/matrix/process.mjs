// One process of a server: several clients of one issuer, that share sessions with other processes on Redis.
import { createAuthClient } from '@acme/auth-client'
import { redisLock, redisTokenStore } from '@acme/auth-redis/tokens'
import { createClient } from 'redis'

const { issuer, redis, clients } = JSON.parse(process.argv[2] ?? '{}')
const connection = await createClient({ url: redis })
  .on('error', () => undefined)
  .connect()
let seconds = 0
const store = redisTokenStore(connection, { encryption: { keys: [new Uint8Array(32).fill(7)] } })
const lock = redisLock(connection)
const sessions = Array.from({ length: clients }, () =>
  createAuthClient({
    issuer,
    clientId: 'public',
    authentication: 'none',
    resource: 'https://api.test/',
    now: () => seconds,
    store,
    lock,
  }).session('the session'),
)

process.on('message', async ({ now }) => {
  seconds = now
  const tokens = await Promise.all(sessions.map((session) => session.getAccessToken())).catch((error) => [error])
  process.send?.(tokens.map((token) => token.value ?? JSON.stringify(token)))
})
process.send?.('ready')
