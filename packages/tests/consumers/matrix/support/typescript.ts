import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export type Compiler = 'ts54' | 'ts59' | 'ts6' | 'ts7'

export interface Setting {
  readonly name: string
  readonly type: 'module' | 'commonjs'
  readonly options: Readonly<Record<string, unknown>>
}

/** Of a package of either type, how modules can be set. */
export function settingsOf(compiler: Compiler): readonly Setting[] {
  return [
    { name: 'nodenext', type: 'module', options: { module: 'nodenext' } },
    { name: 'node16', type: 'module', options: { module: 'node16' } },
    { name: 'bundler', type: 'module', options: { module: 'esnext', moduleResolution: 'bundler' } },
    { name: 'node16 of CommonJS', type: 'commonjs', options: { module: 'node16' } },
    { name: 'commonjs', type: 'commonjs', options: { module: 'commonjs', ...plainResolution[compiler] } },
  ]
}

/** The oldest kind of resolution that there is beside `module: commonjs`. */
const plainResolution: Readonly<Record<Compiler, object>> = {
  ts54: { moduleResolution: 'node10' },
  ts59: { moduleResolution: 'node10' },
  ts6: { moduleResolution: 'node10', ignoreDeprecations: '6.0' },
  ts7: { moduleResolution: 'bundler' },
}

const strictness = [
  'strict',
  'exactOptionalPropertyTypes',
  'noUncheckedIndexedAccess',
  'noImplicitOverride',
  'noImplicitReturns',
  'noFallthroughCasesInSwitch',
  'noPropertyAccessFromIndexSignature',
  'noUnusedLocals',
  'noUnusedParameters',
  'isolatedModules',
  'forceConsistentCasingInFileNames',
]

const common = {
  target: 'ES2022',
  lib: ['ES2023'],
  types: ['node'],
  declaration: true,
  esModuleInterop: true,
  allowUnreachableCode: false,
  allowUnusedLabels: false,
  ...Object.fromEntries(strictness.map((name) => [name, true])),
  // As Nest wants it.
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
}

/**
 * Which declarations are checked is settled by compile.mjs. TypeScript 7 can only be told to check all of them, which takes
 * seconds: once for each framework. Hono's own need what browsers have.
 */
function checkingAll({ name }: Setting, framework: string): object {
  if (name !== 'nodenext') return { skipLibCheck: true }
  return { skipLibCheck: false, ...(framework === 'hono' && { lib: ['ES2023', 'DOM'] }) }
}

export interface Configuration {
  readonly compiler: Compiler
  readonly setting: Setting
  readonly framework: string
}

/** Writes the configuration of a project. @returns where it is, and where the output will be */
export function configure(folder: string, { compiler, setting, framework }: Configuration): [string, string] {
  const root = join(folder, setting.type, framework)
  const slug = `${compiler}-${setting.name.replaceAll(' ', '-')}`
  const [config, outDir] = [join(root, `tsconfig.${slug}.json`), join(root, 'out', slug)]
  const node10 = setting.options['moduleResolution'] === 'node10'
  const compilerOptions = {
    ...common,
    ...setting.options,
    // CommonJS would have to be written with `import x = require('x')`.
    verbatimModuleSyntax: setting.type === 'module',
    ...(compiler === 'ts7' && checkingAll(setting, framework)),
    rootDir: root,
    outDir,
  }
  mkdirSync(outDir, { recursive: true })
  // That resolution knows no `exports`, and so no subpath.
  writeFileSync(config, JSON.stringify({ compilerOptions, include: ['*.ts'], exclude: node10 ? ['global.ts'] : [] }))
  return [config, outDir]
}
