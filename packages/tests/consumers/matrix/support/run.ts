import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const execute = promisify(execFile)
export const root = fileURLToPath(new URL('../../../../../', import.meta.url))
// What is installed comes over the network: ten times what it takes.
export const INSTALLATION = 600_000

export interface Output {
  readonly stdout: string
  readonly stderr: string
}

/** Settings of whoever runs these tests are not those of a consumer: what pnpm and vitest say to their scripts. */
export function environment(): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(npm_(?!config_(registry|cache))|VITEST|NODE_(ENV|OPTIONS|PATH)$|TEST$|JEST_)/i.test(name),
  )
  return { ...Object.fromEntries(inherited), CI: 'true', NO_COLOR: '1' }
}

/** @throws {Error} with all that was written, where it fails */
export async function run(
  cwd: string,
  file: string,
  parameters: readonly string[],
  variables: NodeJS.ProcessEnv = {},
): Promise<Output> {
  const env = { ...environment(), ...variables }
  try {
    return await execute(file, [...parameters], { cwd, env, maxBuffer: 2 ** 26 })
  } catch (error) {
    const { stdout, stderr } = error as Output // as execFile rejects
    throw new Error(`${file} ${parameters.join(' ')}\n${stdout}\n${stderr}`, { cause: error })
  }
}

export function node(cwd: string, ...parameters: readonly string[]): Promise<Output> {
  return run(cwd, process.execPath, parameters)
}

export function npm(cwd: string, ...parameters: readonly string[]): Promise<Output> {
  return run(cwd, 'npm', parameters)
}

export async function npmInstall(cwd: string, ...parameters: readonly string[]): Promise<void> {
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error', '--prefer-offline']
  await npm(cwd, 'install', ...quiet, ...parameters)
}

export function pnpm(cwd: string, ...parameters: readonly string[]): Promise<Output> {
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { packageManager: string } // ours
  return run(cwd, 'npx', ['--yes', '--prefer-offline', packageManager.replace(/\+.*/, ''), ...parameters])
}
