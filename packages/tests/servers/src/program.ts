import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants } from 'node:fs'
import { delimiter, isAbsolute, join } from 'node:path'

/** The Debian packages of the programs that tests start. */
const PACKAGES: Readonly<Record<string, string>> = { 'redis-server': 'redis-server', nginx: 'nginx' }

// Debian keeps servers where the PATH of a user who is not root does not go.
const FOLDERS = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']

/** Where a program is, unless it is named by its whole path. @throws when it is not installed, naming the package to install */
export function findProgram(name: string, folders: readonly string[] = FOLDERS): string {
  if (isAbsolute(name)) return name
  const found = folders.filter((folder) => folder !== '').find((folder) => isExecutable(join(folder, name)))
  if (found !== undefined) return join(found, name)
  const debian = PACKAGES[name] ?? name
  throw new Error(`${name} is not installed, and the tests need it: apt-get install --no-install-recommends ${debian}`)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** A program that runs in the background. */
export interface RunningProgram {
  readonly pid: number
  /** What it printed. */
  readonly output: () => string
  /** Sends a signal to it, and to nothing else. */
  signal(signal: NodeJS.Signals): void
  /** Resolves when it has ended. */
  readonly ended: Promise<void>
}

const running = new Set<ChildProcess>()
// A test runner that ends early, or ends its workers, must not leave servers behind.
process.once('exit', killAll)
process.once('SIGTERM', () => {
  killAll()
  process.exit(143)
})

function killAll(): void {
  for (const child of running) child.kill('SIGKILL')
}

export function startProgram(name: string, args: readonly string[]): RunningProgram {
  const child = spawn(findProgram(name), args, { stdio: ['ignore', 'pipe', 'pipe'] })
  running.add(child)
  let output = ''
  child.stdout.on('data', (chunk) => (output += String(chunk)))
  child.stderr.on('data', (chunk) => (output += String(chunk)))
  const ended = once(child, 'close').then(() => void running.delete(child))
  return {
    pid: child.pid ?? 0,
    output: () => output,
    signal: (signal) => void child.kill(signal),
    ended,
  }
}

/** Polls until the condition holds. @throws when it does not within so many seconds, saying what was wanted */
export async function eventually(wanted: string, condition: () => Promise<boolean>, seconds = 180): Promise<void> {
  const end = performance.now() + seconds * 1000
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`not within ${seconds} s: ${wanted}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
