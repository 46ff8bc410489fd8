import { cpSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { beforeAll, describe, expect, it } from 'vitest'

import { answersOf, asItShould } from './support/answers.js'
import { EVERYTHING, project } from './support/project.js'
import { INSTALLATION, node, npmInstall } from './support/run.js'
import { configure, settingsOf } from './support/typescript.js'
import type { Compiler, Setting } from './support/typescript.js'

const FRAMEWORKS = ['express', 'fastify', 'hono', 'nest']
const compileScript = fileURLToPath(new URL('support/compile.mjs', import.meta.url))
let folder: string
let nest12: string

beforeAll(async () => {
  folder = project('typescript', EVERYTHING)
  // Inside of the other, whose compilers and other types it uses.
  nest12 = project('typescript-nest12', ['@acme/auth-core', '@acme/auth-nestjs'], 'typescript/nest12')
  spread(folder, FRAMEWORKS)
  spread(nest12, ['nest'])
  await npmInstall(folder)
  await npmInstall(nest12)
}, INSTALLATION)

/** The sources once in a package of ES modules, and once in one of CommonJS. */
function spread(root: string, frameworks: readonly string[]): void {
  for (const type of ['module', 'commonjs']) {
    for (const name of frameworks) cpSync(join(folder, name), join(root, type, name), { recursive: true })
    writeFileSync(join(root, type, 'package.json'), JSON.stringify({ private: true, type }))
  }
}

interface Row {
  readonly title: string
  readonly framework: string
  readonly setting: Setting
  readonly newestNest: boolean
}

function rowsOf(compiler: Compiler): readonly Row[] {
  const rows = settingsOf(compiler).flatMap((setting) =>
    FRAMEWORKS.map((framework) => ({ title: framework, framework, setting, newestNest: false })),
  )
  // Nest 12 has ES modules only: node16 does not let CommonJS require them, nor does an older compiler.
  const requires: Setting = { name: 'nodenext of CommonJS', type: 'commonjs', options: { module: 'nodenext' } }
  const modules = settingsOf(compiler).filter(({ type }) => type === 'module')
  const settings = compiler === 'ts54' ? modules : [...modules, requires]
  const nest = settings.map((setting) => ({ title: 'nest 12', framework: 'nest', setting, newestNest: true }))
  return [...rows, ...nest]
}

interface Compiled {
  readonly out: string
  readonly sources?: number
  readonly declarations?: number
  readonly said: string
}

async function compileAll(compiler: Compiler, rows: readonly Row[]): Promise<Map<Row, Compiled>> {
  const configured = rows.map(({ framework, setting, newestNest }) =>
    configure(newestNest ? nest12 : folder, { compiler, setting, framework }),
  )
  const typescript = join(folder, 'node_modules', compiler)
  const configs = configured.map(([config]) => config)
  const results = compiler === 'ts7' ? await byCommand(typescript, configs) : await byScript(typescript, configs)
  return new Map(rows.map((row, index) => [row, { out: configured[index]?.[1] ?? '', said: '', ...results[index] }]))
}

async function byScript(typescript: string, configs: readonly string[]): Promise<Partial<Compiled>[]> {
  const { stdout } = await node(folder, compileScript, typescript, ...configs)
  return JSON.parse(stdout) as Partial<Compiled>[] // as the script writes it
}

/** It checks all declarations, and says what it read by the names of the files. */
async function byCommand(typescript: string, configs: readonly string[]): Promise<Partial<Compiled>[]> {
  const results: Partial<Compiled>[] = []
  for (const config of configs) {
    const command = node(folder, join(typescript, 'bin/tsc'), '-p', config, '--listFiles', '--pretty', 'false')
    const said = await command.then(
      ({ stdout }) => stdout,
      (error: Error) => error.message,
    )
    const lines = said.split('\n')
    const declarations = lines.filter((line) => /^\/.*\/node_modules\/@acme\/.*\.d\.c?ts$/.test(line)).length
    results.push({
      declarations,
      said: lines
        .filter((line) => !line.startsWith('/'))
        .join('\n')
        .trim(),
    })
  }
  return results
}

describe.concurrent.each<Compiler>(['ts54', 'ts59', 'ts6', 'ts7'])('%s', (compiler) => {
  const rows = rowsOf(compiler)
  let compiled: Map<Row, Compiled>
  beforeAll(async () => {
    compiled = await compileAll(compiler, rows)
  }, INSTALLATION)

  it.each(rows)('compiles $title under $setting.name', (row) => {
    expect(compiled.get(row)).toMatchObject({ said: '' })
    expect(compiled.get(row)?.declarations).toBeGreaterThan(10)
  })

  // The oldest and the newest: those between write the same.
  const emitted = compiler === 'ts54' || compiler === 'ts7' ? rows : []
  it.each(emitted.filter(({ setting }) => /^nodenext|^commonjs$/.test(setting.name)))(
    'makes what runs of $title under $setting.name',
    async (row) => {
      const out = compiled.get(row)?.out ?? ''
      expect(await answersOf(out, process.execPath, [join(out, 'app.js')])).toEqual(asItShould)
    },
  )
})
