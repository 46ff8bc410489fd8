import { execFile } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../../../../', import.meta.url))
const pnpm = ['--yes', '--prefer-offline', (manifestOf(root).packageManager ?? 'pnpm').replace(/\+.*/, '')]
// What is installed comes over the network: ten times what it takes.
const INSTALLATION = 600_000
const folder = mkdtempSync(join(tmpdir(), 'acme-consumers-'))
const tarballs: Record<string, string> = {}

interface Manifest {
  readonly name: string
  readonly private?: boolean
  readonly packageManager?: string
  readonly dependencies?: Readonly<Record<string, string>>
}

function manifestOf(path: string): Manifest {
  return JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')) as Manifest // as npm reads it
}

beforeAll(async () => {
  for (const name of readdirSync(join(root, 'packages'))) {
    const source = join(root, 'packages', name)
    if (!existsSync(join(source, 'package.json')) || manifestOf(source).private === true) continue
    const out = join(folder, 'tarballs', name)
    await run('npx', [...pnpm, 'pack', '--pack-destination', out], { cwd: source })
    tarballs[manifestOf(source).name] = `file:${join(out, readdirSync(out)[0] ?? '')}`
  }
}, INSTALLATION)

afterAll(() => rmSync(folder, { recursive: true }))

/** Copies a project, and makes it depend on tarballs. @returns where it is */
function project(name: string, packages: readonly string[]): string {
  const path = join(folder, name)
  cpSync(fileURLToPath(new URL(`../projects/${name}`, import.meta.url)), path, { recursive: true })
  const manifest = manifestOf(path)
  const ours = Object.fromEntries(packages.map((one) => [one, tarballs[one]]))
  writeFileSync(
    join(path, 'package.json'),
    JSON.stringify({ ...manifest, dependencies: { ...manifest.dependencies, ...ours } }),
  )
  return path
}

describe('a project of Nest 11 with ts-jest, as its CLI makes it, installed by npm', () => {
  let cwd: string

  beforeAll(async () => {
    cwd = project('nest-jest', Object.keys(tarballs))
    await run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', '--prefer-offline'], { cwd })
  }, INSTALLATION)

  it('runs its tests, and requires each package', async () => {
    const { stderr } = await run(join(cwd, 'node_modules/.bin/jest'), { cwd, env: { ...process.env, CI: 'true' } })
    expect(stderr).toMatch(/^Tests: +11 passed, 11 total$/m)
  })

  it('has one copy of the state, for modules and CommonJS', async () => {
    const { stdout } = await run(process.execPath, ['both.cjs'], { cwd })
    expect(JSON.parse(stdout)).toEqual({ sameError: true, statuses: [200, 400] })
  })

  it('has a tree without problems', async () => {
    const { stdout } = await run('npm', ['ls', '--json'], { cwd })
    expect(JSON.parse(stdout)).not.toHaveProperty('problems')
  })
})

describe('a project that has the adapter only, installed by pnpm', () => {
  it('emits declarations, with claims of its own', { timeout: INSTALLATION }, async () => {
    const cwd = project('pnpm-declarations', ['@acme/auth-express'])
    // Not published yet, so that the adapter's own dependency is a tarball as well.
    writeFileSync(
      join(cwd, 'pnpm-workspace.yaml'),
      `overrides:\n  '@acme/auth-core': '${tarballs['@acme/auth-core']}'\n`,
    )
    await run('npx', [...pnpm, 'install', '--prefer-offline'], { cwd })
    await run(join(cwd, 'node_modules/.bin/tsc'), ['-p', '.'], { cwd })
    expect(readFileSync(join(cwd, 'out/auth.d.ts'), 'utf8')).toContain('import("@acme/auth-express").ResourceServer')
  })
})
