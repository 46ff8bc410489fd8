import { randomUUID } from 'node:crypto'

import type { Environment } from '../settings.js'
import { messageOf } from '../terminal.js'
import { findingsOf } from './finding.js'
import type { Finding } from './finding.js'
import { connectRedis } from './redis-client.js'
import type { RedisClient } from './redis-client.js'
import { notWritten, unreachableRedis } from './redis-problems.js'

const { pass, warn, fail } = findingsOf('redis')

// SET with PX and NX is older, yet what replicas of today talk to is not.
const OLDEST_MAJOR = 6

/** The Redis at `REDIS_URL`: whether it forgets proofs that may still come again (RFC 9449 §11.1). Nothing is written. */
export async function checkRedis(environment: Environment): Promise<readonly Finding[]> {
  const given = environment['REDIS_URL']
  if (given === undefined || given === '') return []
  const url = URL.canParse(given) ? new URL(given) : undefined
  if (url === undefined || !/^rediss?:$/.test(url.protocol)) {
    // Not shown: there may be a password in it.
    return [fail('url', 'REDIS_URL is no URL of a Redis', { fix: 'REDIS_URL=redis://host:6379, or rediss:// for TLS' })]
  }
  let client: RedisClient | undefined
  try {
    client = await connectRedis(url)
    const info = await infoOf(client)
    if (typeof info === 'string') return [unseen(info, url.host), ...(await ofWriting(client))]
    return [
      pass('reachable', `Redis ${info.get('redis_version') ?? 'of an unknown version'} at ${url.host}`),
      ...ofVersion(info),
      ofRole(info),
      ofCluster(info, url.host),
      // A replica takes no writes at all: said already.
      info.get('role') === 'slave' ? [] : await ofWriting(client),
      await ofEviction(info, client),
      await ofPersistence(info, client),
    ].flat()
  } catch (error) {
    return [unreachableRedis(error, url)]
  } finally {
    client?.close()
  }
}

/** @returns the error of Redis where this user may not ask */
async function infoOf(client: RedisClient): Promise<ReadonlyMap<string, string> | string> {
  try {
    return membersOf(await client.ask('INFO'))
  } catch (error) {
    if (messageOf(error).startsWith('NOPERM')) return messageOf(error)
    throw error
  }
}

function unseen(cause: string, evidence: string): Finding {
  const fix = 'run doctor with a user that may INFO, to see whether this Redis evicts or forgets'
  return warn('settings', 'Redis does not let this user look at its settings', { cause, evidence, fix })
}

function ofVersion(info: ReadonlyMap<string, string>): readonly Finding[] {
  const major = Number.parseInt(info.get('redis_version') ?? '', 10)
  if (Number.isNaN(major) || major >= OLDEST_MAJOR) return []
  return [
    warn('version', `Redis ${info.get('redis_version') ?? ''} is old`, {
      cause: `the tests run with ${OLDEST_MAJOR} and newer`,
      fix: `Redis ${OLDEST_MAJOR} or newer`,
    }),
  ]
}

function ofRole(info: ReadonlyMap<string, string>): readonly Finding[] {
  if (info.get('role') !== 'slave') return []
  return [
    fail('role', 'this Redis is a replica: it takes no writes', {
      cause: 'each proof is written, and refused with READONLY: 503',
      evidence: `role:slave, master ${info.get('master_host') ?? ''}`,
      fix: 'point REDIS_URL to the master, or connect through Sentinel',
    }),
  ]
}

function ofCluster(info: ReadonlyMap<string, string>, host: string): readonly Finding[] {
  if (info.get('cluster_enabled') !== '1') return []
  const why = {
    cause: 'a client for one node is answered with MOVED for most keys: those requests are refused with 503',
    evidence: `${host}: cluster_enabled:1`,
    fix: 'connect by createCluster({ rootNodes: [{ url }] }) of redis, or Cluster of ioredis, where it is not done yet',
  }
  return [warn('cluster', 'this Redis is a node of a cluster', why)]
}

/**
 * Whether this user may write as the replay store does. Nothing is written: `XX` sets only what is there, and a key of
 * random bits is not.
 */
async function ofWriting(client: RedisClient): Promise<readonly Finding[]> {
  try {
    await client.ask('SET', `dpop:doctor-${randomUUID()}`, '1', 'XX', 'PX', '1')
    return [pass('write', 'this user may write what the replay store writes')]
  } catch (error) {
    const message = messageOf(error)
    // Of another node: the key is random.
    if (/^(?:MOVED|ASK|CLUSTERDOWN)/.test(message) && !message.startsWith('CLUSTERDOWN')) return []
    return [notWritten(message)]
  }
}

async function ofEviction(info: ReadonlyMap<string, string>, client: RedisClient): Promise<Finding> {
  const policy = info.get('maxmemory_policy') ?? (await setting(client, 'maxmemory-policy'))
  if (policy === undefined) return unknown('maxmemory-policy', 'noeviction')
  const evidence = `maxmemory ${info.get('maxmemory') ?? '?'}, maxmemory-policy ${policy}`
  if (policy === 'noeviction') return pass('eviction', 'Redis forgets nothing when it is full', evidence)
  return fail('eviction', 'Redis evicts: a full one forgets proofs, and accepts them once more', {
    cause: `maxmemory-policy ${policy}: proofs have a time to live, and so may go`,
    evidence,
    fix: 'CONFIG SET maxmemory-policy noeviction, in redis.conf as well; best on a Redis that is no cache',
  })
}

async function ofPersistence(info: ReadonlyMap<string, string>, client: RedisClient): Promise<Finding> {
  if (info.get('aof_enabled') !== '1') {
    return warn(
      'persistence',
      'a Redis that is killed comes back empty: proofs of the last minutes are accepted once more',
      {
        cause: 'appendonly no',
        evidence: `aof_enabled:${info.get('aof_enabled') ?? '?'}`,
        fix: 'CONFIG SET appendonly yes, in redis.conf as well',
      },
    )
  }
  const sync = await setting(client, 'appendfsync')
  if (sync === 'no') {
    return warn('persistence', 'what Redis keeps reaches the disk late', {
      cause: 'appendfsync no',
      fix: 'CONFIG SET appendfsync everysec, or always',
    })
  }
  return pass('persistence', 'what Redis knows survives its end', `appendonly yes, appendfsync ${sync ?? 'unknown'}`)
}

function unknown(name: string, wanted: string): Finding {
  return warn('eviction', `${name} cannot be seen here`, {
    cause: 'CONFIG and INFO do not tell',
    fix: `see to it that it is ${wanted}`,
  })
}

/** Undefined where CONFIG is not allowed, as with hosted ones. */
async function setting(client: RedisClient, name: string): Promise<string | undefined> {
  try {
    return (await client.ask('CONFIG', 'GET', name)).split('\n')[1]
  } catch {
    return undefined
  }
}

function membersOf(info: string): ReadonlyMap<string, string> {
  return new Map(
    info.split('\r\n').map((line): [string, string] => [line.split(':')[0] ?? '', line.slice(line.indexOf(':') + 1)]),
  )
}
