import { execFile, spawn } from 'node:child_process'
import type { ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import type { StartContractServer } from '@acme/auth-conformance'
import { Miniflare } from 'miniflare'
import { rolldown } from 'rolldown'

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url))

/** Starts a runtime with a server of the contract, which stops when its input ends. */
function startWith(
  command: string,
  parameters: readonly string[],
  variables: NodeJS.ProcessEnv = {},
): StartContractServer {
  return async (configuration) => {
    const child = spawn(path(`../node_modules/.bin/${command}`), [...parameters, JSON.stringify(configuration)], {
      stdio: ['pipe', 'pipe', 'inherit'],
      cwd: path('..'),
      env: { ...process.env, ...variables },
    })
    const exited = once(child, 'exit')
    const [line] = (await Promise.race([
      once(createInterface(child.stdout), 'line'),
      exited.then(([code]) => Promise.reject(new Error(`${command} ended with ${code}`))),
    ])) as [string] // the first line that it prints
    const close = async (): Promise<void> => {
      child.stdin.end()
      await exited
    }
    return { port: Number(new URL(line.replace('listening on ', '')).port), close }
  }
}

// Headers above the default of 16 KiB must reach the adapter to be refused by it.
export const startBun: StartContractServer = startWith('bun', ['--max-http-header-size=65536', path('servers/bun.ts')])

const OFFLINE = ['--no-remote', '--node-modules-dir=manual']
const PERMISSIONS = ['--allow-net=127.0.0.1', '--allow-env', '--allow-read']

const DENO_VARIABLES = { DENO_DIR: path('../node_modules/.cache/deno'), DENO_NO_UPDATE_CHECK: '1' }

export const startDeno: StartContractServer = startWith(
  'deno',
  ['run', ...OFFLINE, ...PERMISSIONS, path('servers/deno.ts')],
  DENO_VARIABLES,
)

/** How a program is run by a runtime. */
export interface Program {
  readonly command: string
  readonly parameters: readonly string[]
  readonly variables: NodeJS.ProcessEnv
}

export const bunProgram = (source: string): Program => ({ command: 'bun', parameters: [path(source)], variables: {} })

export const denoProgram = (source: string): Program => ({
  command: 'deno',
  parameters: ['run', ...OFFLINE, ...PERMISSIONS, path(source)],
  variables: DENO_VARIABLES,
})

/** Starts a program with an argument, whose input and output are pipes. */
export function spawnProgram(
  { command, parameters, variables }: Program,
  argument: string,
): ChildProcessByStdio<Writable, Readable, Readable> {
  return spawn(path(`../node_modules/.bin/${command}`), [...parameters, argument], {
    stdio: 'pipe',
    cwd: path('..'),
    env: { ...process.env, ...variables },
  })
}

/** Runs a program to its end. @returns what it printed */
async function runWith(
  command: string,
  parameters: readonly string[],
  variables: NodeJS.ProcessEnv = {},
): Promise<string> {
  const run = promisify(execFile)
  const options = { cwd: path('..'), env: { ...process.env, ...variables } }
  return (await run(path(`../node_modules/.bin/${command}`), parameters, options)).stdout
}

export const runBun = (source: string, argument: string): Promise<string> => runWith('bun', [path(source), argument])

export const runDeno = (source: string, argument: string): Promise<string> =>
  runWith('deno', ['run', ...OFFLINE, ...PERMISSIONS, path(source), argument], DENO_VARIABLES)

/** One module without imports, as a Worker is deployed. */
async function bundle(source: string): Promise<string> {
  const build = await rolldown({
    input: path(source),
    platform: 'neutral',
    resolve: { mainFields: ['module', 'main'], conditionNames: ['workerd', 'worker', 'import', 'default'] },
  })
  const { output } = await build.generate({ format: 'esm', codeSplitting: false })
  return output[0].code
}

let bundled: Promise<string> | undefined

export const startWorkerd: StartContractServer = async (configuration) => {
  bundled ??= bundle('servers/worker.ts')
  const contents = await bundled
  const miniflare = new Miniflare({
    modules: [{ type: 'ESModule', path: 'worker.mjs', contents }],
    bindings: { CONFIGURATION: JSON.stringify(configuration) },
    compatibilityDate: '2026-04-01',
    host: '127.0.0.1',
    port: 0,
    // Requests that workerd cannot make a URL of are part of the contract; what it says of them is not.
    handleRuntimeStdio: (stdout: Readable, stderr: Readable) => void [stdout.resume(), stderr.resume()],
  })
  const { port } = await miniflare.ready
  return { port: Number(port), takesTurns: false, close: () => miniflare.dispose() }
}

/** A Worker of a source file, with variables. */
export async function startWorker(source: string, bindings: Readonly<Record<string, string>>): Promise<Miniflare> {
  const modules = [{ type: 'ESModule', path: 'worker.mjs', contents: await bundle(source) }] as const
  const settings = { bindings, compatibilityDate: '2026-04-01', host: '127.0.0.1', port: 0 }
  const miniflare = new Miniflare({ modules: [...modules], ...settings })
  await miniflare.ready
  return miniflare
}
