import type { RedisServer } from '@acme/tests-servers'
import { createClient } from 'redis'
import { onTestFinished } from 'vitest'

/** Something that happens to Redis, and what does not work meanwhile. */
export interface Fault {
  readonly name: string
  /** Of the server, on its command line. */
  readonly settings?: readonly string[]
  readonly strike: (redis: Struck) => Promise<unknown>
  readonly heal: (redis: Struck) => Promise<unknown>
  /** What a DPoP request, a ticket and a Bearer token get meanwhile. @defaultValue 503 each */
  readonly during?: Partial<Record<'fresh' | 'ticket' | 'bearer', string>>
  /** Whether traces, tokens and locks go on. @defaultValue false */
  readonly others?: boolean
}

export interface Struck {
  readonly server: RedisServer
  /** Sends by a connection that was there before. */
  readonly send: (...command: string[]) => Promise<unknown>
}

export const PASSWORD = 'the-password'

/** Logged in with the password of the start, and spared by what kills connections. */
export async function openAdmin(server: RedisServer): Promise<Struck> {
  const admin = createClient({ url: `redis://127.0.0.1:${server.port}`, password: PASSWORD })
  admin.on('error', () => undefined)
  await admin.connect()
  onTestFinished(() => admin.destroy())
  return { server, send: (...command) => admin.sendCommand(command) }
}

/** Cuts all other connections: clients come back, and log in again. */
async function cutOff({ send }: Struck): Promise<void> {
  for (const type of ['pubsub', 'normal']) await send('CLIENT', 'KILL', 'TYPE', type, 'SKIPME', 'yes')
}

const UNTOUCHED = { during: { fresh: '200', ticket: '200', bearer: '200' }, others: true } as const
const READABLE = { bearer: '200' }

export const FAULTS: readonly Fault[] = [
  {
    name: 'another password than ours (WRONGPASS)',
    async strike(redis) {
      await redis.send('CONFIG', 'SET', 'requirepass', 'another')
      await cutOff(redis)
    },
    heal: ({ send }) => send('CONFIG', 'SET', 'requirepass', PASSWORD),
  },
  {
    name: 'a user that is off',
    async strike(redis) {
      await redis.send('ACL', 'SETUSER', 'admin', 'on', '>x', '~*', '&*', '+@all')
      await redis.send('AUTH', 'admin', 'x')
      await redis.send('ACL', 'SETUSER', 'default', 'off')
      await cutOff(redis)
    },
    heal: ({ send }) => send('ACL', 'SETUSER', 'default', 'on'),
  },
  {
    name: 'a user without our commands (NOPERM)',
    strike: ({ send }) => send('ACL', 'SETUSER', 'default', '-set', '-getdel', '-eval', '-subscribe'),
    heal: ({ send }) => send('ACL', 'SETUSER', 'default', '+@all'),
  },
  {
    name: 'a user without our keys (NOPERM)',
    strike: ({ send }) => send('ACL', 'SETUSER', 'default', 'resetkeys', '~other:*'),
    heal: ({ send }) => send('ACL', 'SETUSER', 'default', 'allkeys'),
  },
  {
    name: 'a user without our channel (NOPERM)',
    async strike(redis) {
      await redis.send('ACL', 'SETUSER', 'default', 'resetchannels')
      await cutOff(redis)
    },
    heal: ({ send }) => send('ACL', 'SETUSER', 'default', 'allchannels'),
    ...UNTOUCHED,
  },
  {
    name: 'a master that has become a replica (READONLY), of a master that is gone',
    strike: ({ send }) => send('REPLICAOF', '127.0.0.1', '1'),
    heal: ({ send }) => send('REPLICAOF', 'NO', 'ONE'),
  },
  {
    name: 'memory that is full (OOM), with noeviction',
    settings: ['--maxmemory-policy', 'noeviction'],
    strike: ({ send }) => send('CONFIG', 'SET', 'maxmemory', '1'),
    heal: ({ send }) => send('CONFIG', 'SET', 'maxmemory', '0'),
    during: READABLE,
  },
  {
    name: 'scripts that are forgotten (NOSCRIPT)',
    strike: ({ send }) => send('SCRIPT', 'FLUSH'),
    heal: async () => undefined,
    ...UNTOUCHED,
  },
  {
    name: 'a script of somebody else that does not end (BUSY)',
    settings: ['--busy-reply-threshold', '50'],
    async strike(redis) {
      const other = createClient({ url: `redis://127.0.0.1:${redis.server.port}`, password: PASSWORD })
      other.on('error', () => undefined)
      await other.connect()
      onTestFinished(() => other.destroy())
      other.eval('while true do end').catch(() => undefined)
    },
    heal: ({ send }) => send('SCRIPT', 'KILL'),
  },
  {
    name: 'writes that are paused (CLIENT PAUSE)',
    strike: ({ send }) => send('CLIENT', 'PAUSE', '600000', 'WRITE'),
    heal: ({ send }) => send('CLIENT', 'UNPAUSE'),
  },
  {
    name: 'too few replicas to write (NOREPLICAS)',
    strike: ({ send }) => send('CONFIG', 'SET', 'min-replicas-to-write', '1'),
    heal: ({ send }) => send('CONFIG', 'SET', 'min-replicas-to-write', '0'),
    during: READABLE,
  },
  {
    name: 'a server that is stopped in its tracks',
    strike: async ({ server }) => server.freeze(),
    heal: async ({ server }) => server.thaw(),
  },
]
