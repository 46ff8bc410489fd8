import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

/** A program of a Debian package. */
export interface DaemonOptions {
  readonly command: string
  readonly args: readonly string[]
  readonly debianPackage: string
  /** Ready when it answers on all of these. */
  readonly ports: readonly number[]
}

export interface Daemon {
  /** @throws {Error} when it ended before */
  stop(): Promise<void>
}

/** @throws {Error} that names the package when it is not installed, or has its output when it ends by itself */
export async function startDaemon({ command, args, debianPackage, ports }: DaemonOptions): Promise<Daemon> {
  // Debian keeps them in /usr/sbin, which is not on everybody's PATH.
  const env = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin` }
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  let failure: Error | undefined
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text))
  child.on('error', (cause) => {
    failure = new Error(`${command} is not on the PATH: apt-get install ${debianPackage}`, { cause })
  })
  let stopping = false
  child.on('close', (code) => {
    if (!stopping) failure ??= new Error(`${command} ended with ${code}\n${output}`)
  })
  // The last resort, for an end that skips stop().
  const kill = (): void => void child.kill('SIGKILL')
  process.once('exit', kill)
  for (const port of ports) {
    while (!(await answers(port))) if (failure !== undefined) throw failure
  }
  if (failure !== undefined) throw failure
  return {
    async stop() {
      if (failure !== undefined) throw failure
      stopping = true
      const closed = once(child, 'close')
      child.kill('SIGTERM')
      await closed
      process.off('exit', kill)
    },
  }
}

/** A connection alone says nothing: it waits in the queue of a program that may yet fail to get its other ports. */
async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1', () => socket.write('?\r\n\r\n')).resume()
  try {
    await once(socket, 'close')
    return true
  } catch (error) {
    await pause(20)
    return error instanceof Error && 'code' in error && error.code === 'ECONNRESET'
  }
}
