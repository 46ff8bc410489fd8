import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'

/** The server's core and the client's. */
export const SERVER_CORE = 0
export const CLIENT_CORE = 1

const MAIN = fileURLToPath(new URL('../main.js', import.meta.url))
const GONE_WITHIN = 5000

/** Whether processes can be bound to cores here, and there are two. */
export function canPin(): boolean {
  return availableParallelism() > 1 && spawnSync('taskset', ['-c', String(CLIENT_CORE), 'true']).status === 0
}

/** Starts this program in another role. */
export function startRole(role: string): ChildProcess {
  return spawn(process.execPath, ['--expose-gc', MAIN, role], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
}

/** Binds all threads of a process to a core; threads to come inherit that. */
export function pin(pid: number, core: number): void {
  const { status } = spawnSync('taskset', ['-acp', String(core), String(pid)])
  if (status !== 0) throw new Error(`process ${pid} cannot be bound to core ${core}`)
}

/** The next message of a process. @throws {Error} when it ends instead */
export async function messageOf(child: ChildProcess): Promise<unknown> {
  const abort = new AbortController()
  const ended = once(child, 'exit', { signal: abort.signal }).then(([code, signal]): never => {
    throw new Error(`a process of the benchmark ended with ${String(code ?? signal)}`)
  })
  try {
    const [message] = (await Promise.race([once(child, 'message', { signal: abort.signal }), ended])) as unknown[]
    return message
  } finally {
    ended.catch(() => undefined)
    abort.abort()
  }
}

/** Every role ends when its parent lets go of it; one that does not is ended, by its own id. */
export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  const timer = setTimeout(() => child.kill('SIGKILL'), GONE_WITHIN)
  if (child.connected) child.disconnect()
  await exited
  clearTimeout(timer)
}
