import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { freePort } from './ports.js'
import { eventually, startProgram } from './program.js'
import { answers, startRedis } from './redis-server.js'
import type { RedisServer } from './redis-server.js'
import { sendCommand } from './resp.js'

/** A Redis master with one replica, under a Sentinel that is alone enough of a quorum. */
export interface RedisSentinel {
  /** Of the Sentinel. */
  readonly port: number
  /** The name of the master. */
  readonly name: string
  /** What was the master at first. */
  readonly master: RedisServer
  readonly replica: RedisServer
  /** Makes the replica the master. Nothing else does: a master that is only slow, or started again, stays the master. */
  failover(): Promise<void>
  close(): Promise<void>
}

const NAME = 'proofs'

/** @param settings - of master and replica, see `startRedis` */
export async function startRedisSentinel(settings: readonly string[] = []): Promise<RedisSentinel> {
  // A master waits five seconds for more replicas to come, otherwise.
  const both = ['--repl-diskless-sync-delay', '0', ...settings]
  const open: { close(): Promise<void> }[] = []
  const close = async (): Promise<void> => {
    for (const server of open.splice(0).toReversed()) await server.close()
  }
  try {
    const master = await startRedis(both)
    open.push(master)
    const replica = await startRedis(['--replicaof', `127.0.0.1 ${master.port}`, ...both])
    open.push(replica)
    await eventually('a replica in step', async () =>
      (await replica.send('INFO', 'replication')).includes('master_link_status:up'),
    )
    const sentinel = await startSentinel(master.port)
    open.push(sentinel)
    const { port } = sentinel
    await eventually('a Sentinel that knows the replica', () => knows(port, 'REPLICAS', replica))
    const failover = async (): Promise<void> => {
      // It refuses as long as it has not asked the replica how it is.
      await eventually('a failover', async () =>
        (await sendCommand(port, 'SENTINEL', 'FAILOVER', NAME)).startsWith('+OK'),
      )
      await eventually('another master', () => knows(port, 'GET-MASTER-ADDR-BY-NAME', replica))
    }
    return { port, name: NAME, master, replica, failover, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function knows(sentinel: number, command: string, { port }: RedisServer): Promise<boolean> {
  return (await sendCommand(sentinel, 'SENTINEL', command, NAME)).includes(String(port))
}

async function startSentinel(master: number): Promise<{ port: number; close(): Promise<void> }> {
  const port = await freePort()
  const dir = await mkdtemp(join(tmpdir(), 'sentinel-'))
  const file = join(dir, 'sentinel.conf')
  // Sentinel writes into its file what it learns.
  const lines = [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ${dir}`,
    `sentinel monitor ${NAME} 127.0.0.1 ${master} 1`,
    `sentinel down-after-milliseconds ${NAME} 600000`,
    `sentinel failover-timeout ${NAME} 5000`,
  ]
  await writeFile(file, `${lines.join('\n')}\n`)
  const program = startProgram('redis-server', [file, '--sentinel'])
  const close = async (): Promise<void> => {
    program.signal('SIGKILL')
    await program.ended
    await rm(dir, { recursive: true, force: true })
  }
  try {
    await answers(port, program)
  } catch (error) {
    await close()
    throw error
  }
  return { port, close }
}
