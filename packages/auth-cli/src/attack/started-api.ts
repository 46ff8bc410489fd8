import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { connect } from 'node:net'
import { setTimeout as elapsed } from 'node:timers/promises'

import { printable, UsageError } from '../terminal.js'
import type { Terminal } from '../terminal.js'

/** An API that was started for an attack. */
export interface StartedApi {
  stop(): Promise<void>
}

// Milliseconds: until it listens, between two looks, for one of them, and until it is ended by force.
const READY_WITHIN = 60_000
const LOOK_EVERY = 50
const LOOK_WITHIN = 2000
const STOPPED_WITHIN = 5000
// Characters.
const MOST_OUTPUT = 2000

/**
 * Starts the API by a command of the shell, and waits until it listens.
 *
 * @throws {UsageError} when it ends before, or does not listen within a minute, or something else listens there
 */
export async function startApi(
  command: string,
  url: string,
  variables: Readonly<Record<string, string>>,
  { environment, signal }: Terminal,
): Promise<StartedApi> {
  const where = addressOf(url)
  if (await listens(where)) throw new UsageError(`--start: something listens at ${where.host}:${where.port} already`)
  const { AUTH0_DOMAIN: _, ...others } = environment
  // A group of its own, since the shell is not the API: what it starts is ended with it.
  const child = spawn(command, {
    shell: true,
    detached: process.platform !== 'win32',
    env: { ...process.env, ...others, ...variables, AUTH0_DOMAIN: undefined },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = outputOf(child)
  // Not of the shell alone: what it started has its streams.
  const closed = new Promise((resolve) => child.once('close', resolve).once('error', resolve))
  // Whoever stops this process waits for nothing, and hears of it by no other way than this.
  const end = (): void => kill(child, 'SIGTERM')
  const endByForce = (): void => kill(child, 'SIGKILL')
  signal?.addEventListener('abort', end, { once: true })
  process.once('exit', endByForce)
  const started = {
    async stop() {
      await stopped(child, closed)
      signal?.removeEventListener('abort', end)
      process.off('exit', endByForce)
    },
  }
  try {
    for (const last = Date.now() + READY_WITHIN; !(await listens(where)); await elapsed(LOOK_EVERY)) {
      signal?.throwIfAborted()
      if (hasEnded(child)) throw new UsageError(`--start: it ended before it listened${output()}`)
      if (Date.now() > last)
        throw new UsageError(`--start: it does not listen at ${where.host}:${where.port}${output()}`)
    }
    return started
  } catch (error) {
    await started.stop()
    throw error
  }
}

function addressOf(url: string): { readonly host: string; readonly port: number } {
  if (!URL.canParse(url)) throw new UsageError('<url>: want a URL')
  const { hostname, port, protocol } = new URL(url)
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port),
  }
}

function listens(where: { readonly host: string; readonly port: number }): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(where)
    socket.setTimeout(LOOK_WITHIN, () => socket.destroy(new Error('no answer')))
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}

/** The last that it printed. */
function outputOf({ stdout, stderr }: ChildProcess): () => string {
  let text = ''
  for (const stream of [stdout, stderr])
    stream?.setEncoding('utf8').on('data', (chunk) => (text = (text + String(chunk)).slice(-MOST_OUTPUT)))
  return () => (text === '' ? '' : `: ${printable(text.trim().replaceAll('\n', ' | '), MOST_OUTPUT)}`)
}

const hasEnded = ({ exitCode, signalCode, pid }: ChildProcess): boolean =>
  pid === undefined || exitCode !== null || signalCode !== null

/** Resolves when all that was started is gone: the shell may be first, and what it started may have other streams. */
async function stopped(child: ChildProcess, closed: Promise<unknown>): Promise<void> {
  const timer = setTimeout(() => kill(child, 'SIGKILL'), STOPPED_WITHIN)
  kill(child, 'SIGTERM')
  // What left the group, as daemons do, is not waited for.
  await Promise.race([closed, elapsed(2 * STOPPED_WITHIN, undefined, { ref: false })])
  for (const last = Date.now() + STOPPED_WITHIN; isThere(child) && Date.now() < last;) await elapsed(LOOK_EVERY)
  clearTimeout(timer)
  kill(child, 'SIGKILL')
}

/** Whether anybody of the group is left. */
function isThere({ pid }: ChildProcess): boolean {
  if (pid === undefined || process.platform === 'win32') return false
  try {
    return process.kill(-pid, 0)
  } catch {
    return false
  }
}

function kill(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (child.pid === undefined) return
  try {
    if (process.platform === 'win32') child.kill(signal)
    else process.kill(-child.pid, signal)
  } catch {
    // Nobody of the group is left.
  }
}
