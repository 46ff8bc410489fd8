import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createConnection } from 'node:net'
import { fileURLToPath } from 'node:url'

/** The demo as the root command runs it. */
export interface DemoProcess {
  readonly process: ChildProcess
  output(): string
  /** Resolves when the output matches. Rejects when the demo ends before. */
  printed(pattern: RegExp): Promise<void>
  /** The exit status. */
  ended(): Promise<number | null>
}

export function startDemo(args: readonly string[] = [], environment: NodeJS.ProcessEnv = {}): DemoProcess {
  const script = fileURLToPath(new URL('../dist/main.js', import.meta.url))
  const child = spawn(process.execPath, [script, ...args], { env: { ...process.env, ...environment } })
  const closed = once(child, 'close')
  let output = ''
  const keep = (text: string): void => void (output += text)
  child.stdout.setEncoding('utf8').on('data', keep)
  child.stderr.setEncoding('utf8').on('data', keep)
  return {
    process: child,
    output: () => output,
    async printed(pattern) {
      while (!pattern.test(output)) {
        await Promise.race([once(child.stdout, 'data'), closed])
        if (child.exitCode !== null && !pattern.test(output)) throw new Error(`ended without ${pattern}:\n${output}`)
      }
    },
    async ended() {
      await closed
      return child.exitCode
    },
  }
}

/** The origins in the list of servers that the demo prints. */
export function originsIn(output: string): string[] {
  return [...output.matchAll(/^ {2}\S.* +(http:\/\/127\.0\.0\.1:\d+)$/gm)].map(([, origin = '']) => origin)
}

export async function isListening(origin: string): Promise<boolean> {
  const socket = createConnection(Number(new URL(origin).port), '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
