import { cpSync } from 'node:fs'

import { beforeAll, describe, expect, it } from 'vitest'

import { copy, project } from './support/project.js'
import { INSTALLATION, npmInstall, run } from './support/run.js'

const PACKAGES = ['@acme/auth-core', '@acme/auth-express', '@acme/auth-testing']
const JEST = 'node_modules/jest/bin/jest.js'
const VITEST = ['node_modules/vitest/vitest.mjs', 'run', '--globals', '--no-cache']
// Jest's count is on standard error, with the others' on standard output.
const counts = {
  jest: /^Tests: +3 passed, 3 total$/m,
  vitest: /^ +Tests +3 passed \(3\)$/m,
  node: /^# pass 3\n# fail 0$/m,
  mocha: /^ +3 passing/m,
}

interface Runner {
  readonly name: string
  readonly parameters: readonly string[]
  readonly count: RegExp
  readonly variables?: NodeJS.ProcessEnv
}

const jest = (way: string, flags: readonly string[] = []): Runner => ({
  name: `Jest, ${way}`,
  parameters: [...flags, JEST],
  count: counts.jest,
  variables: { WAY: way },
})
const both: readonly Runner[] = [
  jest('ts-jest'),
  jest('@swc/jest'),
  jest('CommonJS'),
  jest('modules', ['--experimental-vm-modules', '--no-warnings']),
  { name: 'Vitest, TypeScript', parameters: [...VITEST, 'items.spec.ts'], count: counts.vitest },
  { name: 'Vitest, modules', parameters: [...VITEST, 'items.spec.mjs'], count: counts.vitest },
]
const once: readonly Runner[] = ['mjs', 'cjs'].flatMap((type) => [
  {
    name: `node:test, ${type}`,
    parameters: ['--test', '--test-reporter=tap', `items.node.${type}`],
    count: counts.node,
  },
  {
    name: `Mocha, ${type}`,
    parameters: ['node_modules/mocha/bin/mocha.js', `items.mocha.${type}`],
    count: counts.mocha,
  },
])

describe.each([
  ['runners-newest', 'Jest 30, Vitest 4, Mocha, node:test', [...both, ...once]],
  ['runners-older', 'Jest 29, Vitest 3', both],
] as const)('%s: %s', (name, _title, runners) => {
  let cwd: string

  beforeAll(async () => {
    cwd = project(name, PACKAGES)
    cpSync(copy('runners', 'runners'), cwd, { recursive: true })
    await npmInstall(cwd)
  }, INSTALLATION)

  it.concurrent.each(runners)('$name', async ({ parameters, count, variables = {} }) => {
    const { stdout, stderr } = await run(cwd, process.execPath, parameters, variables)
    expect(stdout + stderr).toMatch(count)
  })
})
