import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { freePort } from './ports.js'
import { eventually, startProgram } from './program.js'
import type { RunningProgram } from './program.js'
import { sendCommand } from './resp.js'

/** A redis-server of the test's own, on 127.0.0.1. */
export interface RedisServer {
  readonly port: number
  /** Sends a command. Errors are replies that start with `-`. */
  send(...command: readonly string[]): Promise<string>
  /** Ends it without warning (SIGKILL). */
  kill(): Promise<void>
  /** Starts it again, on the same port and with what it kept on disk. */
  start(): Promise<void>
  /** Stops it in its tracks: connections stay open, nothing is answered (SIGSTOP). */
  freeze(): void
  /** Lets it go on (SIGCONT). */
  thaw(): void
  /** Ends it and deletes what it kept. */
  close(): Promise<void>
}

/**
 * @param settings - as on the command line: `['--appendonly', 'yes']`. Default: nothing is kept on disk
 * @throws when redis-server is not installed, or does not start
 */
export async function startRedis(settings: readonly string[] = []): Promise<RedisServer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOnFreePort(settings)
    } catch (error) {
      const taken = error instanceof Error && error.message.includes('Address already in use')
      if (!taken || attempt === 5) throw error
    }
  }
}

async function startOnFreePort(settings: readonly string[]): Promise<RedisServer> {
  const port = await freePort()
  const dir = await mkdtemp(join(tmpdir(), 'redis-'))
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, '--save', '', '--appendonly', 'no']
  // The bus of a cluster is else at the port plus 10000, which may be taken.
  if (settings.includes('--cluster-enabled')) args.push('--cluster-port', String(await freePort()))
  let program: RunningProgram

  async function start(): Promise<void> {
    program = startProgram('redis-server', [...args, ...settings])
    try {
      await answers(port, program)
    } catch (error) {
      await kill()
      throw error
    }
  }

  async function kill(): Promise<void> {
    program.signal('SIGKILL')
    await program.ended
  }

  await start()
  return {
    port,
    send: (...command) => sendCommand(port, ...command),
    kill,
    start,
    freeze: () => program.signal('SIGSTOP'),
    thaw: () => program.signal('SIGCONT'),
    async close() {
      await kill()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

/** Resolves when the server takes commands, that is, when it has loaded what it kept. */
export async function answers(port: number, program: RunningProgram): Promise<void> {
  let over = false
  void program.ended.then(() => (over = true))
  await eventually(`an answer of the server on port ${port}`, async () => {
    if (over) throw new Error(`it ended: ${program.output()}`)
    return (await sendCommand(port, 'PING').catch(() => '')).startsWith('+PONG')
  })
}
