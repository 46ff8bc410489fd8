import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

import type { Memory } from './probe.js'

/** A sample API of this repository, which says `listening on URL` when it is ready. */
export interface Program {
  readonly name: string
  /** Relative to this file; `src` and `dist` lie at the same depth. */
  readonly script: string
  readonly environment?: Readonly<Record<string, string>>
}

export const PROGRAMS: readonly Program[] = [
  { name: 'express', script: '../../../express-api/dist/main.js' },
  { name: 'fastify', script: '../../../fastify-api/dist/main.js' },
  { name: 'nest/express', script: '../../../nestjs-api/dist/main.js', environment: { NEST_PLATFORM: 'express' } },
  { name: 'nest/fastify', script: '../../../nestjs-api/dist/main.js', environment: { NEST_PLATFORM: 'fastify' } },
  { name: 'hono', script: '../../../hono-api/dist/main.js' },
]

/** A sample API that listens. */
export interface Server {
  readonly name: string
  readonly port: number
  /** How clients address it, without a slash at the end. */
  readonly origin: string
  /** @param collect - collect garbage first, so that what is left is what is in use */
  measure(collect: boolean): Promise<Memory>
  /** The end of what it wrote to the standard error, but for the lines of refusals. */
  lastWords(): string
  /** Resolves when it ends, for whatever reason. */
  readonly ended: Promise<void>
  /** @returns whether it ended by itself, with 0 */
  stop(): Promise<boolean>
}

const READY = /^listening on http:\/\/[^\s/]+:(\d+)$/m
const READY_WITHIN = 30_000
const STOPPED_WITHIN = 10_000
const MEASURED_WITHIN = 10_000
const KEPT_WORDS = 4000

/** @throws {Error} when it ends, or is not ready within 30 seconds */
export async function startServer(program: Program, environment: Readonly<Record<string, string>>): Promise<Server> {
  const child = spawnProgram(program, environment)
  const killed = (): void => void child.kill('SIGKILL')
  // The last resort: no child outlives the soak.
  process.once('exit', killed)
  let words = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    words = (words + withoutRefusals(text)).slice(-KEPT_WORDS)
  })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()).once('error', () => resolve()))
  const port = await readyPort(program.name, child, ended).catch((error: unknown) => {
    child.kill('SIGKILL')
    throw new Error(`${String(error)}\n${words}`, { cause: error })
  })
  return {
    name: program.name,
    port,
    origin: `http://localhost:${port}`,
    measure: (collect) => measure(child, collect),
    lastWords: () => words,
    ended,
    stop: () => stopChild(child, ended).finally(() => process.off('exit', killed)),
  }
}

/** They are nearly all that there is, and would push out what matters. A line that came in two parts may stay. */
function withoutRefusals(text: string): string {
  const lines = text.split('\n')
  return lines.filter((line) => !line.startsWith('{"event":"refused"')).join('\n')
}

function spawnProgram({ script, environment }: Program, shared: Readonly<Record<string, string>>): ChildProcess {
  const path = fileURLToPath(new URL(script, import.meta.url))
  const probe = new URL('../../dist/soak/probe.js', import.meta.url).href
  return spawn(process.execPath, ['--expose-gc', '--import', probe, path], {
    env: { ...inherited(), ...shared, ...environment, PORT: '0', HOST: '127.0.0.1' },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
}

// Settings of the caller's shell, such as AUTH0_DPOP, must not reach the programs; REDIS_URL shall.
function inherited(): NodeJS.ProcessEnv {
  const names = ['PATH', 'HOME', 'TMPDIR', 'TEMP', 'SystemRoot', 'REDIS_URL']
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])))
}

function readyPort(name: string, child: ChildProcess, ended: Promise<void>): Promise<number> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${name} was not ready in time`)), READY_WITHIN)
    let output = ''
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      const port = READY.exec((output += text))?.[1]
      if (port === undefined) return
      clearTimeout(timer)
      child.stdout?.removeAllListeners('data').resume()
      resolve(Number(port))
    })
    void ended.then(() => {
      clearTimeout(timer)
      reject(new Error(`${name} ended before it was ready`))
    })
  })
}

async function measure(child: ChildProcess, collect: boolean): Promise<Memory> {
  const answered: Promise<unknown[]> = once(child, 'message', { signal: AbortSignal.timeout(MEASURED_WITHIN) })
  child.send({ collect })
  const [memory] = await answered
  return memory as Memory // as: the probe sends nothing else
}

async function stopChild(child: ChildProcess, ended: Promise<void>): Promise<boolean> {
  if (child.exitCode !== null || child.signalCode !== null) return false
  const timer = setTimeout(() => child.kill('SIGKILL'), STOPPED_WITHIN)
  child.kill('SIGTERM')
  await ended
  clearTimeout(timer)
  return child.exitCode === 0
}
