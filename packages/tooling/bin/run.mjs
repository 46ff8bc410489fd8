// The root commands, for a machine with nothing but Node and npm: brings pnpm, installs from the frozen lockfile,
// and hands over to turbo. `npm test`, `npm run test:matrix`, `npm run check`, `npm run demo`, `npm run docs`, `npm run benchmark`,
// `npm run soak`, `npm run soak:connections`.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { packagesWith, printCounts, printCoverage } from './count-tests.mjs'
import { showProgress } from './progress.mjs'
import { ensureServices } from './services.mjs'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const manifest = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'))
// Without the hash, which is for corepack.
const packageManager = manifest.packageManager.replace(/\+.*/, '')
const [command, ...args] = process.argv.slice(2)

// What a newcomer waits for, and what has the versions, the runtimes, the clusters and the storms.
const suites = {
  test: { script: 'test', report: 'reports/vitest.json', services: ['curl', 'redis-server', 'nginx'] },
  'test:matrix': {
    script: 'test:matrix',
    report: 'reports/matrix.json',
    services: ['curl', 'redis-server', 'nginx', 'haproxy', 'chromium'],
  },
}

const tasks = {
  test: () => runTests(suites.test),
  'test:matrix': () => runTests(suites['test:matrix']),
  async check() {
    await turbo('run', 'types', '--output-logs=errors-only')
    const lint = ['-c', 'packages/tooling/oxlintrc.json', '--type-aware', '--deny-warnings']
    // What others write, in their own way.
    await pnpm('exec', 'oxlint', ...lint, '--ignore-pattern', 'packages/tests/consumers/projects/**')
    await pnpm('exec', 'oxfmt', '-c', 'packages/tooling/oxfmtrc.json', '--check')
    await pnpm('exec', 'knip', '-c', 'packages/tooling/knip.json')
    await run(process.execPath, ['packages/tooling/bin/check-packages.mjs'])
    await run(process.execPath, ['packages/tooling/bin/check-sizes.mjs'])
  },
  async benchmark() {
    await turbo('run', 'build', '--output-logs=errors-only', '--filter=@acme/benchmark')
    await run(process.execPath, ['--expose-gc', 'apps/benchmark/dist/main.js', ...args])
  },
  async soak() {
    await turbo('run', 'build', '--output-logs=errors-only', '--filter=@acme/benchmark')
    await run(process.execPath, ['apps/benchmark/dist/soak/main.js', ...args])
  },
  async docs() {
    await turbo('run', 'build', '--output-logs=errors-only', '--filter=@acme/docs')
    await run(process.execPath, ['apps/docs/dist/main.js', ...args])
  },
  async 'soak:connections'() {
    await turbo('run', 'build', '--output-logs=errors-only', '--filter=@acme/benchmark')
    await run(process.execPath, ['apps/benchmark/dist/connections/main.js', ...args])
  },
  async demo() {
    await turbo('run', 'build', '--output-logs=errors-only')
    await run(process.execPath, ['apps/demo/dist/main.js', ...args])
  },
}

process.exitCode = await main()

async function main() {
  if (command === 'counts') return printCounts(root, Object.values(suites))
  if (!Object.hasOwn(tasks, command)) {
    process.stderr.write(`usage: run.mjs ${Object.keys(tasks).join('|')}|counts\n`)
    return 2
  }
  try {
    // Before anything else, so that nobody waits for tests that cannot pass.
    ensureServices(suites[command]?.services ?? [])
    await pnpm('install', '--frozen-lockfile', '--reporter=append-only', '--loglevel=error')
    return (await tasks[command]()) ?? 0
  } catch (error) {
    process.stderr.write(`${error.message}\n`)
    return 1
  }
}

/** What fails is shown in full, what passes in a line. */
async function runTests({ script, report }) {
  const end = showProgress(root, packagesWith(root, script), report)
  const settings = ['--output-logs=errors-only', '--concurrency=2', '--continue']
  const failure = await turbo('run', script, ...settings).catch((error) => error)
  end()
  if (failure !== undefined) process.stderr.write(`${failure.message}\n`)
  if (script === 'test:matrix') printCoverage(root, packagesWith(root, script))
  const counted = printCounts(root, [{ script, report }])
  return failure === undefined ? counted : 1
}

function turbo(...turboArgs) {
  return pnpm('exec', 'turbo', ...turboArgs)
}

function pnpm(...pnpmArgs) {
  // --yes: the user's npm may be set to answer no. --prefer-offline: do not ask the registry at each call.
  return run('npx', ['--yes', '--prefer-offline', packageManager, ...pnpmArgs])
}

/** Runs a program in the foreground; a signal to this process is passed on to it. */
function run(file, programArgs) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, programArgs, { cwd: root, stdio: 'inherit', env: environment() })
    const pass = (signal) => child.kill(signal)
    process.on('SIGTERM', pass).on('SIGINT', pass)
    child.on('error', reject)
    child.on('exit', (code, signal) => {
      process.off('SIGTERM', pass).off('SIGINT', pass)
      if (code === 0) resolve()
      else reject(new Error(`${file} ${programArgs.join(' ')}: ${signal ?? `exit code ${code}`}`))
    })
  })
}

function environment() {
  // Left behind by `npx -p node@24 npm …`: they would be taken for arguments of the npx below.
  const { npm_config_call, npm_config_package, ...rest } = process.env
  return {
    ...rest,
    TURBO_TELEMETRY_DISABLED: '1',
    DO_NOT_TRACK: '1',
    npm_config_update_notifier: 'false',
    // A warning of npm's about the user's own settings is no news of this project.
    npm_config_loglevel: 'error',
    // Results that were cached under one Node version say nothing of another.
    ACME_NODE_VERSION: process.version,
    // Colours are for terminals.
    ...(process.stdout.isTTY ? {} : { NO_COLOR: '1', FORCE_COLOR: '0' }),
  }
}
