import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { freePort, startRedisCluster } from '@acme/tests-servers'

import type { Chapter, Mistake } from './mistake.js'
import type { World } from './world.js'

const AT = { atHand: 'REDIS_URL', command: 'acme-auth doctor' }

/** Of a Redis that was made so by commands. */
function redis(name: string, commands: readonly (readonly string[])[], says: string, fix: string, user = ''): Mistake {
  return {
    ...AT,
    name,
    says,
    fix,
    async made(world) {
      const server = await world.redis(['--appendonly', 'yes'])
      for (const command of commands) await server.send(...command)
      return world.doctor({ REDIS_URL: `redis://${user}127.0.0.1:${server.port}` })
    },
  }
}

/** Speaks TLS at one port, and the plain protocol at another. */
async function withTls(world: World): Promise<{ readonly tls: number; readonly plain: number }> {
  const keyFile = join(world.folder, 'redis-key.pem')
  await writeFile(keyFile, world.certificate.key, { mode: 0o600 })
  const tls = await freePort()
  const args = ['--tls-port', String(tls), '--tls-cert-file', world.certificate.file, '--tls-key-file', keyFile]
  const server = await world.redis([...args, '--tls-auth-clients', 'no', '--appendonly', 'yes'])
  await server.send('CONFIG', 'SET', 'requirepass', 'p w')
  return { tls, plain: server.port }
}

export const OF_REDIS: Chapter = {
  title: 'Redis',
  mistakes: [
    {
      ...AT,
      name: 'a Redis that forgets at its end',
      says: 'a Redis that is killed comes back empty',
      fix: 'CONFIG SET appendonly yes',
      made: async (world) => world.doctor({ REDIS_URL: `redis://127.0.0.1:${(await world.redis()).port}` }),
    },
    redis(
      'a Redis that writes to its disk late',
      [['CONFIG', 'SET', 'appendfsync', 'no']],
      'what Redis keeps reaches the disk late',
      'CONFIG SET appendfsync everysec',
    ),
    redis(
      'no password for a Redis that wants one',
      [['CONFIG', 'SET', 'requirepass', 'right']],
      'Redis wants a password',
      'redis://USER:PASSWORD@127.0.0.1',
    ),
    redis(
      'a wrong password',
      [['CONFIG', 'SET', 'requirepass', 'right']],
      'Redis refuses the password',
      'mend user and password in REDIS_URL',
      ':wrong-password@',
    ),
    redis(
      'a password for a Redis that has none',
      [],
      'Redis has no password, and got one',
      'leave the password out',
      ':a-password@',
    ),
    redis(
      'a user that may not write',
      [['ACL', 'SETUSER', 'api', 'on', '>pw', '~dpop:*', '+@read', '+info', '+config']],
      'Redis does not let this user write: ',
      'ACL SETUSER user ~dpop:* +set',
      'api:pw@',
    ),
    redis(
      'a user that may not write these keys',
      [['ACL', 'SETUSER', 'api', 'on', '>pw', '~cache:*', '+@all']],
      'Redis does not let this user write these keys',
      'let the user write keys that begin with dpop:',
      'api:pw@',
    ),
    redis(
      'a Redis that is full',
      [['CONFIG', 'SET', 'maxmemory', '1']],
      'Redis is full, and takes no writes',
      'give it more memory',
    ),
    redis(
      'a Redis that waits for replicas',
      [['CONFIG', 'SET', 'min-replicas-to-write', '1']],
      'Redis waits for replicas, and takes no writes',
      'bring its replicas back',
    ),
    {
      ...AT,
      name: 'a replica of Redis',
      says: 'this Redis is a replica: it takes no writes',
      fix: 'point REDIS_URL to the master, or connect through Sentinel',
      async made(world) {
        const master = await world.redis()
        const replica = await world.redis(['--replicaof', '127.0.0.1', String(master.port), '--appendonly', 'yes'])
        return world.doctor({ REDIS_URL: `redis://127.0.0.1:${replica.port}` })
      },
    },
    {
      ...AT,
      name: 'a client for one node of a cluster',
      says: 'this Redis is a node of a cluster',
      fix: 'connect by createCluster',
      async made(world) {
        const cluster = world.kept(await startRedisCluster())
        return world.doctor({ REDIS_URL: `redis://127.0.0.1:${cluster.nodes[0]?.port ?? 0}` })
      },
    },
    {
      ...AT,
      name: 'a Redis with TLS, addressed without',
      says: 'what listens there speaks no Redis without TLS',
      fix: 'REDIS_URL=rediss://127.0.0.1',
      made: async (world) => world.doctor({ REDIS_URL: `redis://:p%20w@127.0.0.1:${(await withTls(world)).tls}` }),
    },
    {
      ...AT,
      name: 'a Redis without TLS, addressed with it',
      says: 'Redis does not answer in TLS',
      fix: 'REDIS_URL=redis://localhost',
      made: async (world) => world.doctor({ REDIS_URL: `rediss://:p%20w@localhost:${(await withTls(world)).plain}` }),
    },
    {
      ...AT,
      name: 'a Redis whose certificate nobody here trusts',
      says: 'Redis cannot be reached',
      fix: 'NODE_EXTRA_CA_CERTS=ca.pem',
      made: async (world) => world.doctor({ REDIS_URL: `rediss://:p%20w@localhost:${(await withTls(world)).tls}` }),
    },
    {
      ...AT,
      name: 'a Redis that is not there',
      says: 'Redis cannot be reached',
      fix: 'nothing listens there',
      made: async (world) => world.doctor({ REDIS_URL: `redis://127.0.0.1:${await freePort()}` }),
    },
    {
      ...AT,
      name: 'a host and a port for REDIS_URL',
      says: 'REDIS_URL is no URL of a Redis',
      fix: 'REDIS_URL=redis://host:6379',
      made: (world) => world.doctor({ REDIS_URL: 'localhost:6379' }),
    },
    {
      ...AT,
      name: 'another server at the port of Redis',
      says: 'what listens there speaks no Redis',
      fix: 'else mend host and port',
      async made(world) {
        const server = await world.server((_request, response) => void response.end())
        return world.doctor({ REDIS_URL: `redis://127.0.0.1:${server.port}` })
      },
    },
  ],
}
