import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

export interface Output {
  readonly stdout: string
  readonly stderr: string
}

/** A sample API in a process of its own. */
export interface SampleProcess extends Output {
  readonly origin: string
  /** The exit code, or the signal that ended it. */
  stop(signal: NodeJS.Signals): Promise<number | string | null>
  kill(): void
}

type Variables = Readonly<Record<string, string>>

/** Resolves when the process says that it listens. */
export async function startSample(main: URL, env: Variables): Promise<SampleProcess> {
  const { child, output, exited } = launch(main, env)
  const origin = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', () => {
      const [, found] = /^listening on (\S+)\n/m.exec(output.stdout) ?? []
      if (found !== undefined) resolve(found)
    })
    void exited.then((code) => reject(new Error(`exited with ${String(code)}: ${output.stderr}`)))
  })
  return {
    origin,
    get stdout() {
      return output.stdout
    },
    get stderr() {
      return output.stderr
    },
    stop(signal) {
      child.kill(signal)
      return exited
    },
    kill: () => void child.kill('SIGKILL'),
  }
}

/** Runs a process that is expected to end by itself. */
export async function runToExit(
  main: URL,
  env: Variables,
): Promise<Output & { readonly code: number | string | null }> {
  const { output, exited } = launch(main, env)
  const code = await exited
  return { ...output, code }
}

function launch(main: URL, env: Variables) {
  // Nothing of this process' environment: an AUTH0_ variable of the developer's shell must not count.
  const child = spawn(process.execPath, [fileURLToPath(main)], { env: { ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  const output = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text))
  const exited = once(child, 'close').then(([code, signal]: (number | string | null)[]) => code ?? signal ?? null)
  return { child, output, exited }
}
